from __future__ import annotations

import asyncio
from math import inf

import pytest

from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.progress import FetchStats
from tests.helpers.virtual import run


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
            left.append(gate.waits.left(stats))
            assert gate.waits.left(another) is None
            await asyncio.sleep(4)
        await waiting
        left.append(gate.waits.left(stats))

    run(main())
    assert left == [None, pytest.approx(6), pytest.approx(2), None]


def test_what_only_an_answer_can_tell_has_no_end() -> None:
    """While all slots are on their way nobody knows when one will be free."""
    stats = FetchStats()

    async def main() -> None:
        gate = make_gate()
        lease = await gate.take(deadline=inf)
        waiting = asyncio.create_task(take(gate, stats))
        await asyncio.sleep(5)
        assert gate.waits.left(stats) is None
        gate.ended(lease)
        await waiting

    run(main())
    assert stats.quota_wait == pytest.approx(15)
