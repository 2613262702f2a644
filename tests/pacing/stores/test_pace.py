"""How quick several clients of a store are, in virtual time: the quota alone may hold them up."""

from __future__ import annotations

import asyncio
from math import ceil, inf
from random import Random
from typing import TYPE_CHECKING

import pytest

from explo_async.emulator.quota import Quota
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.shared_quota import SharedQuota
from explo_async.pacing.stores.shared_slots import SharedSlots
from tests.helpers.memory_store import MemoryStore
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT, PER = 30, 2.0
LATENCY, JITTER = 0.05, 0.02
CONCURRENCY = 16


@pytest.mark.parametrize("shares", [(400,), (200, 200), (100, 100, 100, 100), (50,) * 8, (340, 20, 20, 20)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_clients_that_share_a_quota_use_it_up(shares: Sequence[int], seed: int) -> None:
    """No slot stays free while somebody waits: 400 requests take at most 5 % longer than the quota asks for."""
    requests = sum(shares)
    ideal = (ceil(requests / LIMIT) - 1) * PER
    assert run(_fetch(shares, seed)) <= 1.05 * ideal


async def _fetch(shares: Sequence[int], seed: int) -> float:
    """Let each client send its share, 16 requests at once; return the seconds."""
    loop = asyncio.get_running_loop()
    random = Random(seed)
    store = MemoryStore(latency=0.001)
    server = Quota(LIMIT, PER).start()

    async def send(gate: Gate, left: list[None]) -> None:
        while left:
            left.pop()
            lease = await gate.take(deadline=inf)
            assert server.ask(loop.time()) is None
            await asyncio.sleep(LATENCY + JITTER * random.random())
            gate.ended(lease)
            gate.accepted(lease)

    async def fetch(share: int) -> None:
        slots = SharedSlots(
            SharedQuota("unused.sqlite", limit=RateLimit(LIMIT, per=PER)),
            store,
            request_timeout=30.0,
            clock=loop.time,
            draw=random.random,
        )
        gate = Gate(slots, Outage(RetryPolicy()), clock=loop.time, draw=random.random)
        left = [None] * share
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONCURRENCY):
                tasks.create_task(send(gate, left))
        await gate.close()

    began = loop.time()
    async with asyncio.TaskGroup() as clients:
        for share in shares:
            clients.create_task(fetch(share))
    return loop.time() - began
