from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ClientClosed, ConfigurationError, WatchStateError
from explo_async.emulator import Emulator
from explo_async.threads import beside
from explo_async.watch import settling, watch
from tests.watch.rounds import FAST, THREE, next_told, one_round, unlimited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def test_two_watches_of_one_state_are_refused(tmp_path: Path) -> None:
    """At once, with the file's name; once the first has ended it is free."""
    state = tmp_path / "watch.sqlite"
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, state=state) as events:
            await one_round(events)
            with pytest.raises(WatchStateError, match="is in use by another watch; end that one, or name another file"):
                await explo.customers.watch(every=FAST, state=state).__aenter__()
            assert await next_told(events) == ["synced"]
        async with explo.customers.watch(every=FAST, state=state) as events:
            assert await next_told(events) == ["synced"]


async def test_closing_the_client_ends_a_watch_that_waits() -> None:
    """Not after the period, which may be hours."""
    async with (
        Emulator(THREE) as emulator,
        unlimited(emulator) as explo,
        explo.customers.watch(every=3600.0) as events,
    ):
        await one_round(events)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        await explo.close()
        with pytest.raises(ClientClosed, match="the client was closed"):
            await waiting


async def test_closing_the_client_ends_a_watch_that_reads_an_exact_list() -> None:
    """It does not go on by the checked one."""
    async with (
        Emulator(40) as emulator,
        unlimited(emulator, max_concurrency=1) as explo,
        explo.customers.watch(every=FAST, initial="skip", page_size=10) as events,
    ):
        await one_round(events)
        emulator.delete_at(0)
        # Four pages and the COUNT; the next one is of the exact list.
        last = emulator.requests + 6
        arrived = asyncio.Event()
        emulator.on_request = lambda _: arrived.set() if emulator.requests >= last else None
        reading = asyncio.ensure_future(anext(events))
        await arrived.wait()
        await explo.close()
        with pytest.raises(ClientClosed, match="the client was closed"):
            await reading
        await events.aclose()


@pytest.mark.parametrize("requests", [1, 2, 3, 6])
async def test_a_round_that_is_cancelled_is_told_in_the_next(requests: int) -> None:
    """Wherever it is broken off, nothing is left running, and nothing is lost."""
    async with (
        Emulator(40) as emulator,
        unlimited(emulator, max_concurrency=2) as explo,
        explo.customers.watch(every=FAST, page_size=10) as events,
    ):
        arrived = asyncio.Event()
        emulator.on_request = lambda _: arrived.set() if emulator.requests >= requests - 1 else None
        first = asyncio.ensure_future(anext(events))
        await arrived.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert len(await one_round(events)) in {40, 41}


@pytest.mark.parametrize("cancelled_at", range(1, 30))
async def test_a_round_that_is_cancelled_in_its_work_is_told_in_the_next(
    cancelled_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each piece of work in a thread: all of what is noted there is, or nothing, and the next round tells it."""
    monkeypatch.setattr(settling, "CHUNK", 7)
    pieces = 0

    async def beside_until_cancelled(work: Callable[..., Any], *arguments: object) -> Any:
        nonlocal pieces
        pieces += 1
        if pieces == cancelled_at:
            asyncio.current_task().cancel()  # type: ignore[union-attr]
        return await beside(work, *arguments)

    async with Emulator(60) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, page_size=20) as events:
            monkeypatch.setattr(watch, "beside", beside_until_cancelled)
            step = asyncio.ensure_future(anext(events))
            await asyncio.gather(step, return_exceptions=True)
            was_cancelled = step.cancelled()
            monkeypatch.undo()
            told = await next_told(events)
        assert was_cancelled == (pieces >= cancelled_at)
    assert len(told) == (61 if was_cancelled else 60)


async def test_it_waits_in_between_and_can_be_cancelled_there() -> None:
    """A wait that is given up leaves the watch as it was."""
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo, explo.customers.watch(every=0.5) as events:
        await one_round(events)
        before = emulator.requests
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(events)
        assert emulator.requests == before
        assert await next_told(events) == ["synced"]


async def test_an_event_of_an_earlier_round_acknowledges_nothing_that_was_told_again() -> None:
    """Once a round has told it anew, the event of that round counts: it may be another."""
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo, explo.customers.watch(every=FAST) as events:
        first = await one_round(events, done=False)
        second = await one_round(events, done=False)
        await first[-1].done()
        assert await next_told(events, done=False) == ["added a", "added b", "added c", "synced"]
        await second[0].done()
        third = await one_round(events, done=False)
        await asyncio.gather(*(event.done() for event in third))
        assert await next_told(events) == ["synced"]


async def test_how_a_state_began_is_asked_once(tmp_path: Path) -> None:
    """Later nobody is taken as known, or told, because of `initial`."""
    state = tmp_path / "watch.sqlite"
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, state=state) as events:
            assert len(await one_round(events, done=False)) == 4
        async with explo.customers.watch(every=FAST, state=state, initial="skip") as events:
            assert len(await one_round(events)) == 4
        async with explo.customers.watch(every=FAST, state=state, initial="emit") as events:
            assert await next_told(events) == ["synced"]


async def test_a_state_that_was_killed_before_its_first_list_is_new(tmp_path: Path) -> None:
    """The list that is there first is taken as known then."""
    state = tmp_path / "watch.sqlite"
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        async with explo.customers.watch(every=FAST, state=state):
            pass
        async with explo.customers.watch(every=FAST, state=state, initial="skip") as events:
            assert await next_told(events) == ["synced"]


@pytest.mark.parametrize(("level", "parent"), [("Branch", None), (None, "p")])
async def test_a_part_of_the_list_can_be_watched(level: str | None, parent: str | None) -> None:
    """Whoever leaves it is removed from it."""
    records = [
        {"provided_id": "p", "hierarchy_level": "Region"},
        {"provided_id": "a", "hierarchy_level": "Branch"},
        {"provided_id": "b", "hierarchy_level": "Branch"},
    ]
    async with (
        Emulator(records, parents={"a": "p", "b": "p"}) as emulator,
        unlimited(emulator) as explo,
        explo.customers.watch(
            every=FAST, confirm_removals=1, hierarchy_level_name=level, parent_provided_id=parent
        ) as events,
    ):
        assert await next_told(events) == ["added a", "added b", "synced"]
        emulator.delete("b")
        assert await next_told(events) == ["removed b", "synced"]


async def test_it_is_used_in_its_block_by_one_task() -> None:
    """Anything else says what is wrong."""
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        events = explo.customers.watch()
        with pytest.raises(ConfigurationError, match="the watch is not begun: use `async with"):
            await anext(events)
        async with events:
            (event, *_) = await one_round(events, done=False)
            waiting = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="two tasks iterate one watch"):
                await anext(events)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        for again in (anext(events), event.done()):
            with pytest.raises(ClientClosed, match="the watch was closed"):
                await again
        with pytest.raises(RuntimeError, match="begun before"):
            await events.__aenter__()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0.05}, "every must be at least 0.1 seconds, not 0.05"),
        ({"every": "15m"}, "every must be a number of seconds above 0, not '15m'"),
        ({"confirm_removals": 0}, "confirm_removals must be an int of at least 1, not 0"),
        ({"initial": "all"}, "initial must be one of 'emit', 'skip', not 'all'"),
        ({"max_deletes": -1}, "max_deletes must be an int of at least 0, not -1"),
        ({"max_delete_share": 5}, "max_delete_share must be a share from 0 to 1, not 5"),
        ({"allow_deletes": 1.5}, "allow_deletes must be an int of at least 0, not 1.5"),
        ({"page_size": 0}, "page_size must be an int of at least 1, not 0"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0, not 0"),
        ({"state": ""}, "state must be the path of a file or None, not ''"),
        ({"state": 7}, "state must be the path of a file or None, not 7"),
        ({"adopt_state": "yes"}, "adopt_state must be True or False, not 'yes'"),
        ({"parent_provided_id": ""}, "parent_provided_id must be a non-empty string or None, not ''"),
    ],
)
async def test_arguments_that_cannot_work_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    """Before anything is opened or sent."""
    async with Emulator(THREE) as emulator, unlimited(emulator) as explo:
        with pytest.raises(ConfigurationError, match=message):
            explo.customers.watch(**arguments)
        assert emulator.requests == 0
