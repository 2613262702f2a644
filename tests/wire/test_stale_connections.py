"""Connections that the server, or a proxy before it, has closed between two requests without saying so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from attrs import field, frozen

from explo_async import ClientClosed, RetryPolicy, TransportError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close, Fault, Hang
from explo_async.wire.pool import OwnPool
from tests.helpers.clients import ONCE, client_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange

NEVER_WAITS = RetryPolicy(attempts=2, wait_initial=600.0, wait_max=600.0)
"""Two attempts, and any wait between them would be long: none of these tests gets there."""


@frozen
class CutReused(Fault):
    """Breaks off a connection as a request arrives on it, if `cuts` says so of it and of how many it had before."""

    cuts: Callable[[asyncio.BaseTransport, int], bool]
    had: dict[asyncio.BaseTransport, int] = field(factory=dict)
    cut: list[asyncio.BaseTransport] = field(factory=list)
    data: bytes = b""

    async def happen(self, exchange: Exchange) -> Answer | None:
        """Answer, or write a few bytes at most and close."""
        transport = exchange.request.transport
        assert transport is not None
        before = self.had.get(transport, 0)
        self.had[transport] = before + 1
        if not self.cuts(transport, before):
            return exchange.good
        self.cut.append(transport)
        exchange.write(self.data)
        if self.data or len(self.cut) % 2:
            exchange.close()
        else:
            exchange.reset()
        return None


@pytest.fixture(params=["own", "borrowed"])
async def session(request: pytest.FixtureRequest) -> aiohttp.ClientSession | None:
    """Give no session, or one to borrow."""
    return None if request.param == "own" else aiohttp.ClientSession()


async def test_sixteen_stale_connections_cost_no_attempt(session: aiohttp.ClientSession | None) -> None:
    """All connections of the pool are closed at once: each page goes out again at once, and none waits."""
    stale: set[asyncio.BaseTransport] = set()
    fault = CutReused(lambda transport, _: transport in stale)
    async with Emulator(320, latency=0.02, faults=[fault]) as emulator, asyncio.timeout(10):
        async with client_of(
            emulator, session=session, max_concurrency=16, rate_limit=None, retry=NEVER_WAITS
        ) as explo:
            await explo.customers.list(page_size=20)
            # 16 pages of a size that is known go out together: on every connection that there is.
            await explo.customers.list(page_size=20)
            assert emulator.open_connections == 16
            stale.update(fault.had)
            customers = await explo.customers.list(page_size=20)
        if session is not None:
            await session.close()
        assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
        assert len(fault.cut) == 16
        stats = customers.report.stats
        assert (stats.retries, stats.requests) == (0, 16 + 1 + 16)


async def test_a_server_that_cuts_every_second_request_of_a_connection() -> None:
    """Each page of a hundred comes, at the latest by its second request, and none uses up an attempt."""
    fault = CutReused(lambda _, before: before == 1)
    async with Emulator(1000, faults=[fault]) as emulator, asyncio.timeout(10):
        async with client_of(emulator, max_concurrency=16, rate_limit=None, retry=NEVER_WAITS) as explo:
            customers = await explo.customers.list(page_size=10)
        stats = customers.report.stats
        assert len(customers) == 1000
        assert len(fault.cut) > 20
        assert (stats.retries, stats.requests) == (0, 101 + len(fault.cut))
        assert stats.requests == emulator.requests


async def test_a_fresh_connection_that_breaks_is_a_failure() -> None:
    """Nothing is sent a second time behind the back of the attempts."""
    async with Emulator(10, faults=[Close()]) as emulator, client_of(emulator, retry=ONCE) as explo:
        with pytest.raises(TransportError, match="ServerDisconnectedError"):
            await explo.customers.count()
        assert emulator.requests == 1


async def test_a_connection_that_breaks_within_the_headers_is_a_failure() -> None:
    """Bytes of the answer have come, so the connection was not closed before."""
    fault = CutReused(lambda _, before: before > 0, data=b"HTTP/1.1 200 OK\r\nContent-Type: appli")
    async with Emulator(10, faults=[fault]) as emulator, client_of(emulator, retry=ONCE) as explo:
        await explo.customers.count()
        with pytest.raises(TransportError, match="headers were cut off"):
            await explo.customers.count()
        assert emulator.requests == 2


async def test_a_second_break_is_a_failure(
    session: aiohttp.ClientSession | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Each attempt goes out again once, no more; then it is a failure that speaks of the server."""
    policy = RetryPolicy(attempts=2, wait_initial=0)
    async with Emulator(30, faults=[Close(page=2)]) as emulator:
        async with client_of(emulator, session=session, retry=policy) as explo:
            await explo.customers.page(1)
            with pytest.raises(TransportError, match="ServerDisconnectedError"):
                await explo.customers.page(2)
        if session is not None:
            await session.close()
        # A borrowed session does not tell that the second attempt is on a fresh connection.
        assert emulator.pages.count(2) == (3 if session is None else 4)
    assert "all others wait until the server answers" in caplog.text


async def test_the_old_connections_are_closed_when_their_last_request_has_ended() -> None:
    """Idle ones are not used again, and those under way are not cut."""
    faults = [Close(page=2, attempt=1), Hang("headers", page=3)]
    async with (
        asyncio.timeout(5),
        Emulator(100, faults=faults) as emulator,
        client_of(emulator, retry=ONCE, request_timeout=0.3) as explo,
    ):
        await asyncio.gather(*(explo.customers.page(1) for _ in range(4)))
        idle = emulator.open_connections
        hanging = asyncio.create_task(explo.customers.page(3))
        while 3 not in emulator.pages:  # noqa: ASYNC110 -- the emulator tells of nothing else
            await asyncio.sleep(0.001)
        await explo.customers.page(2)
        # The one that hangs, the idle ones beside it, and none of the fresh one.
        assert emulator.open_connections >= idle - 1
        with pytest.raises(TransportError, match="request_timeout"):
            await hanging
        while emulator.open_connections:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_closing_the_client_closes_what_was_replaced_too() -> None:
    """A request that is under way on the old connections ends with the client."""
    faults = [Close(page=2, attempt=1), Hang("headers", page=3)]
    async with Emulator(100, faults=faults) as emulator, client_of(emulator, retry=ONCE) as explo:
        await asyncio.gather(*(explo.customers.page(1) for _ in range(2)))
        hanging = asyncio.create_task(explo.customers.page(3))
        while 3 not in emulator.pages:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await explo.customers.page(2)
        await explo.close()
        with pytest.raises(ClientClosed):
            await hanging


async def test_a_pool_is_replaced_once_for_all_that_went_stale_with_it() -> None:
    """Whoever had the session before does not replace the next one."""
    pool = OwnPool(limit=2, trace_configs=())
    async with pool.use(is_fresh=False) as old, pool.use(is_fresh=False):
        pool.distrust(old)
        async with pool.use(is_fresh=False) as new:
            assert new is not old
            pool.distrust(old)
        async with pool.use(is_fresh=False) as same, pool.use(is_fresh=True) as fresh:
            assert same is new
            assert fresh not in {old, new}
        async with pool.use(is_fresh=True) as again:
            assert again is fresh
        assert not old.closed
    assert old.closed
    assert not new.closed
    await pool.close()
    assert new.closed
    assert fresh.closed
