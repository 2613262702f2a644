"""What is written and what is left alone, on lists made by hand."""

from __future__ import annotations

from typing import Any

from explo_async.models import Customer, FetchReport
from explo_async.reconcile.desired import make_desired
from explo_async.reconcile.found import Found
from explo_async.reconcile.items import Conflict, Create, Delete, Update
from explo_async.reconcile.planning import Steps, make_steps
from explo_async.reconcile.scope import Scope

REPORT = FetchReport(verdict="exact", total_count=0, totals_seen=(0,), customers=0, duplicates=0, pages_asked_again=())


def found(*customers: Customer, **children: set[str]) -> Found:
    """Make a list, and who has which parent."""
    of = {parent: frozenset(ids) for parent, ids in children.items()}
    return Found({each.provided_id: each for each in customers}, REPORT, of)


def plan(
    rows: list[dict[str, Any]], there: Found, *, scope: Scope | None = None, delete: bool = False, fields: Any = None
) -> Steps:
    """Compare."""
    desired = make_desired(rows)
    return make_steps(desired, there, desired.fields if fields is None else fields, scope, delete=delete)


def c(provided_id: str, **fields: Any) -> Customer:
    """Make a customer."""
    return Customer(provided_id=provided_id, **fields)


def reasons(steps: Steps) -> dict[str, str]:
    """Say why which customers are left alone."""
    return {each.provided_id: each.reason for each in steps.conflicts}


def test_what_is_missing_is_made_and_what_differs_is_changed() -> None:
    """In the order of the desired list; what is as it is to be is counted."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "new", "name": "N"},
        {"provided_id": "b", "name": "B2", "emails": ["x"]},
        {"provided_id": "a", "name": "A"},
    ]
    steps = plan(rows, found(c("a", name="A"), c("b", name="B", emails=("x",)), c("z")))
    assert steps.creates == [Create("new", {"name": "N"})]
    assert steps.updates == [Update("b", {"name": "B"}, {"name": "B2"})]
    assert (steps.deletes, steps.conflicts, steps.unchanged, steps.unmanaged, steps.in_scope) == ([], [], 1, 1, 3)


def test_only_owned_fields_are_written() -> None:
    """Neither compared nor sent is what is stated and not owned."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "a", "name": "X", "emails": ["new"]},
        {"provided_id": "new", "name": "N", "emails": []},
    ]
    steps = plan(rows, found(c("a", name="A", emails=("old",))), fields=("emails",))
    assert steps.updates == [Update("a", {"emails": ["old"]}, {"emails": ["new"]})]
    assert steps.creates == [Create("new", {"emails": []})]


def test_deletes_are_for_the_scope_alone_and_asked_for() -> None:
    """A customer outside of it stays, wanted or not."""
    there = found(c("a", group_tags=("m",)), c("b", group_tags=("m",), name="B"), c("other"))
    rows: list[dict[str, Any]] = [{"provided_id": "a"}]
    assert plan(rows, there, scope=Scope(group_tag="m")).deletes == []
    steps = plan(rows, there, scope=Scope(group_tag="m"), delete=True)
    (delete,) = steps.deletes
    assert (delete.provided_id, delete.before["name"], "token" in delete.before) == ("b", "B", False)
    assert (steps.unmanaged, steps.in_scope) == (1, 2)


def test_a_wanted_customer_outside_the_scope_is_left_alone() -> None:
    """Whether it is there, would be made there, or would come to lie there."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "outside", "name": "X"},
        {"provided_id": "new", "name": "X"},
        {"provided_id": "leaving", "group_tags": []},
        {"provided_id": "fine", "group_tags": ["m"]},
    ]
    there = found(c("outside"), c("leaving", group_tags=("m",)))
    steps = plan(rows, there, scope=Scope(group_tag="m"), delete=True)
    assert reasons(steps) == {
        "outside": "it exists outside the scope",
        "new": "it would be made outside the scope: its group_tags lack 'm'",
        "leaving": "it would come to lie outside the scope: its group_tags lack 'm'",
    }
    assert (steps.creates, steps.updates, steps.deletes) == ([Create("fine", {"group_tags": ["m"]})], [], [])


def test_parents_are_compared_by_who_their_children_are() -> None:
    """A move sends the level along, where it is stated; who is there already is not moved."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "here", "parent_provided_id": "p", "hierarchy_level_name": "L"},
        {"provided_id": "moves", "parent_provided_id": "p", "hierarchy_level_name": "L"},
    ]
    there = found(c("p"), c("here", hierarchy_level="L"), c("moves", hierarchy_level="L"), p={"here"})
    steps = plan(rows, there)
    assert steps.updates == [
        Update("moves", {"hierarchy_level_name": "L"}, {"parent_provided_id": "p", "hierarchy_level_name": "L"})
    ]
    assert steps.unchanged == 1


def test_a_parent_that_cannot_be_is_a_conflict() -> None:
    """None that is there, itself, without a level, or one that is left alone."""
    rows: list[dict[str, Any]] = [
        {"provided_id": "a", "parent_provided_id": "nobody", "hierarchy_level_name": "L"},
        {"provided_id": "b", "parent_provided_id": "b", "hierarchy_level_name": "L"},
        {"provided_id": "d", "parent_provided_id": "e", "hierarchy_level_name": "L"},
        {"provided_id": "e", "parent_provided_id": "d", "hierarchy_level_name": "L"},
        {"provided_id": "f", "parent_provided_id": "p"},
        {"provided_id": "g", "parent_provided_id": "f", "hierarchy_level_name": "L"},
        {"provided_id": "h", "parent_provided_id": "g", "hierarchy_level_name": "M"},
        {"provided_id": "k", "parent_provided_id": "p", "hierarchy_level_name": "L"},
    ]
    steps = plan(rows, found(c("p")))
    assert [create.provided_id for create in steps.creates] == ["k"]
    assert reasons(steps) == {
        "a": "its parent 'nobody' is neither in the list nor among those to be made",
        "b": "it is wanted as its own ancestor",
        "d": "it is wanted as its own ancestor",
        "e": "it is wanted as its own ancestor",
        "f": "it has a parent and no hierarchy_level_name, and would be made at the highest level",
        "g": "its parent is left alone",
        "h": "its parent is left alone",
    }


def test_who_is_needed_as_a_parent_is_not_deleted() -> None:
    """Though nobody wants it for itself."""
    rows: list[dict[str, Any]] = [{"provided_id": "a", "parent_provided_id": "p", "hierarchy_level_name": "L"}]
    steps = plan(rows, found(c("a"), c("p"), c("z")), delete=True)
    assert steps.deletes == [Delete("z", found(c("z")).all_values("z"))]
    assert steps.conflicts == [Conflict("p", "a wanted customer has it as its parent")]


def test_inherited_tags_are_tolerated() -> None:
    """Of a parent that is known, and of its own; no other ones."""
    there = found(
        c("top", group_tags=("t",)),
        c("mid", group_tags=("m", "t")),
        c("low", group_tags=("own", "m", "t")),
        top={"mid"},
        mid={"low"},
    )
    assert plan([{"provided_id": "low", "group_tags": ["own"]}], there).updates == []
    assert len(plan([{"provided_id": "mid", "group_tags": []}], there).updates) == 1


def test_a_tag_that_the_parent_is_to_lose_is_written() -> None:
    """The child may have it of its own, or may have it from its parent alone though it is wanted: nobody can tell."""
    there = found(c("p", group_tags=("t", "kept")), c("a", group_tags=("t", "kept")), p={"a"})
    parent = {"provided_id": "p", "group_tags": ["kept"]}
    for tags in ([], ["t"]):
        steps = plan([parent, {"provided_id": "a", "group_tags": tags}], there)
        assert [(each.provided_id, each.after) for each in steps.updates] == [
            ("p", {"group_tags": ["kept"]}),
            ("a", {"group_tags": tags}),
        ]
    kept = [{"provided_id": "p", "group_tags": ["t", "kept"]}, {"provided_id": "a", "group_tags": []}]
    assert plan(kept, there).updates == []


def test_a_move_takes_the_tags_along() -> None:
    """Those that are seen may be inherited from the parent that it had, whom nobody knows."""
    there = found(c("a", group_tags=("t",)), c("p"), p=set())
    row = {"provided_id": "a", "group_tags": ["t"], "parent_provided_id": "p"}
    (update,) = plan([row], there).updates
    assert update.after == {"group_tags": ["t"], "parent_provided_id": "p"}


def test_a_server_that_lists_all_descendants() -> None:
    """Has a customer below several: the tags of all of them are inherited."""
    there = found(
        c("top", group_tags=("t",)),
        c("mid", group_tags=("m", "t")),
        c("low", group_tags=("m", "t")),
        mid={"low"},
        top={"mid", "low"},
    )
    assert there.inherited_tags("low") == {"m", "t"}


def test_nothing_is_tolerated_where_answers_show_own_tags_alone() -> None:
    """A child that lacks a tag of its parent shows that."""
    there = found(c("p", group_tags=("t",)), c("a", group_tags=("t",)), c("b"), p={"a", "b"})
    assert there.inherited_tags("a") == frozenset()
    assert len(plan([{"provided_id": "a", "group_tags": []}], there).updates) == 1


def test_a_circle_of_parents_ends() -> None:
    """A server that tells one is not asked for ever."""
    there = found(c("a", group_tags=("x", "y")), c("b", group_tags=("x", "y")), a={"b"}, b={"a"})
    assert there.inherited_tags("a") == {"x", "y"}
