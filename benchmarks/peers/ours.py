"""explo_async: `list` and `stream`, the garbage collector as it is by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async import Customer, ExploClient, RateLimit, RetryPolicy

if TYPE_CHECKING:
    from job import Job
    from measure import Meter


async def keep(job: Job, meter: Meter) -> list[Customer]:
    """Keep the list."""
    async with _client(job) as explo:
        with meter:
            return await explo.customers.list(page_size=job.page_size, expected_total=job.expected_total)


async def stream(job: Job, meter: Meter) -> int:
    """Go through the stream, and await nothing else meanwhile."""
    count = 0
    async with _client(job) as explo:
        with meter:
            async for _ in explo.customers.stream(page_size=job.page_size):
                count += 1
    return count


def _client(job: Job) -> ExploClient:
    return ExploClient(
        job.token,
        base_url=job.url,
        rate_limit=RateLimit(job.quota, per=job.quota_seconds) if job.quota else None,
        retry=RetryPolicy(throttle_wait=job.quota_seconds or 60.0),
        hedge_after=job.hedge_after,
    )
