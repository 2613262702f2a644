from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

import pytest

from explo_async.pacing.gate import Gate
from explo_async.pacing.lease import Wait
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.pacing.waits import Waiting
from explo_async.progress import FetchStats
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.pacing.lease import Lease


async def take(gate: Gate, stats: FetchStats, after: float = 0.0) -> None:
    """Wait for a slot, and have the answer at once."""
    await asyncio.sleep(after)
    with gate.waits.counted(stats):
        lease = await gate.take(deadline=inf)
    gate.ended(lease)


def make_gate(requests: int = 1, per: float = 10.0) -> Gate:
    clock = asyncio.get_running_loop().time
    return Gate(OwnSlots(Quota(RateLimit(requests, per)), clock), Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5)


def test_what_waits_together_counts_once() -> None:
    """Of eight requests that wait for the same slots the seconds of the clock count, not those of each."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate(2)
        await asyncio.gather(*(take(gate, stats) for _ in range(8)))

    run(main())
    assert stats.quota_wait == pytest.approx(30)


def test_only_what_is_waited_counts() -> None:
    """Between two waits, and while nobody waits, nothing is counted."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate()
        await asyncio.gather(*(take(gate, stats, after) for after in (0.0, 4.0, 35.0)))

    run(main())
    # The second waits from 4 to 10, the third finds the slot free.
    assert stats.quota_wait == pytest.approx(6)


def test_calls_are_counted_apart() -> None:
    """Each call counts what its own requests wait, though they wait behind each other."""
    first, second = FetchStats(), FetchStats()

    async def main() -> None:
        gate = make_gate()
        await asyncio.gather(take(gate, first), take(gate, second), take(gate, first))

    run(main())
    assert [first.quota_wait, second.quota_wait] == pytest.approx([20, 10])


def test_a_wait_that_is_cancelled_counts_as_long_as_it_was() -> None:
    """Who leaves the queue early has waited until then, and what stays goes on to be counted."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate()
        await take(gate, stats)
        staying, leaving = (asyncio.create_task(take(gate, stats)) for _ in range(2))
        await asyncio.sleep(4)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert stats.quota_wait == pytest.approx(4)
        await staying

    run(main())
    assert stats.quota_wait == pytest.approx(10)


def test_the_seconds_that_are_left_run_down() -> None:
    """While a call waits it is known for how long still, and no longer than that."""
    stats, another = FetchStats(), FetchStats()
    left = []

    async def main() -> None:
        gate = make_gate()
        await take(gate, stats)
        waiting = asyncio.create_task(take(gate, stats))
        for _ in range(3):
            left.append(gate.waits.of(stats))
            assert gate.waits.of(another) is None
            await asyncio.sleep(4)
        await waiting
        left.append(gate.waits.of(stats))

    run(main())
    assert left == [None, Waiting("quota", 6.0), Waiting("quota", 2.0), None]


def test_what_only_an_answer_can_tell_has_no_end() -> None:
    """While all slots are on their way nobody knows when one will be free."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate()
        lease = await gate.take(deadline=inf)
        waiting = asyncio.create_task(take(gate, stats))
        await asyncio.sleep(5)
        assert gate.waits.of(stats) == Waiting("quota", None)
        gate.ended(lease)
        await waiting

    run(main())
    assert stats.quota_wait == pytest.approx(15)


def test_the_pause_of_a_429_is_told_from_the_quota() -> None:
    """What waits in the pause waits for its end, and after it for an answer."""
    stats = FetchStats()

    async def main() -> list[Waiting | None]:
        gate = make_gate(5)
        lease = await gate.take(deadline=inf)
        gate.throttled(lease, 30.0)
        gate.ended(lease)
        waiting = asyncio.create_task(take(gate, stats))
        await asyncio.sleep(10)
        told = [gate.waits.of(stats)]
        await waiting
        return [*told, gate.waits.of(stats)]

    assert run(main()) == [Waiting("pause", 20.0), None]


def test_an_outage_is_no_wait_for_the_quota() -> None:
    """It is told elsewhere: nothing is said of the quota."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate(5)
        lease = await gate.take(deadline=inf)
        gate.lost(lease)
        gate.ended(lease)
        begun: list[str] = []
        gate.waits.listen(stats, begun.append)
        waiting = asyncio.create_task(take(gate, stats))
        await asyncio.sleep(0.1)
        assert gate.waits.of(stats) is None
        assert begun == []
        await waiting

    run(main())
    assert stats.quota_wait == 0


class Shut(OwnSlots):
    """Slots whose store is shut for a while, and then away for as long."""

    told = iter([Wait(8.0, "it is shut", 4.0), Wait(4.0, "it is shut", 4.0), Wait(inf, "it is away", 4.0)])

    async def take(self, waiting: int) -> Lease | Wait:
        """Tell that first."""
        return next(self.told, None) or await super().take(waiting)


def test_a_store_is_told_from_the_quota() -> None:
    """One that is shut opens in so many seconds; of one that is away nobody knows when it is back."""
    stats = FetchStats()

    async def main() -> list[Waiting | None]:
        clock = asyncio.get_running_loop().time
        slots = Shut(Quota(RateLimit(1)), clock)
        gate = Gate(slots, Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5)
        waiting = asyncio.create_task(take(gate, stats))
        told = []
        for _ in range(4):
            await asyncio.sleep(3)
            told.append(gate.waits.of(stats))
        await waiting
        return told

    assert run(main()) == [Waiting("store", 5.0), Waiting("store", 2.0), Waiting("store", None), None]


def test_who_listens_hears_of_each_wait_that_begins() -> None:
    """Of what its own requests wait for, until it listens no more: also of those that join a wait that has begun."""
    stats, another = FetchStats(), FetchStats()

    async def main() -> list[str]:
        gate = make_gate()
        begun: list[str] = []
        gate.waits.listen(stats, begun.append)
        await take(gate, stats)
        assert begun == []
        first = asyncio.create_task(take(gate, another))
        await asyncio.sleep(1)
        assert begun == []
        second = asyncio.create_task(take(gate, stats))
        await asyncio.sleep(1)
        assert begun == ["quota"]
        await first
        await asyncio.sleep(1)
        assert begun == ["quota", "quota"]
        await second
        await asyncio.sleep(20)
        await take(gate, stats)
        assert begun == ["quota", "quota"]
        gate.waits.forget(stats)
        await take(gate, stats)
        return begun

    assert run(main()) == ["quota", "quota"]
