"""When `on_progress` is called, in virtual time: after pages, when a wait begins, and each second of it."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

import pytest

from explo_async.engine.telling import Telling
from explo_async.pacing.lease import Wait
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.slots import OwnSlots, ProcessWindow
from explo_async.pacing.waits import QuotaWaits
from explo_async.progress import FetchStats, Progress
from tests.helpers.scripted import Scripted, everything, ids, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.lease import Lease

Told = tuple[float, int, str | None, float | None]
"""Seconds since the beginning, pages, what is waited for, and for how long."""


def own_slots(requests: int, home: ProcessWindow | None = None) -> OwnSlots:
    """Make slots of a window of ten seconds, which may be shared."""
    home = ProcessWindow() if home is None else home
    return OwnSlots(Quota(RateLimit(requests, 10.0), home.window), asyncio.get_running_loop().time, home)


def never(error: Exception) -> None:
    """Hear of no failure."""
    raise error


def noting(told: list[Told]) -> Callable[[Progress], object]:
    """Return what notes each call."""

    def note(progress: Progress) -> None:
        seconds = asyncio.get_running_loop().time() - 1000.0
        left = progress.wait_left
        told.append((round(seconds, 3), progress.pages, progress.waiting_for, left and round(left, 3)))

    return note


def test_a_wait_for_the_quota_is_told_each_second() -> None:
    """Three pages and the COUNT, of which three may go out in ten seconds: the fourth request waits for a slot."""
    told: list[Told] = []

    async def main() -> None:
        await everything(Scripted(ids(30)), slots=own_slots(3), on_progress=noting(told))

    run(main())
    # Page 1 comes after 0.1 seconds, the others after 0.2; its slot is free ten seconds after it.
    waits = [(0.2 + second, 3, "quota", round(9.9 - second, 3)) for second in range(10)]
    assert told == [(0.1, 1, None, None), (0.2, 2, None, None), (0.2, 3, None, None), *waits, (10.2, 3, None, None)]


def test_the_pause_of_a_429_is_told() -> None:
    """Also before page 1, when nothing is known of the list."""
    told: list[Told] = []
    transport = Scripted(ids(10), script={1: [reply_of(429, Retry_After="3")]})

    async def main() -> None:
        await everything(transport, slots=own_slots(30), on_progress=noting(told))

    run(main())
    assert told[:3] == [(0.1, 0, "pause", 3.0), (1.1, 0, "pause", 2.0), (2.1, 0, "pause", 1.0)]
    assert [(pages, what) for _, pages, what, _ in told if pages] == [(1, None), (1, None)]


class Away(OwnSlots):
    """Slots whose store cannot be used for two and a half seconds, and is then shut for two."""

    async def take(self, waiting: int) -> Lease | Wait:
        """Tell that first."""
        left = 1004.5 - asyncio.get_running_loop().time()
        if left > 2:
            return Wait(inf, "the store cannot be used", left - 2)
        return Wait(left, "the store is shut", left) if left > 0 else await super().take(waiting)


def test_a_store_is_told() -> None:
    """That it is away, for nobody knows how long, and that it is shut, and for how long."""
    told: list[Told] = []

    async def main() -> None:
        slots = Away(Quota(RateLimit(30, 10.0)), asyncio.get_running_loop().time)
        await everything(Scripted(ids(10)), slots=slots, on_progress=noting(told))

    run(main())
    away = [(float(second), 0, "store", None) for second in range(3)]
    assert told[:5] == [*away, (3.0, 0, "store", 1.5), (4.0, 0, "store", 0.5)]
    assert [what for _, _, what, _ in told[5:]] == [None, None]


class Two(OwnSlots):
    """Slots that wait for the quota, and half a second after that for a store."""

    waits = iter([Wait(0.5), Wait(0.25, "the store is shut"), Wait(0.25, "the store is shut")])

    async def take(self, waiting: int) -> Lease | Wait:
        """Tell that first."""
        return next(self.waits, None) or await super().take(waiting)


def test_a_wait_of_another_kind_is_told_at_once() -> None:
    """One of the same kind within the second is not."""
    told: list[Told] = []

    async def main() -> None:
        slots = Two(Quota(RateLimit(30, 10.0)), asyncio.get_running_loop().time)
        await everything(Scripted(ids(10)), slots=slots, on_progress=noting(told))

    run(main())
    assert told[:2] == [(0.0, 0, "quota", 0.5), (0.5, 0, "store", 0.25)]
    assert [pages for _, pages, _, _ in told[2:]] == [1, 1]


def test_a_bug_in_the_callback_ends_a_run_that_waits() -> None:
    """At once, not at the end of the wait, and is raised from it."""

    def broken(progress: Progress) -> None:
        if progress.waiting_for:
            msg = "broken"
            raise ZeroDivisionError(msg)

    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await everything(Scripted(ids(30)), slots=own_slots(3), on_progress=broken)
        return asyncio.get_running_loop().time() - 1000.0

    assert run(main()) == pytest.approx(0.2)


def test_a_run_that_has_ended_tells_nothing_more() -> None:
    """A call that is over by its timeout leaves no timer behind."""
    told: list[Told] = []

    async def main() -> None:
        list_of_one = everything(Scripted(ids(30)), slots=own_slots(3), on_progress=noting(told), timeout=60.0)
        task = asyncio.create_task(list_of_one)
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert told[-1][0] == 4.2
        await asyncio.sleep(20)

    run(main())
    assert told[-1][0] == 4.2


def test_each_wait_is_told_as_it_begins() -> None:
    """Also one of the same kind as the last one, long after that."""
    told: list[Told] = []
    stats = FetchStats()

    async def main() -> None:
        waits = QuotaWaits(asyncio.get_running_loop().time)
        telling = Telling(noting(told), Progress, never)
        telling.watch(waits, stats)
        for _ in range(2):
            with waits.counted(stats), waits.of_first():
                waits.note("quota", 1.5)
                await asyncio.sleep(1.5)
            await asyncio.sleep(5.25)
        telling.stop()

    run(main())
    assert [seconds for seconds, *_ in told] == [0.0, 1.0, 6.75, 7.75]


def test_what_is_stopped_tells_nothing_more() -> None:
    """Neither of a wait that has just begun, nor of one that begins after that."""
    told: list[Progress] = []
    stats = FetchStats()

    async def main() -> None:
        waits = QuotaWaits(asyncio.get_running_loop().time)
        telling = Telling(told.append, Progress, never)
        telling.watch(waits, stats)
        with waits.counted(stats):
            waits.note("quota", 10.0)
            await asyncio.sleep(0)
            assert told == [Progress()]
            waits.note("pause", 10.0)
            telling.stop()
            waits.note("store", 10.0)
            await asyncio.sleep(5)

    run(main())
    assert told == [Progress()]


def test_the_estimate_counts_what_another_client_uses() -> None:
    """Of twenty slots in ten seconds another client has used ten: the rest of the list takes a window longer."""

    async def eta(others: int) -> float | None:
        home = ProcessWindow()
        another, seen = own_slots(20, home), list[float | None]()
        for _ in range(others):
            lease = await another.take(1)
            assert not isinstance(lease, Wait)
            another.ended(lease)
        await everything(
            Scripted(ids(150)), slots=own_slots(20, home), on_progress=lambda progress: seen.append(progress.eta)
        )
        return seen[0]

    # After page 1, fourteen pages and the COUNT are to come.
    assert run(eta(0)) == pytest.approx(0.1 * 4)
    assert run(eta(10)) == pytest.approx(10 - 0.1)
