"""httpx and pydantic: a semaphore, gather, `model_validate_json`, and a loop for what is worth another attempt."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
from job import CONCURRENCY, PATH, TIMEOUT
from pydantic import BaseModel

if TYPE_CHECKING:
    from job import Job
    from measure import Meter

ATTEMPTS = 10
RETRIED = frozenset({429, 500, 502, 503, 504})


class Customer(BaseModel):
    """One documented customer."""

    token: str
    name: str
    provided_id: str
    is_demo_group: bool
    emails: list[str]
    group_tags: list[str]
    properties: dict[str, Any]
    computed_properties: dict[str, Any]
    access_group: str
    parent_schema_datasource_mapping: dict[str, str]
    computed_parent_schema_datasource_mapping: dict[str, str]
    hierarchy_level: str


class Results(BaseModel):
    """The inner envelope."""

    customers: list[Customer]


class Envelope(BaseModel):
    """The envelope."""

    total_count: int
    results: Results


def make_client(job: Job) -> httpx.AsyncClient:
    """Make the client."""
    return httpx.AsyncClient(base_url=job.url, headers=job.headers, timeout=TIMEOUT)


async def get(client: httpx.AsyncClient, job: Job, page: int) -> Envelope:
    """Get one page; waits as `Retry-After` says, or twice as long each time."""
    for attempt in range(ATTEMPTS):
        response = await client.get(PATH, params=job.params(page))
        if response.status_code not in RETRIED:
            break
        await asyncio.sleep(float(response.headers.get("Retry-After", 0.5 * 2**attempt)))
    response.raise_for_status()
    envelope: Envelope = Envelope.model_validate_json(response.content)
    return envelope


async def keep(job: Job, meter: Meter) -> list[Customer]:
    """Keep the list."""
    async with make_client(job) as client:
        semaphore = asyncio.Semaphore(CONCURRENCY)

        async def get_in_turn(page: int) -> Envelope:
            async with semaphore:
                return await get(client, job, page)

        with meter:
            first = await get(client, job, 1)
            rest = await asyncio.gather(*(get_in_turn(page) for page in job.later_pages(first.total_count)))
            return [customer for page in (first, *rest) for customer in page.results.customers]
