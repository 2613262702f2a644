"""Clients of one process keep one quota together, however they come: at once, in threads, one after the other."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, RateLimit
from explo_async.emulator import Quota
from explo_async.emulator.process import EmulatorProcess
from tests.promises.catalogue.places import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS, SECONDS = 20, 0.5
PAGES = 16
"""With the request for the total after them fewer than the limit: one client alone never waits."""


@pytest.fixture(params=["sliding", "fixed"])
def strict(request: pytest.FixtureRequest) -> Iterator[EmulatorProcess]:
    """Run an Explo that counts as strictly as it can, in a process of its own."""
    quota = Quota(REQUESTS, SECONDS, window=request.param)
    with EmulatorProcess(PAGES * PAGE_SIZE, quota=quota, latency=0.005, jitter=0.005) as emulator:
        yield emulator


async def fetch(emulator: EmulatorProcess, **options: Any) -> int:
    options.setdefault("rate_limit", RateLimit(REQUESTS, SECONDS))
    async with ExploClient(emulator.token, base_url=emulator.url, **options) as explo:
        return len(await explo.customers.list(page_size=PAGE_SIZE))


def check(emulator: EmulatorProcess, lists: int) -> None:
    """All came, and nobody was refused."""
    stats = emulator.stats()
    assert (stats.requests, stats.rate_limited) == (lists * (PAGES + 1), 0)


async def test_clients_one_after_the_other(strict: EmulatorProcess) -> None:
    """A new one finds in use what the last one has used."""
    for _ in range(3):
        assert await fetch(strict) == PAGES * PAGE_SIZE
    check(strict, 3)


async def test_clients_at_the_same_time(strict: EmulatorProcess) -> None:
    """In one loop."""
    await asyncio.gather(*(fetch(strict) for _ in range(3)))
    check(strict, 3)


def test_clients_in_threads(strict: EmulatorProcess) -> None:
    """Each with a loop of its own."""
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: asyncio.run(fetch(strict)), range(3)))
    check(strict, 3)


async def test_the_others_would_be_refused(strict: EmulatorProcess) -> None:
    """These tests would notice: with a window of its own each client is refused, and comes to its end all the same."""
    limit = RateLimit(REQUESTS, SECONDS, shared=False)
    await asyncio.gather(*(fetch(strict, rate_limit=limit) for _ in range(3)))
    assert strict.stats().rate_limited > 0
