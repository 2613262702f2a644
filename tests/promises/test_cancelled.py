"""A run that is cancelled, timed out or interrupted at any moment ends at once, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from explo_async import ExploClient, RateLimit
from explo_async.decode.page import CUSTOMERS
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close, Hang, Status, Trickle
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Listing
from tests.helpers.clients import QUICK
from tests.helpers.scripted import Scripted, ids, reply_of
from tests.helpers.virtual import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.delivery.arrival import Delivery
    from explo_async.engine.listing import Consistency
    from explo_async.models import Customer
    from explo_async.wire.page_source import PageSource


FAILING = reply_of(503)


class SteppedLoop(VirtualLoop):
    """Calls `at_step` between two turns of the loop."""

    steps = 0
    at_step: Callable[[int], object] = staticmethod(lambda _: None)

    def _run_once(self) -> None:
        self.at_step(self.steps)
        self.steps += 1
        super()._run_once()  # type: ignore[misc]


async def fetch_all(pages: PageSource, *, stream: bool, consistency: Consistency = "checked") -> list[str]:
    """Fetch the whole list as `list` does, or as a stream does."""
    delivery: Delivery[Customer] = InOrder() if stream else Kept()
    fetch = Fetch(
        pages,
        Listing(page_size=10, consistency=consistency),
        CUSTOMERS,
        delivery,
        window=3 if stream else None,
    )
    try:
        if not stream:
            return [customer.provided_id for customer in await fetch.everything()]
        rows: list[str] = []
        while (page := await fetch.next_page()) is not None:
            rows += [customer.provided_id for customer in page.rows]
        return rows
    finally:
        await fetch.aclose()


def is_cancelled(step: int, *, stream: bool, consistency: Consistency) -> bool:
    """Cancel a run between two turns of the loop; False when it was over before. Check what it leaves."""
    transport = Scripted(ids(60), script={3: [FAILING], 4: [reply_of(429, retry_after="1")]})
    loop = SteppedLoop()

    async def main() -> bool:
        pages = transport.pages(max_concurrency=2)
        task = asyncio.create_task(fetch_all(pages, stream=stream, consistency=consistency))
        cancelled_at: list[float] = []

        def cancel(now: int) -> None:
            if now == step and task.cancel():
                cancelled_at.append(loop.now)

        loop.at_step = cancel
        await asyncio.wait([task])
        assert cancelled_at in ([], [loop.now])
        assert transport.in_flight == 0
        assert len(asyncio.all_tasks()) == 1
        # Every slot and every lock is free again: the next run goes through.
        assert await fetch_all(pages, stream=stream) == ids(60)
        assert task.cancelled() or task.result() == ids(60)
        return task.cancelled()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("consistency", ["checked", "verified", "exact"])
def test_a_run_can_be_cancelled_at_every_turn_of_the_loop(*, stream: bool, consistency: Consistency) -> None:
    """Cancelled between any two turns, a run ends at once with no request, no task and every slot given back."""
    step = 1
    while is_cancelled(step, stream=stream, consistency=consistency):
        step += 1
    assert step > 30


@pytest.mark.parametrize("after", [n * 0.004 for n in range(25)])
async def test_a_list_can_be_cancelled_at_any_time_over_sockets(after: float) -> None:
    """Whatever it waits for, slot of the quota, pause of a 429, connection, headers, body or back-off, it ends."""
    faults = [
        Status(503, page=2, times=1),
        Status(429, page=3, times=1),
        Close(page=4, times=1),
        Trickle(0.001, chunk=500, page=5, times=1),
        Hang("body", page=6, times=1),
    ]
    async with (
        Emulator(100, latency=0.003, faults=faults) as emulator,
        ExploClient(
            emulator.token,
            base_url=emulator.url,
            retry=QUICK,
            max_concurrency=3,
            rate_limit=RateLimit(5, 0.03),
            request_timeout=0.1,
        ) as explo,
    ):
        task = asyncio.create_task(explo.customers.list(page_size=10))
        await asyncio.sleep(after)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.done()
        await emulator.drain()
        # Slots of quota and semaphore and the connections are free again.
        assert len(await explo.customers.list(page_size=10, timeout=5)) == 100


async def test_cancelling_a_list_leaves_nothing() -> None:
    """A list cancelled in the middle has ended all its requests when the cancellation is through."""
    async with Emulator(1000, latency=30.0) as slow, ExploClient(slow.token, base_url=slow.url) as client:
        arrived = asyncio.Event()
        slow.on_request = lambda _: arrived.set()
        task = asyncio.create_task(client.customers.list())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await slow.drain()
        assert slow.open_connections == 0


async def test_a_timeout_around_a_list_leaves_clean_connections() -> None:
    """`asyncio.timeout` around a list is a plain TimeoutError, and the client is good for the next call."""
    async with (
        Emulator(100, faults=[Hang(page=3, times=1)]) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, max_concurrency=2) as explo,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await explo.customers.list(page_size=10)
        assert len(await explo.customers.list(page_size=10)) == 100
        assert emulator.open_connections <= 2


async def test_one_list_fails_and_the_other_goes_on(emulator: Emulator, explo: ExploClient) -> None:
    """Cancelling one of two lists on a client does nothing to the other."""
    doomed = asyncio.create_task(explo.customers.list(page_size=20))
    other = asyncio.create_task(explo.customers.list(page_size=50))
    arrived = asyncio.Event()
    emulator.on_request = lambda _: arrived.set() if emulator.requests > 10 else None
    await arrived.wait()
    doomed.cancel()
    assert len(await other) == 2345
    await asyncio.wait([doomed])


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_repeated_and_not_swallowed(kind: type[BaseException]) -> None:
    """KeyboardInterrupt and SystemExit within a task go through to whoever runs the loop, after one request."""
    transport = Scripted(ids(60), script={3: [kind()]})
    with pytest.raises(kind), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(interrupted(transport))
    assert transport.asked.count(3) == 1


async def interrupted(transport: Scripted) -> None:
    """Fetch a list in which a page ends in an interrupt."""
    await fetch_all(transport.pages(), stream=False)
