from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import DeadlineExceeded, RateLimited
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.slots import OwnSlots
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.pacing.lease import Lease, Wait


def make(limit: RateLimit | None) -> Gate:
    clock = asyncio.get_running_loop().time
    return Gate(OwnSlots(Quota(limit), clock), Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5)


async def send(gate: Gate, seconds: float, log: list[float]) -> None:
    lease = await gate.take(deadline=inf)
    log.append(asyncio.get_running_loop().time() - 1000.0)
    await asyncio.sleep(seconds)
    gate.ended(lease)
    gate.accepted(lease)


def test_requests_pass_as_fast_as_the_quota_allows() -> None:
    """Ten requests under 3 in 2 seconds, answered after 0.1 s, go out in bursts one window after the answers."""
    log: list[float] = []

    async def main() -> None:
        gate = make(RateLimit(3, 2.0))
        await asyncio.gather(*(send(gate, 0.1, log) for _ in range(10)))

    run(main())
    assert log == pytest.approx([0, 0, 0, 2.1, 2.1, 2.1, 4.2, 4.2, 4.2, 6.3])


def test_a_request_that_is_not_answered_keeps_its_slot() -> None:
    """While all slots are on their way, the next request waits for an answer, then for one window."""
    log: list[float] = []

    async def main() -> None:
        gate = make(RateLimit(1, 2.0))
        await asyncio.gather(send(gate, 50.0, log), send(gate, 1.0, log))

    run(main())
    assert log == pytest.approx([0, 52.0])


def test_who_came_first_goes_first() -> None:
    """The gate is fair: requests pass in the order in which they came."""
    passed: list[int] = []

    async def one(gate: Gate, number: int) -> None:
        gate.ended(await gate.take(deadline=inf))
        passed.append(number)

    async def main() -> None:
        gate = make(RateLimit(2, 1.0))
        await asyncio.gather(*(one(gate, number) for number in range(9)))

    run(main())
    assert passed == list(range(9))


def test_a_cancelled_wait_passes_its_turn_on() -> None:
    """A request that is cancelled while it waits takes no slot and holds nobody up."""
    log: list[float] = []

    async def main() -> None:
        gate = make(RateLimit(1, 2.0))
        await send(gate, 0.0, log)
        waiting = asyncio.create_task(send(gate, 0.0, log))
        after = asyncio.create_task(send(gate, 0.0, log))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await after

    run(main())
    assert log == pytest.approx([0, 2.0])


def test_after_a_429_nothing_is_sent_until_the_pause_is_over_and_then_one_at_a_time() -> None:
    """The gate opens for one request first, and for more with each answer."""
    log: list[float] = []

    async def main() -> float:
        gate = make(None)
        lease = await gate.take(deadline=inf)
        gate.ended(lease)
        gate.throttled(lease, 5.0)
        paused = gate.paused_for
        await asyncio.gather(*(send(gate, 1.0, log) for _ in range(7)))
        assert gate.paused_for == 0.0
        return paused

    assert run(main()) == 5.0
    assert log == pytest.approx([5, 6, 6, 7, 7, 7, 7])


def test_a_pause_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The 429s to what was under way together leave one line, those after the pause the next one."""

    async def refuse(gate: Gate, requests: int, pause: float) -> None:
        for lease in [await gate.take(deadline=inf) for _ in range(requests)]:
            gate.ended(lease)
            gate.throttled(lease, pause)
            gate.tell_pause(lease)
            await asyncio.sleep(0.1)

    async def main() -> None:
        gate = make(None)
        await refuse(gate, 16, 24.0)
        await refuse(gate, 1, 60.0)

    run(main())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "the server answered 429: nothing is sent for 24 s"),
        ("WARNING", "the server answered 429: nothing is sent for 60 s"),
    ]


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    """The error comes at once: RateLimited when a 429 is the reason, DeadlineExceeded when it is the quota."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        gate = make(RateLimit(1, 60.0))
        lease = await gate.take(deadline=inf)
        gate.ended(lease)
        with pytest.raises(DeadlineExceeded, match=r"next request in 60\.0 s"):
            await gate.take(deadline=loop.time() + 59)
        gate.throttled(lease, 90.0)
        with pytest.raises(RateLimited, match=r"another 90\.0 s") as raised:
            await gate.take(deadline=loop.time() + 80)
        assert raised.value.retry_after == 90.0
        assert loop.time() == 1000.0

    run(main())


def test_a_timeout_that_a_429_has_used_up_is_rate_limited() -> None:
    """The error at the end of a call names the 429 from it on until another answer comes, also between two pauses."""

    async def main() -> list[str]:
        gate = make(None)
        lease = await gate.take(deadline=inf)
        told = [gate.time_is_over(9.0)]
        gate.throttled(lease, 5.0)
        told.append(gate.time_is_over(9.0))
        await asyncio.sleep(5.0)
        told.append(gate.time_is_over(9.0))
        gate.accepted(lease)
        told.append(gate.time_is_over(9.0))
        assert [getattr(error, "retry_after", 0) for error in told] == [0, 5.0, None, 0]
        return [f"{type(error).__name__}: {error.what}" for error in told]

    assert run(main()) == [
        "DeadlineExceeded: the list was not complete within timeout=9 s",
        "RateLimited: the server takes no requests for another 5.0 s; the timeout of 9 s is over",
        "RateLimited: the server answers nothing but 429; the timeout of 9 s is over",
        "DeadlineExceeded: the list was not complete within timeout=9 s",
    ]


def test_the_time_for_more_requests_is_known() -> None:
    """Seven further requests under 3 in 2 seconds take two windows after the burst."""

    async def main() -> float:
        return make(RateLimit(3, 2.0)).time_for(7)

    assert run(main()) == 4.0


def test_in_an_outage_one_probe_goes_at_a_time() -> None:
    """Those that wait go one after the other while each is lost, and all when one is answered."""
    log: list[float] = []

    async def lose(gate: Gate) -> None:
        lease = await gate.take(deadline=inf)
        log.append(asyncio.get_running_loop().time() - 1000.0)
        await asyncio.sleep(1.0)
        gate.lost(lease)
        gate.ended(lease)

    async def main() -> float:
        gate = make(None)
        await lose(gate)
        await asyncio.gather(lose(gate), lose(gate))
        lease = await gate.take(deadline=inf)
        gate.answered(lease)
        return gate.outage_seconds

    assert run(main()) == pytest.approx(0.25 + 1 + 2.25 + 1 + 4.5)
    assert log == pytest.approx([0, 1.25, 4.5])


def test_a_wait_for_a_probe_beyond_the_deadline_is_not_begun() -> None:
    """The error comes at once, and says that it is the server that does not answer."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        gate = make(None)
        for _ in range(2):
            lease = await gate.take(deadline=inf)
            gate.lost(lease)
            gate.ended(lease)
        with pytest.raises(DeadlineExceeded, match=r"does not answer, and is asked again in 2\.2 s"):
            await gate.take(deadline=loop.time() + 2)
        await asyncio.sleep(2)
        assert gate.time_is_over(9.0).what == (
            "the list was not complete within timeout=9 s; the server has not answered for 2.2 s"
        )

    run(main())


def test_whoever_waits_in_an_outage_that_is_given_up_gets_its_error() -> None:
    """A copy of it, at once; who comes later finds the gate open. A single loss is no outage, and concerns nobody."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        gate = make(None)
        given_up = gate.outages_given_up
        for failures in (1, 2):
            lease = await gate.take(deadline=inf)
            gate.lost(lease)
            gate.ended(lease)
            began = loop.time()
            if failures == 1:
                gate.give_up(DeadlineExceeded("not yet"))
        waiting = [asyncio.create_task(gate.take(deadline=inf)) for _ in range(3)]
        await asyncio.sleep(0)
        failure = DeadlineExceeded("dead", attempts=2)
        gate.give_up(failure)
        errors = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(error) for error in errors] == ["dead (after 2 attempts)"] * 3
        assert len({id(error) for error in [failure, *errors]}) == 4
        assert loop.time() == began
        await gate.take(deadline=inf)
        gate.check_outage(gate.outages_given_up)
        with pytest.raises(DeadlineExceeded, match="dead"):
            gate.check_outage(given_up)

    run(main())


class SlowSlots(OwnSlots):
    """As slots whose store takes a second to answer."""

    async def take(self, waiting: int) -> Lease | Wait:
        await asyncio.sleep(1.0)
        return await super().take(waiting)


def test_a_slot_is_given_back_if_an_outage_began_while_the_store_was_asked() -> None:
    """It goes to the probe, when that may go, and is not held meanwhile."""

    async def main() -> list[float]:
        clock = asyncio.get_running_loop().time
        gate = Gate(SlowSlots(Quota(RateLimit(2, 60.0)), clock), Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5)
        lost = await gate.take(deadline=inf)
        waiting = asyncio.create_task(gate.take(deadline=inf))
        await asyncio.sleep(0.9)
        gate.lost(lost)
        gate.ended(lost)
        return [(await waiting).taken_at - 1000.0, gate.time_for(1)]

    # The store answers at 2.0, when the probe may not go before 2.15; asked again then, it answers at 3.15.
    taken_at, seconds = run(main())
    assert taken_at == pytest.approx(3.15)
    # Of two slots the lost one is free at 61.9: no third one is held.
    assert seconds == pytest.approx(58.75)
