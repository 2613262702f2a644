"""No list that is short leads to a delete, in whatever way it is short: there is an error, or nobody is missed.

Each case of the catalogue, and more, is once the server that is planned for, and once the one whose list is desired
of another server: there a customer who is missing would be deleted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, ExploError
from explo_async.emulator import Changes, Dialect, Emulator
from explo_async.emulator.synthetic import provided_id_of
from explo_async.reconcile import Policy, make_plan
from tests.promises.catalogue import CASES
from tests.promises.catalogue.case import THRICE, Case, Data, Raises
from tests.promises.catalogue.completeness import add
from tests.promises.catalogue.faults import Changed
from tests.promises.catalogue.places import CUSTOMERS, PAGE_SIZE, TEAM_TOKEN, Place, explo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from explo_async.emulator.request_log import Seen
    from explo_async.reconcile import Plan
    from tests.promises.catalogue.places import Opening

pytestmark = pytest.mark.long

IDS = [provided_id_of(serial) for serial in range(CUSTOMERS)]
UNWANTED = IDS[7]
FREE = Policy(max_deletes=CUSTOMERS, max_updates=CUSTOMERS)


def between(request: int, *edits: Callable[[Emulator], object]) -> Opening:
    """Run a local Explo whose list is edited between the COUNT and the rows of one request."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        async with Emulator(CUSTOMERS, token=TEAM_TOKEN) as emulator:

            def edit(_: Seen) -> None:
                if emulator.requests == request:
                    for each in edits:
                        each(emulator)

            emulator.on_rows = edit
            yield Place(url=emulator.url, emulator=emulator)

    return opening


def delete_first(emulator: Emulator) -> None:
    """Take the first customer out."""
    emulator.delete_at(0)


def add_first(emulator: Emulator) -> None:
    """Put one before all others."""
    emulator.add(index=0)


def delete_last(emulator: Emulator) -> None:
    """Take the last customer out."""
    emulator.delete_at(-1)


def without(*rows: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Leave rows out of each page, and not out of the total."""

    def change(page: dict[str, Any]) -> dict[str, Any]:
        customers = page["results"]["customers"]
        page["results"]["customers"] = [each for place, each in enumerate(customers) if place not in rows]
        return page

    return change


OPENINGS: dict[str, Opening] = {
    "total too small": explo(Changed(add(-5))),
    "rows filtered": explo(Changed(without(3))),
    "rows filtered on one page": explo(Changed(without(3, 4), page=2)),
    "rows filtered once": explo(Changed(without(0), page=2, attempt=1)),
    "a total that is steadily too large": explo(total_error=3),
    "clamped to 3 rows": explo(dialect=Dialect(max_page_size=3)),
    "clamped and filtered": explo(Changed(without(1)), dialect=Dialect(max_page_size=4)),
    "past the end it is empty": explo(Changed(without(9), page=3), dialect=Dialect(past_end="empty")),
    "ties": explo(order="ties"),
    "ties, clamped": explo(order="ties", dialect=Dialect(max_page_size=4)),
    "no order, shrinking": explo(order="none", between=0.001, changes=Changes(200.0, kinds=("delete",))),
    "shrinking": explo(between=0.001, changes=Changes(200.0, kinds=("delete",))),
    "shrinking and growing": explo(between=0.001, changes=Changes(300.0)),
    **{
        f"{' and '.join(edit.__name__ for edit in edits)} at request {request}": between(request, *edits)
        for edits in (
            (delete_first,),
            (delete_last,),
            (add_first,),
            (delete_first, add_first),
            (add_first, delete_last),
        )
        for request in range(1, 9)
    },
}
PLACES: dict[str, Case | Opening] = {**{case.name: case for case in CASES}, **OPENINGS}


def opening_of(name: str) -> tuple[Opening, dict[str, Any]]:
    """Return where a case happens, and the arguments of its client."""
    found = PLACES[name]
    if isinstance(found, Case):
        return found.opening, {"timeout": found.call.get("timeout"), **found.client}
    return found, {}


@asynccontextmanager
async def client_at(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, timeout: float | None = None, **options: Any
) -> AsyncIterator[ExploClient]:
    """Open a client that asks for pages of ten, so that there are several."""
    usual: dict[str, Any] = {"retry": THRICE, "session": place.session}
    async with ExploClient(TEAM_TOKEN, base_url=place.url, **usual | options) as client:
        listing = partial(client.customers.list, page_size=PAGE_SIZE, timeout=timeout)
        monkeypatch.setattr(client.customers, "list", listing)
        yield client
    if place.session:
        await place.session.close()


@pytest.mark.parametrize("name", PLACES)
async def test_whoever_is_missing_from_the_list_is_neither_deleted_nor_made(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody is desired but one, who alone may be deleted; and no customer who is there looks like a new one."""
    opening, options = opening_of(name)
    rows = [{"provided_id": each} for each in IDS if each != UNWANTED]
    plan: Plan | None = None
    async with opening() as place, client_at(place, monkeypatch, **options) as client:
        with suppress(ExploError):
            plan = await make_plan(client, rows, delete=True, expected_rows=len(rows), policy=FREE)
        emulator = place.emulator
        if emulator is not None:
            assert emulator.writes == ()
            assert not any(seen.writes for seen in emulator.log)
        if plan is not None:
            assert emulator is not None
            added = {provided_id for provided_id in emulator.provided_ids if provided_id not in IDS}
            assert {delete.provided_id for delete in plan.deletes} <= {UNWANTED} | added
            assert plan.report.verdict == "exact"
            # Who was deleted meanwhile may be made again: nobody else.
            assert not {create.provided_id for create in plan.creates} & set(emulator.provided_ids)


@pytest.mark.parametrize("name", PLACES)
async def test_a_short_list_that_is_desired_deletes_nobody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one server lists is desired of another that has them all: only who is gone from the first is deleted."""
    opening, options = opening_of(name)
    desired: list[dict[str, str]] | None = None
    gone: set[str] = set()
    async with opening() as place, client_at(place, monkeypatch, **options) as client:
        try:
            desired = [{"provided_id": each.provided_id} for each in await client.customers.list(consistency="exact")]
        except ExploError:
            return
        assert place.emulator is not None
        gone = set(IDS) - set(place.emulator.provided_ids)
    async with Emulator(CUSTOMERS) as whole, ExploClient(whole.token, base_url=whole.url) as client:
        plan = await make_plan(client, desired, delete=True, expected_rows=len(desired), policy=FREE)
    assert {delete.provided_id for delete in plan.deletes} <= gone


def test_the_cases_are_no_idle_ones() -> None:
    """Among them are such as give the data, and such as raise."""
    outcomes = [case.outcome for case in CASES]
    assert sum(isinstance(outcome, Data) for outcome in outcomes) > 10
    assert sum(isinstance(outcome, Raises) for outcome in outcomes) > 40


async def test_who_sees_a_part_alone_is_held_back() -> None:
    """A list of one visibility group is whole as far as can be seen: here the limits and `expected_rows` stand guard.

    So is one whose server always leaves the same customers out, of the total too.
    """
    async with (
        Emulator(CUSTOMERS, total_error=-3) as part_of_it,
        ExploClient("emulator-token", base_url=part_of_it.url) as client,
    ):
        assert len(await client.customers.list(consistency="exact")) == CUSTOMERS - 3
    part = [{"provided_id": each} for each in IDS[:10]]
    async with Emulator(CUSTOMERS) as whole, ExploClient(whole.token, base_url=whole.url) as client:
        plan = await make_plan(client, part, delete=True, expected_rows=10)
        assert plan.refusals() == ["deletes: 20 of 30 (67 %), more than 10 and more than 5 %"]
        with pytest.raises(ExploError, match="has 10 customers, not the 30 of expected_rows"):
            await make_plan(client, part, delete=True, expected_rows=CUSTOMERS)
