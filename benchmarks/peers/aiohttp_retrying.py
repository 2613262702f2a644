"""aiohttp-retry: the same as plain aiohttp, and what fails is tried again; 429 as the server asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp_retry import ExponentialRetry, RetryClient
from job import CONCURRENCY, PATH, TIMEOUT

if TYPE_CHECKING:
    from job import Job
    from measure import Meter


class HeedingRetry(ExponentialRetry):
    """Waits as long as `Retry-After` says, where it says so: the package itself does not look at the header."""

    def get_timeout(self, attempt: int, response: aiohttp.ClientResponse | None = None) -> float:
        """Return the seconds until the next attempt."""
        asked = response.headers.get("Retry-After") if response is not None else None
        wait: float = super().get_timeout(attempt, response)
        return float(asked) if asked else wait


async def keep(job: Job, meter: Meter) -> list[dict[str, Any]]:
    """Keep the list."""
    options = HeedingRetry(attempts=10, start_timeout=0.5, statuses={429})
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
    async with RetryClient(
        base_url=job.url, headers=job.headers, timeout=timeout, raise_for_status=True, retry_options=options
    ) as client:
        semaphore = asyncio.Semaphore(CONCURRENCY)

        async def get(page: int) -> dict[str, Any]:
            async with semaphore, client.get(PATH, params=job.params(page)) as response:
                envelope: dict[str, Any] = await response.json()
                return envelope

        with meter:
            first = await get(1)
            rest = await asyncio.gather(*(get(page) for page in job.later_pages(first["total_count"])))
            return [customer for page in (first, *rest) for customer in page["results"]["customers"]]
