from __future__ import annotations

from typing import Any

import pytest

from explo_async.errors import ConfigurationError
from explo_async.models import FIELDS as ANSWERED
from explo_async.models import Customer
from explo_async.reconcile.fields import (
    ANSWERED_AS,
    FIELDS,
    PASSED_OVER,
    SPELLED,
    check_fields,
    check_value,
    differing,
    is_same,
    seen,
)


def test_every_field_of_a_customer_can_be_written_or_is_passed_over() -> None:
    """The table leaves none out, so that no column of an export is unknown."""
    assert {"provided_id", *ANSWERED_AS.values(), *PASSED_OVER} == {*ANSWERED, "extra"}
    assert set(SPELLED) == {*FIELDS, *ANSWERED_AS.values()}


def test_fields_are_named_by_either_spelling() -> None:
    """Once each, in our order."""
    assert check_fields(["hierarchy_level", "name", "mapping", "hierarchy_level_name"]) == (
        "name",
        "mapping",
        "hierarchy_level_name",
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["nam"], "no field 'nam' that could be written; the fields are name, is_demo_group"),
        (["token"], "no field 'token'"),
        ([], "fields names no field"),
        ("name", "must be a list of names, not one string"),
    ],
)
def test_what_cannot_be_owned_is_refused(names: Any, message: str) -> None:
    """With the fields that there are."""
    with pytest.raises(ConfigurationError, match=message):
        check_fields(names)


def test_values_are_seen_where_the_answers_have_them() -> None:
    """Requests and answers spell some fields in different ways."""
    customer = Customer(
        provided_id="a", hierarchy_level="Top", parent_schema_datasource_mapping={"40": "1"}, emails=("x@y",)
    )
    assert [seen(customer, name) for name in ("hierarchy_level_name", "mapping", "emails")] == [
        "Top",
        {"40": "1"},
        ["x@y"],
    ]


@pytest.mark.parametrize(
    ("name", "wanted", "found", "same"),
    [
        ("emails", ["a", "b"], ["b", "a"], True),
        ("emails", ["a"], ["a", "b"], False),
        ("group_tags", ["a"], ["a"], True),
        ("group_tags", ["a"], ["a", "i"], True),
        ("group_tags", [], ["i"], True),
        ("group_tags", ["a"], ["i"], False),
        ("group_tags", ["a"], ["a", "b"], False),
        ("mapping", {"40": 213}, {"40": "213"}, True),
        ("mapping", {"40": "213"}, {}, False),
        ("properties", {"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ("properties", {"a": 1}, {"a": True}, False),
        ("properties", {"a": 1}, {"a": 1.0}, False),
        ("properties", {"a": {"b": [1, None]}}, {"a": {"b": [1, None]}}, True),
        ("properties", {"a": [1, 2]}, {"a": [2, 1]}, False),
        ("properties", {"a": [1]}, {"a": [1, 2]}, False),
        ("properties", {"a": None}, {}, False),
        ("name", "a", "a", True),
        ("name", "a", None, False),
        ("is_demo_group", False, False, True),
    ],
)
def test_what_counts_as_the_same(name: str, wanted: Any, found: Any, *, same: bool) -> None:
    """Lists as sets, ids as strings, tags with those that are inherited (`i`), and values as JSON."""
    assert is_same(name, wanted, found, inherited=frozenset({"i"})) is same


def test_only_stated_fields_differ() -> None:
    """And of these only what an answer shows."""
    wanted = {"name": "new", "emails": ["a"], "parent_provided_id": "p"}
    found = {"name": "old", "emails": ["a"], "properties": {"a": 1}}
    assert differing(wanted, found, frozenset()) == ["name"]


def test_values_are_checked_by_their_field() -> None:
    """As the endpoints check their arguments."""
    assert check_value("emails", ("a@b.c",)) == ["a@b.c"]
    with pytest.raises(ConfigurationError, match="emails must be a list of strings"):
        check_value("emails", "a@b.c")
