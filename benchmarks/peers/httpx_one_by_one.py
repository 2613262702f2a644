"""httpx and pydantic, one page after the other, as most do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers.httpx_pydantic import Customer, get, make_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from job import Job
    from measure import Meter


async def keep(job: Job, meter: Meter) -> list[Customer]:
    """Keep the list."""
    async with make_client(job) as client:
        with meter:
            return [customer async for customer in _customers(client, job)]


async def stream(job: Job, meter: Meter) -> int:
    """Go through the customers."""
    count = 0
    async with make_client(job) as client:
        with meter:
            async for _ in _customers(client, job):
                count += 1
    return count


async def _customers(client: httpx.AsyncClient, job: Job) -> AsyncIterator[Customer]:
    page, seen, total_count = 1, 0, 1
    while seen < total_count:
        envelope = await get(client, job, page)
        total_count = envelope.total_count
        for customer in envelope.results.customers:
            yield customer
        seen += len(envelope.results.customers)
        page += 1
        if not envelope.results.customers:
            break
