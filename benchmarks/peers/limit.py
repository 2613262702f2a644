"""The limit: aiohttp and msgspec's own Struct classes with `gc=False`, the collector off for the whole run.

Nobody can do this in a service: a cycle anywhere in it would never be freed. Nothing is checked
or tried again.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from decode import Envelope, Record
from job import CONCURRENCY, PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from job import Job
    from measure import Meter

_DECODER = msgspec.json.Decoder(Envelope)


async def keep(job: Job, meter: Meter) -> list[Record]:
    """Keep the pages in order."""
    async with _session(job) as session:
        with meter:
            first = await _get(session, job, 1)
            numbers = job.later_pages(first.total_count)
            pages: dict[int, list[Record]] = {1: first.results.customers}

            async def work(todo: Iterator[int]) -> None:
                for number in todo:
                    pages[number] = (await _get(session, job, number)).results.customers

            todo = iter(numbers)
            await asyncio.gather(*(work(todo) for _ in range(CONCURRENCY)))
            return [record for number in sorted(pages) for record in pages[number]]


async def stream(job: Job, meter: Meter) -> int:
    """Drop each page when its rows have been gone through."""
    count = 0
    async with _session(job) as session:
        with meter:
            first = await _get(session, job, 1)
            for _ in first.results.customers:
                count += 1

            async def work(todo: Iterator[int]) -> None:
                nonlocal count
                for number in todo:
                    for _ in (await _get(session, job, number)).results.customers:
                        count += 1

            todo = iter(job.later_pages(first.total_count))
            await asyncio.gather(*(work(todo) for _ in range(CONCURRENCY)))
    return count


@asynccontextmanager
async def _session(job: Job) -> AsyncIterator[aiohttp.ClientSession]:
    gc.disable()
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(
        job.url, headers=job.headers, connector=connector, cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=2**18
    ) as session:
        yield session


async def _get(session: aiohttp.ClientSession, job: Job, page: int) -> Envelope:
    async with session.get(PATH, params=job.params(page)) as response:
        response.raise_for_status()
        return _DECODER.decode(await response.read())
