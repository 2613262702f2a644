from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from explo_async.errors import ConfigurationError, PlanRefused
from explo_async.reconcile.items import Conflict, Create, Delete, Update
from explo_async.reconcile.plan import Plan
from explo_async.reconcile.policy import Policy
from explo_async.reconcile.scope import Scope
from tests.reconcile.plans import REPORT, make

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = {
    "creates": (Create("a", {"name": "A", "properties": {"x": [1, None, {"y": 1.5}]}}),),
    "updates": (Update("b", {"name": None}, {"name": "B"}),),
    "deletes": (Delete("c", {"emails": ["x@y"]}),),
    "conflicts": (Conflict("d", "why"),),
    "scope": Scope(group_tag="m", provided_ids=["b", "a"]),
    "policy": Policy(max_deletes=3, max_age=60.0),
    "profile": "production",
    "report": evolve(REPORT, moment=(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))),
}


def test_a_plan_comes_back_from_its_file(tmp_path: Path) -> None:
    """The same in all, by value and by digest, and nobody else can read it."""
    plan = make(**WHOLE)
    plan.write(tmp_path / "plan.json")
    again = Plan.read(tmp_path / "plan.json")
    assert (again, again.digest) == (plan, plan.digest)
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Neither a part of it nor a file of another name."""
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(OSError, match="plan.json"):
        make().write(tmp_path / "plan.json")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_that_was_changed_is_refused(tmp_path: Path) -> None:
    """By one letter is enough."""
    path = tmp_path / "plan.json"
    make(**WHOLE).write(path)
    path.write_text(path.read_text().replace('"B"', '"C"'))
    with pytest.raises(PlanRefused, match="was changed after it was made; change the desired list"):
        Plan.read(path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"digest": "x", "plan": {}}', "\x00"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str) -> None:
    """With the way to get one."""
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(PlanRefused, match="is not a plan: .*make it anew"):
        Plan.read(path)


def test_a_plan_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """It may ask for what this version does not know."""
    make(format=2).write(tmp_path / "plan.json")
    with pytest.raises(PlanRefused, match="of a newer version"):
        Plan.read(tmp_path / "plan.json")


def deletes(count: int) -> tuple[Delete, ...]:
    """Make so many."""
    return tuple(Delete(str(number), {}) for number in range(count))


@pytest.mark.parametrize(
    ("fields", "allowed", "refusals"),
    [
        ({"deletes": deletes(10), "in_scope": 10}, None, []),
        (
            {"deletes": deletes(11), "in_scope": 100},
            None,
            ["deletes: 11 of 100 (11 %), more than 10 and more than 5 %"],
        ),
        ({"deletes": deletes(11), "in_scope": 100}, 11, []),
        ({"deletes": deletes(11), "in_scope": 100}, 10, ["deletes: 11 removals, and 10 are allowed"]),
        ({"deletes": deletes(2), "in_scope": 100}, 1, ["deletes: 2 removals, and 1 are allowed"]),
        (
            {"updates": tuple(Update(str(n), {}, {"name": "x"}) for n in range(31)), "in_scope": 100},
            None,
            ["updates: 31 of 100 (31 %), more than 10 and more than 30 %"],
        ),
        ({"updates": tuple(Update(str(n), {}, {"name": "x"}) for n in range(30)), "in_scope": 100}, None, []),
    ],
)
def test_more_than_the_policy_lets_is_refused(fields: dict[str, Any], allowed: int | None, refusals: list[str]) -> None:
    """What a person allows is for the deletes alone, and a ceiling."""
    assert make(**fields).refusals(allowed) == refusals


@pytest.mark.parametrize(
    "options",
    [{"max_deletes": -1}, {"max_updates": 1.5}, {"max_delete_share": 2}, {"max_age": 0}, {"max_update_share": "x"}],
)
def test_a_policy_that_cannot_be_is_refused(options: dict[str, Any]) -> None:
    """By the name of its field."""
    with pytest.raises(ConfigurationError, match=f"Policy.{next(iter(options))} must be"):
        Policy(**options)


def test_a_plan_without_items_is_empty() -> None:
    """Conflicts are no items: nothing is written for them."""
    assert make(conflicts=(Conflict("a", "why"),)).is_empty
    assert not make(**WHOLE).is_empty
