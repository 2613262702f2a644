from __future__ import annotations

from typing import Any

import pytest

from explo_async.errors import ConfigurationError
from explo_async.reconcile.desired import Wanted, make_desired


def test_rows_state_what_they_have() -> None:
    """By either spelling; null states nothing, and what nobody can write is passed over."""
    desired = make_desired(
        [
            {"provided_id": "b", "name": "B", "hierarchy_level": "Top", "token": "secret", "emails": None},
            {"provided_id": "a", "parent_provided_id": "b", "computed_properties": {"x": 1}},
        ],
        "tenants.csv",
    )
    assert desired.customers == (
        Wanted("b", {"name": "B", "hierarchy_level_name": "Top"}),
        Wanted("a", {"parent_provided_id": "b"}),
    )
    assert desired.fields == ("name", "hierarchy_level_name", "parent_provided_id")
    assert desired.source == "tenants.csv"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "t has no customers; an empty list is taken for a mistake"),
        ({"provided_id": "a"}, "t must be a list of mappings, not of type dict"),
        (7, "t must be a list of mappings, not of type int"),
        (["a"], "t, row 1 is not a mapping, but of type str"),
        ([{"provided_id": "a"}, {"name": "x"}], "t, row 2: provided_id must be a non-empty string, not None"),
        ([{"provided_id": ""}], "t, row 1: provided_id must be a non-empty string or None, not ''"),
        ([{"provided_id": 7}], "t, row 1: provided_id must be a non-empty string or None, not 7"),
        ([{"provided_id": "a"}, {"provided_id": "a"}], "t, row 2: the provided_id 'a' is there twice"),
        (
            [{"provided_id": "a", "nmae": "x"}],
            "t, row 1 has a column 'nmae' that is not known; the columns are provided_id",
        ),
        ([{"provided_id": "a", "mapping": {}, "parent_schema_datasource_mapping": {}}], "has mapping twice"),
        ([{"provided_id": "a", "emails": "x@y"}], "t, row 1: emails must be a list of strings, not of type str"),
        ([{"provided_id": "a", "properties": {"x": float("nan")}}], "properties\\['x'\\] is not a value that JSON has"),
    ],
)
def test_what_cannot_be_meant_is_refused(rows: Any, message: str) -> None:
    """With the row, the column and what to do."""
    with pytest.raises(ConfigurationError, match=message):
        make_desired(rows, "t")


def test_a_customer_may_state_nothing() -> None:
    """Then it only has to be there."""
    assert make_desired([{"provided_id": "a"}]).fields == ()
