from __future__ import annotations

from typing import Any

import pytest

from explo_async.errors import ConfigurationError
from explo_async.models import Customer
from explo_async.reconcile.scope import Scope

OURS = Customer(provided_id="a", group_tags=("managed", "x"), hierarchy_level="Top")


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        (Scope(group_tag="managed"), True),
        (Scope(group_tag="other"), False),
        (Scope(hierarchy_level="Top"), True),
        (Scope(hierarchy_level="Low"), False),
        (Scope(provided_ids=["a", "b"]), True),
        (Scope(provided_ids=[]), False),
        (Scope(parent_provided_id="p"), True),
        (Scope(group_tag="managed", hierarchy_level="Low"), False),
        (Scope(group_tag="managed", hierarchy_level="Top", provided_ids=["a"], parent_provided_id="p"), True),
    ],
)
def test_conditions_mean_all_of_them(scope: Scope, *, holds: bool) -> None:
    """One that is not met is enough to be outside."""
    assert scope.holds(OURS, frozenset({"a"})) is holds


def test_a_parent_is_known_by_its_children() -> None:
    """No answer shows it."""
    assert not Scope(parent_provided_id="p").holds(OURS, frozenset({"b"}))


@pytest.mark.parametrize(
    ("scope", "values", "is_new", "missed"),
    [
        (Scope(group_tag="m"), {}, True, "its group_tags lack 'm'"),
        (Scope(group_tag="m"), {"group_tags": ["m"]}, True, None),
        (Scope(group_tag="m"), {}, False, None),
        (Scope(group_tag="m"), {"group_tags": []}, False, "its group_tags lack 'm'"),
        (Scope(parent_provided_id="p"), {"parent_provided_id": "q"}, False, "its parent_provided_id is not 'p'"),
        (Scope(parent_provided_id="p"), {}, True, "its parent_provided_id is not 'p'"),
        (Scope(hierarchy_level="T"), {"hierarchy_level_name": "T"}, True, None),
        (Scope(hierarchy_level="T"), {"hierarchy_level_name": "L"}, False, "its hierarchy_level_name is not 'T'"),
        (Scope(provided_ids=["b"]), {}, True, "its id is not one of the scope"),
        (Scope(provided_ids=["a"]), {}, True, None),
    ],
)
def test_what_would_leave_the_scope_is_seen(scope: Scope, values: Any, *, is_new: bool, missed: str | None) -> None:
    """A new customer has to state what the scope asks for; one that is there keeps what is not stated."""
    assert scope.misses("a", values, is_new=is_new) == missed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Scope names no condition; leave scope out"),
        ({"group_tag": ""}, r"Scope\.group_tag must be a non-empty string"),
        ({"provided_ids": "abc"}, r"Scope\.provided_ids must be a list of ids, not one string"),
    ],
)
def test_a_scope_that_cannot_be_meant_is_refused(options: Any, message: str) -> None:
    """One without a condition would be everything."""
    with pytest.raises(ConfigurationError, match=message):
        Scope(**options)
