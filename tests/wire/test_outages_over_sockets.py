"""A server that is closed in mid-list, and opened again on the same port, or not."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import RequestTimeout, RetryPolicy, ServerError, TransportError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Status
from tests.helpers.clients import client_of

if TYPE_CHECKING:
    from explo_async.progress import Progress

QUICK = RetryPolicy(wait_initial=0.02)
"""Waits for 1.2 seconds and more."""
PAGES = 100


class Connecting:
    """Counts the connections that a client tries to open, and tells when there were some more."""

    def __init__(self) -> None:
        self.count = 0
        self.goal: float = inf
        self.reached = asyncio.Event()
        self.trace = aiohttp.TraceConfig()
        self.trace.on_connection_create_start.append(self._note)

    async def _note(self, *_: object) -> None:
        self.count += 1
        if self.count >= self.goal:
            self.reached.set()

    def expect(self, further: int) -> None:
        self.goal = self.count + further


@pytest.mark.parametrize("concurrency", [1, 4, 16])
async def test_a_list_survives_a_server_that_is_started_anew(concurrency: int) -> None:
    """100 pages: after 30 the server closes; once the client has tried four times for a connection, it is back."""
    connecting, is_down, opened = Connecting(), asyncio.Event(), asyncio.Event()
    first = await Emulator(PAGES * 10, latency=0.005).__aenter__()
    port = int(first.url.rpartition(":")[2])

    def note(progress: Progress) -> None:
        if progress.pages >= 30:
            is_down.set()

    async def restart() -> None:
        await is_down.wait()
        connecting.expect(4)
        await first.__aexit__(None, None, None)
        await connecting.reached.wait()
        async with Emulator(PAGES * 10, latency=0.005, port=port):
            await opened.wait()

    restarting = asyncio.create_task(restart())
    async with client_of(
        first, max_concurrency=concurrency, rate_limit=None, retry=QUICK, trace_configs=[connecting.trace]
    ) as explo:
        customers = await explo.customers.list(page_size=10, on_progress=note)
    opened.set()
    await restarting
    assert tuple(customer.provided_id for customer in customers) == first.provided_ids


@pytest.mark.parametrize("pages", [0, 30])
async def test_a_dead_server_gets_few_requests(pages: int) -> None:
    """From the start, or closed in mid-list: at most those under way and the attempts, then the error."""
    emulator = await Emulator(PAGES * 10, latency=0.005).__aenter__()
    closing: list[asyncio.Task[None]] = []

    def note(progress: Progress) -> None:
        if progress.pages >= pages and not closing:
            closing.append(asyncio.create_task(emulator.__aexit__(None, None, None)))

    if pages == 0:
        await emulator.__aexit__(None, None, None)
    policy = RetryPolicy(wait_initial=0.005)
    async with client_of(emulator, max_concurrency=16, rate_limit=None, retry=policy) as explo:
        with pytest.raises(TransportError, match="after 6 attempts") as raised:
            await explo.customers.list(page_size=10, on_progress=note)
    await asyncio.gather(*closing)
    stats = raised.value.stats
    assert stats is not None
    assert stats.requests - stats.pages <= (16 if pages else 0) + 6


async def test_a_server_that_only_says_503_gets_few_requests() -> None:
    """A proxy with nobody behind it is a dead server: it gets the attempts, and what was under way."""
    faults = [Status(503, page=number) for number in range(2, PAGES + 1)]
    async with Emulator(PAGES * 10, faults=faults) as emulator:
        policy = RetryPolicy(wait_initial=0.005)
        async with client_of(emulator, max_concurrency=16, rate_limit=None, retry=policy) as explo:
            with pytest.raises(ServerError, match="503 Service Unavailable .*after 6 attempts"):
                await explo.customers.list(page_size=10)
        assert emulator.requests <= 1 + 16 + 6


async def test_a_server_that_hangs_gets_few_requests() -> None:
    """No answer in time speaks of the server as well: sixteen requests that hang are one failure."""
    faults = [Hang("headers", page=number) for number in range(2, PAGES + 1)]
    policy = RetryPolicy(attempts=2, wait_initial=0.005)
    async with Emulator(PAGES * 10, faults=faults) as emulator:
        async with client_of(emulator, max_concurrency=16, rate_limit=None, retry=policy, request_timeout=0.3) as explo:
            with pytest.raises(RequestTimeout, match=r"request_timeout=0\.3 s .*after 2 attempts"):
                await explo.customers.list(page_size=10)
        assert emulator.requests <= 1 + 16 + 2
