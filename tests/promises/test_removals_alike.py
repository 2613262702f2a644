"""How many may be removed at once has one meaning, whatever removes: plan, apply, mirror and watch over the same list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from explo_async import PlanRefused, RemovalsHeld
from explo_async.emulator import Emulator
from explo_async.mirror import mirror
from explo_async.reconcile import Policy, apply, make_plan
from explo_async.removals import Limits, hold_back
from explo_async.watch import Held, Removed
from tests.helpers.clients import QUICK, client_of
from tests.watch.rounds import FAST, one_round

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from explo_async import ExploClient


@frozen
class Case:
    """So many of so many are gone, and so many may be."""

    gone: int
    of: int
    number: int = 10
    share: float = 0.05
    allowed: int | None = None

    @property
    def limits(self) -> dict[str, Any]:
        """The limits, as all that removes takes them."""
        return {"max_deletes": self.number, "max_delete_share": self.share}


CASES = [
    Case(0, 30),
    Case(10, 11),
    Case(11, 30),
    Case(11, 220),
    Case(11, 219),
    Case(3, 30, number=2, share=0.1),
    Case(4, 30, number=2, share=0.1),
    Case(1, 30, number=0, share=0.0),
    Case(29, 30, number=0, share=1.0),
    Case(11, 30, allowed=11),
    Case(12, 30, allowed=11),
    Case(1, 30, allowed=0),
    Case(0, 30, allowed=0),
]


async def by_plan(explo: ExploClient, emulator: Emulator, case: Case, _: Path) -> str | None:
    """Plan to delete whom nobody wants any more."""
    plan = await plan_for(explo, emulator, case)
    assert len(plan.deletes) == case.gone
    refusals = plan.refusals(case.allowed)
    return refusals[0].removeprefix("deletes: ") if refusals else None


async def by_apply(explo: ExploClient, emulator: Emulator, case: Case, folder: Path) -> str | None:
    """Apply that plan."""
    plan = await plan_for(explo, emulator, case)
    before = len(emulator.provided_ids)
    run = apply(explo, plan, journal=folder / "journal", allow_deletes=case.allowed)
    try:
        async with run:
            items = [item async for item in run]
    except PlanRefused as refused:
        assert len(emulator.provided_ids) == before
        return refused.what.partition("deletes: ")[2]
    assert len(items) == before - len(emulator.provided_ids) == case.gone
    return None


async def plan_for(explo: ExploClient, emulator: Emulator, case: Case) -> Any:
    """Plan for all but those that are to go."""
    wanted = [{"provided_id": each} for each in emulator.provided_ids[case.gone :]]
    return await make_plan(explo, wanted, delete=True, expected_rows=len(wanted), policy=Policy(**case.limits))


async def by_watch(explo: ExploClient, emulator: Emulator, case: Case, _: Path) -> str | None:
    """Watch a list from which they are deleted."""
    async with explo.customers.watch(
        every=FAST, initial="skip", confirm_removals=1, allow_deletes=case.allowed, **case.limits
    ) as events:
        await one_round(events)
        for provided_id in emulator.provided_ids[: case.gone]:
            emulator.delete(provided_id)
        found = await one_round(events)
    held = [event for event in found if isinstance(event, Held)]
    removed = [event for event in found if isinstance(event, Removed)]
    assert len(removed) == (0 if held else case.gone)
    return held[0].reason if held else None


async def by_mirror(explo: ExploClient, emulator: Emulator, case: Case, folder: Path) -> str | None:
    """Mirror a list from which they are deleted."""
    url = f"sqlite:///{folder}/tenants.db"
    await mirror(explo, url)
    for provided_id in emulator.provided_ids[: case.gone]:
        emulator.delete(provided_id)
    try:
        run = await mirror(explo, url, allow_deletes=case.allowed, **case.limits)
    except RemovalsHeld as held:
        return re.search(r"\d+ (?:of|removals,) .*(?:%|allowed)", held.what).group()  # type: ignore[union-attr]
    assert run.removed == case.gone
    return None


WAYS: list[Callable[[ExploClient, Emulator, Case, Path], Awaitable[str | None]]] = [
    by_plan,
    by_apply,
    by_mirror,
    by_watch,
]
"""All that removes."""


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("way", WAYS)
async def test_whatever_removes_holds_back_the_same(
    way: Callable[[ExploClient, Emulator, Case, Path], Awaitable[str | None]], case: Case, tmp_path: Path
) -> None:
    """For the same reason, in the same words."""
    limits = Limits(number=case.number, share=case.share)
    expected = hold_back(case.gone, case.of, limits, case.allowed)
    customers = [{"provided_id": f"c{number:03}", "token": f"t{number}"} for number in range(case.of)]
    async with Emulator(customers) as emulator, client_of(emulator, rate_limit=None, retry=QUICK) as explo:
        assert await way(explo, emulator, case, tmp_path) == expected


def test_some_are_held_back_and_some_are_not() -> None:
    """Or it would show nothing."""
    held = [hold_back(each.gone, each.of, Limits(number=each.number, share=each.share), each.allowed) for each in CASES]
    assert 4 <= sum(reason is not None for reason in held) <= len(CASES) - 4
