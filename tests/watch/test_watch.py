from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async import (
    Customer,
    ListingChanged,
    ServerError,
)
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Status
from explo_async.watch import Changed, Held, Removed, Skipped, Synced
from tests.helpers.clients import ONCE, client_of
from tests.watch.rounds import FAST, THREE, next_told, one_round, unlimited

if TYPE_CHECKING:
    from pathlib import Path


async def test_it_tells_what_differs_from_what_was_acknowledged() -> None:
    """First everybody, then what changes, and a removal by the second exact list that lacks the customer."""
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo, explo.customers.watch(every=FAST) as events:
        assert await next_told(events) == ["added a", "added b", "added c", "synced"]
        assert await next_told(events) == ["synced"]
        emulator.change("b", name="Bee", emails=["b@example.com"])
        emulator.delete("c")
        emulator.add({"provided_id": "d"})
        assert await next_told(events) == ["changed b", "added d", "synced"]
        removed, synced = await one_round(events)
        assert isinstance(removed, Removed)
        assert removed.last_known == Customer(provided_id="c", name="C")
        assert isinstance(synced, Synced)
        assert (synced.report.verdict, synced.counts.removed, synced.counts.known) == ("exact", 1, 4)
        assert await next_told(events) == ["synced"]


async def test_a_change_says_what_was_and_what_is_without_a_token() -> None:
    """The fields in the order of `Customer`, and no token, whose change is none."""
    async with (
        Emulator(THREE) as emulator,
        unlimited(emulator) as explo,
        explo.customers.watch(every=FAST, initial="skip") as events,
    ):
        assert await next_told(events) == ["synced"]
        emulator.change("a", token="another")
        emulator.change("b", name="Bee", properties={"seats": 2})
        (changed, _) = await one_round(events)
        assert isinstance(changed, Changed)
        assert changed.fields == ("name", "properties", "computed_properties")[: len(changed.fields)]
        assert changed.before == Customer(provided_id="b", name="B")
        assert changed.after.properties == {"seats": 2}
        assert changed.after.token is None
        assert changed.to_dict()["provided_id"] == "b"


async def test_a_usual_round_costs_what_a_list_does() -> None:
    """25 requests for 25 000 customers, and the one that proves it; two exact sweeps where somebody is absent."""
    async with (
        Emulator(25_000) as emulator,
        unlimited(emulator) as explo,
        explo.customers.watch(every=FAST, initial="skip") as events,
    ):
        await one_round(events)
        before = emulator.requests
        await one_round(events)
        assert emulator.requests - before == 26
        emulator.delete_at(7)
        before = emulator.requests
        (synced,) = await one_round(events)
        assert isinstance(synced, Synced)
        assert synced.counts.absent == 1
        assert 26 + 50 <= emulator.requests - before <= 26 + 53


async def test_whoever_is_back_was_not_removed() -> None:
    """The lists that lack a customer are counted anew once one has it."""
    async with (
        Emulator(THREE) as emulator,
        unlimited(emulator) as explo,
        explo.customers.watch(every=FAST, initial="skip", confirm_removals=2) as events,
    ):
        await one_round(events)
        for _ in range(3):
            emulator.delete("b")
            assert await next_told(events) == ["synced"]
            emulator.add({"provided_id": "b", "name": "B"})
            assert await next_told(events) == ["synced"]
        emulator.delete("b")
        assert await next_told(events) == ["synced"]
        assert await next_told(events) == ["removed b", "synced"]


async def test_many_removals_are_held_until_a_person_allows_them(tmp_path: Path) -> None:
    """They are `Held` each round, with their number and the limits; what else differs is told."""
    options: dict[str, Any] = {"every": FAST, "state": tmp_path / "watch.sqlite", "confirm_removals": 1}
    async with Emulator(100) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(**options, initial="skip") as events:
            await one_round(events)
            for _ in range(11):
                emulator.delete_at(0)
            emulator.add({"provided_id": "new"})
            _, held, synced = await one_round(events)
            assert isinstance(held, Held)
            assert held.reason == "11 of 100 (11 %), more than 10 and more than 5 %"
            assert (held.counts.held, held.counts.absent, held.counts.added) == (11, 11, 1)
            assert isinstance(synced, Synced)
            assert await next_told(events) == ["held", "synced"]
        async with explo.customers.watch(**options, allow_deletes=10) as events:
            assert await next_told(events) == ["held", "synced"]
        async with explo.customers.watch(**options, allow_deletes=11) as events:
            assert [event.kind for event in await one_round(events)] == ["removed"] * 11 + ["synced"]


async def test_a_list_that_cannot_be_read_is_skipped() -> None:
    """Nothing follows from it, and the next round goes on."""
    async with (
        # The list and its COUNT are the first two.
        Emulator(THREE, faults=[Status(503, page=1, attempt=3)]) as emulator,
        client_of(emulator, rate_limit=None, retry=ONCE) as explo,
        explo.customers.watch(every=FAST, confirm_removals=1) as events,
    ):
        assert await next_told(events) == ["added a", "added b", "added c", "synced"]
        (skipped,) = await one_round(events)
        assert isinstance(skipped, Skipped)
        assert isinstance(skipped.error, ServerError)
        assert skipped.to_dict() == {
            "kind": "skipped",
            "what": "round",
            "error": "ServerError",
            "message": str(skipped.error),
        }
        assert await next_told(events) == ["synced"]


async def test_a_list_that_changes_too_fast_for_an_exact_one_tells_no_removal() -> None:
    """Whom the checked one has is told all the same; that no removal was is said."""
    serial = iter(range(10_000))
    async with (
        Emulator(30) as emulator,
        unlimited(emulator, max_concurrency=1) as explo,
        explo.customers.watch(every=FAST, initial="skip", confirm_removals=1, page_size=10, max_deletes=99) as events,
    ):
        await one_round(events)
        gone = emulator.provided_ids[3]
        emulator.delete(gone)
        emulator.add({"provided_id": "new"})
        seen = 0

        def change(_: object) -> None:
            nonlocal seen
            seen += 1
            # The checked list has its pages, and its COUNT, to itself.
            if seen > 4:
                emulator.delete_at(5)
                emulator.add({"provided_id": f"x{next(serial)}"})

        emulator.on_request = change
        added, skipped, synced = await one_round(events)
        assert added.kind == "added"
        assert isinstance(skipped, Skipped)
        assert skipped.what == "removals"
        assert isinstance(skipped.error, ListingChanged)
        assert isinstance(synced, Synced)
        assert (synced.report.verdict, synced.counts.removed, synced.counts.absent) == ("complete", 0, 1)
        emulator.on_request = None
        found = await next_told(events)
        assert f"removed {gone}" in found


async def test_what_is_not_acknowledged_is_told_again_also_when_it_is_as_before(tmp_path: Path) -> None:
    """A consumer that acted and was stopped before it could say so must not be left behind."""
    state = tmp_path / "watch.sqlite"
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, initial="skip", state=state) as events:
            await one_round(events)
            emulator.change("a", name="A2")
            assert await next_told(events, done=False) == ["changed a", "synced"]
        emulator.change("a", name="A")
        async with explo.customers.watch(every=FAST, state=state) as events:
            changed, _ = await one_round(events, done=False)
            assert isinstance(changed, Changed)
            assert (changed.fields, changed.before.name, changed.after.name) == (("name",), "A2", "A")
            assert await next_told(events) == ["changed a", "synced"]
            assert await next_told(events) == ["synced"]


async def test_done_acknowledges_an_event_and_those_before_it(tmp_path: Path) -> None:
    """Those after it are told again."""
    state = tmp_path / "watch.sqlite"
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, state=state) as events:
            found = await one_round(events, done=False)
            await found[1].done()
            # Once more, and of one before it, is no harm.
            await found[1].done()
            await found[0].done()
        async with explo.customers.watch(every=FAST, state=state) as events:
            assert await next_told(events) == ["added c", "synced"]
