from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from explo_async.reconcile.items import Create, Delete, Update
from explo_async.reconcile.judge import judge, mismatches
from explo_async.reconcile.scope import Scope
from tests.reconcile.plans import make
from tests.reconcile.test_planning import c, found

if TYPE_CHECKING:
    from explo_async.models import Customer

A = c("a", name="A", emails=("x",), group_tags=("m",))
BEFORE = found(A).all_values("a")


@pytest.mark.parametrize(
    ("item", "there", "verdict"),
    [
        (Create("a", {"name": "A"}), [], None),
        (Create("a", {"name": "A"}), [A], ("already", "")),
        (Create("a", {"name": "B"}), [A], ("conflict", "it has been made since, with another name")),
        (Update("a", {"name": "A"}, {"name": "B"}), [A], None),
        (Update("a", {"name": "A"}, {"name": "B"}), [], ("conflict", "it is gone")),
        (Update("a", {"name": "A"}, {"name": "B"}), [c("a", name="B")], ("already", "")),
        (Update("a", {"name": "A"}, {"name": "B"}), [c("a", name="C")], ("conflict", "it has changed since, in name")),
        (Update("a", {}, {"parent_provided_id": "p"}), [A], None),
        (Delete("a", BEFORE), [A], None),
        (Delete("a", BEFORE), [], ("already", "")),
        (Delete("a", BEFORE), [c("a", name="A", emails=("x",))], ("conflict", "it has changed since, in group_tags")),
    ],
)
def test_an_item_is_written_where_its_before_holds(item: Any, there: list[Customer], verdict: Any) -> None:
    """Else it is there already, or a conflict that names what has changed."""
    found_now = judge(item, found(*there), make())
    assert (found_now and (found_now.outcome, found_now.detail)) == verdict


def test_who_has_left_the_scope_is_left_alone() -> None:
    """As one whose parent is another now."""
    plan = make(scope=Scope(parent_provided_id="p"))
    for item in (Update("a", {"name": "A"}, {"name": "B"}), Delete("a", BEFORE)):
        assert judge(item, found(A, p={"a"}), plan) is None
        verdict = judge(item, found(A, p={"b"}), plan)
        assert verdict is not None
        assert (verdict.outcome, verdict.detail) == ("conflict", "it has left the scope since")


def test_what_did_not_take_is_seen_in_the_answer() -> None:
    """A parent is in none; the tags of the new parent may be, also where it is yet to be made, or to get them."""
    wanted = {"name": "B", "emails": ["y"], "group_tags": ["o"], "parent_provided_id": "p"}
    answer = c("a", name="B", emails=("x", "y"), group_tags=("o", "inherited"))
    there = evolve(found(c("p", group_tags=("inherited",))), planned={"a": wanted})
    assert mismatches(wanted, answer, there) == ["emails"]
    there = evolve(found(), planned={"a": wanted, "p": {"group_tags": ["inherited"]}})
    assert mismatches(wanted, answer, there) == ["emails"]
    assert mismatches(wanted, answer, found()) == ["emails", "group_tags"]
