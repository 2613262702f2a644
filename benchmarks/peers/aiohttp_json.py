"""Plain aiohttp: a semaphore, gather, and the dicts of `response.json()`. Nothing is tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
from job import CONCURRENCY, PATH, TIMEOUT

if TYPE_CHECKING:
    from job import Job
    from measure import Meter


async def keep(job: Job, meter: Meter) -> list[dict[str, Any]]:
    """Keep the list."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
    async with aiohttp.ClientSession(job.url, headers=job.headers, timeout=timeout, raise_for_status=True) as session:
        semaphore = asyncio.Semaphore(CONCURRENCY)

        async def get(page: int) -> dict[str, Any]:
            async with semaphore, session.get(PATH, params=job.params(page)) as response:
                envelope: dict[str, Any] = await response.json()
                return envelope

        with meter:
            first = await get(1)
            rest = await asyncio.gather(*(get(page) for page in job.later_pages(first["total_count"])))
            return [customer for page in (first, *rest) for customer in page["results"]["customers"]]
