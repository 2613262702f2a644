"""One process of several that share a quota: `python -m tests.promises.fleet.worker JOB`, the job as JSON.

Says when it is ready, begins at the first line of its input, says each list as a line of JSON, and ends when it has
fetched all its lists, or its input ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from contextlib import suppress

import msgspec

from explo_async import ExploClient, ExploError, RateLimit, SharedQuota


class Job(msgspec.Struct, kw_only=True):
    """What a process is to do. Times are float seconds."""

    url: str
    token: str
    store: str | None
    """None: each process goes by a limit of its own."""
    requests: int = 30
    per: float = 2.0
    lists: int | None = 1
    """None: one after the other until the input ends."""
    page_size: int = 10
    max_concurrency: int = 16
    request_timeout: float = 10.0
    unavailable: str = "raise"


class Said(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a process tells of itself."""

    pid: int
    wall: float = 0.0
    """What its clock shows: seconds since 1970."""
    customers: int = 0
    pages: int = 0
    requests: int = 0
    rate_limited: int = 0
    began: float = 0.0
    """On the clock that all processes of a host share."""
    ended: float = 0.0
    cpu: float = 0.0
    failed: str = ""
    """The error in which a list ended."""


def say(said: Said) -> None:
    """Write a line."""
    os.write(1, msgspec.json.encode(said) + b"\n")


async def fetch(job: Job, begin: asyncio.Event) -> None:
    """Fetch the lists."""
    limit = RateLimit(job.requests, per=job.per)
    quota = limit if job.store is None else SharedQuota(job.store, limit=limit, unavailable=job.unavailable)  # type: ignore[arg-type]
    async with ExploClient(
        job.token,
        base_url=job.url,
        rate_limit=quota,
        max_concurrency=job.max_concurrency,
        request_timeout=job.request_timeout,
    ) as explo:
        say(Said(pid=os.getpid(), wall=time.time()))
        await begin.wait()
        done = 0
        while job.lists is None or done < job.lists:
            done += 1
            said = Said(pid=os.getpid(), began=time.monotonic())
            cpu = time.process_time()
            try:
                customers = await explo.customers.list(page_size=job.page_size)
            except ExploError as error:
                said.failed = f"{type(error).__name__}: {error}"
            else:
                stats = customers.report.stats
                said.customers, said.pages, said.requests = len(customers), stats.pages, stats.requests
                said.rate_limited = stats.rate_limited
            said.ended, said.cpu = time.monotonic(), time.process_time() - cpu
            say(said)


async def main(job: Job) -> None:
    """Fetch until all is done or the input has ended."""
    loop = asyncio.get_running_loop()
    begin, end = asyncio.Event(), asyncio.Event()

    def read() -> None:
        if os.read(0, 1024):
            begin.set()
        else:
            loop.remove_reader(0)
            end.set()

    loop.add_reader(0, read)
    work, ends = asyncio.create_task(fetch(job, begin)), asyncio.create_task(end.wait())
    await asyncio.wait({work, ends}, return_when=asyncio.FIRST_COMPLETED)
    for task in (work, ends):
        if not task.done():
            task.cancel()
    with suppress(asyncio.CancelledError):
        await ends
    with suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Job)))
