"""What a shared quota costs: `python benchmarks/quota.py`, about three minutes; `--quick` for a trial.

The asked-for bounds: a take and a settle by file under 0.3 ms of CPU; by Redis one round trip for up to 16 takes; four
processes within 1.05 of the ideal; a list without quota pressure not slower by more than 3 % with a file.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from attrs import evolve
from measure import Stopwatch
from redis import Redis

sys.path.insert(0, str(Path(__file__).parent.parent))

from explo_async import ExploClient, RateLimit, SharedQuota
from explo_async.emulator import Quota
from explo_async.emulator.process import EmulatorProcess
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message
from tests.helpers.redis_server import RedisServer
from tests.promises.fleet.processes import running
from tests.promises.fleet.trial import pace, reset
from tests.promises.fleet.worker import Job

if TYPE_CHECKING:
    from explo_async import FetchReport

FREE = RateLimit(100_000, per=60.0)
"""A limit that nothing here comes near."""


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        place = Path(folder)
        asyncio.run(tell_store(place / "one.sqlite", 500 if quick else 5000))
        tell_redis(redis, 20 if quick else 100)
        tell_list(place / "list.sqlite", 5 if quick else 25)
        pages = 100 if quick else 400
        tell_pace(str(place / "pace.sqlite"), place, pages)
        before = _scripts_run(redis)
        requests = tell_pace(redis.url, place, pages)
        trips = _scripts_run(redis) - before
        print(f"  {requests} requests with {trips} round trips, {requests / trips:.1f} each")
    print(f"load after: {os.getloadavg()[0]:.2f}")


async def tell_store(path: Path, count: int) -> None:
    """Time messages to a file that take one slot and settle the one before, with few or many slots in use."""
    store = FileStore(path, "window")
    try:
        first = 0
        for used in (1, 30, 180):
            # The slots of before stay in use for an hour.
            extra = used - 1 - first
            numbers = range(first, first + extra)
            await store.exchange(_message(wants=extra, first=first))
            await store.exchange(_message(settled=[(number, 0.0) for number in numbers]))
            first += extra
            # Each of these is free again as soon as it is settled: it was answered an hour ago.
            with Stopwatch() as took:
                for number in range(10_000, 10_000 + count):
                    await store.exchange(_message(wants=1, first=number, settled=[(number - 1, 3600.0)]))
            cpu, wall = took.cpu / count * 1000, took.wall / count * 1000
            print(f"a take and a settle by file, {used} slots in use: {cpu:.3f} ms of CPU, {wall:.3f} ms")
    finally:
        await store.close()


def _message(**news: Any) -> Message:
    return Message(holder="a", requests=100_000, per=3600.0, hold=35.0, **news)


def tell_redis(redis: RedisServer, pages: int) -> None:
    """Count the round trips of a list."""
    with EmulatorProcess(pages * 10, prepare=10, latency=0.05) as emulator:
        job = Job(url=emulator.url, token=emulator.token, store=redis.url)
        reset(job)
        quota = SharedQuota(redis.url, limit=FREE)
        before = _scripts_run(redis)
        requests = asyncio.run(_fetch(emulator, quota, 10)).stats.requests
        trips = _scripts_run(redis) - before
    print(f"by Redis: {requests} requests with {trips} round trips, {requests / trips:.1f} each")


def _scripts_run(redis: RedisServer) -> int:
    with Redis.from_url(redis.url) as client:
        found = client.info("commandstats")
    return sum(found[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in found)


async def _fetch(emulator: EmulatorProcess, quota: RateLimit | SharedQuota, page_size: int) -> FetchReport:
    async with ExploClient(emulator.token, base_url=emulator.url, rate_limit=quota) as explo:
        return (await explo.customers.list(page_size=page_size)).report


def tell_list(path: Path, runs: int) -> None:
    """Fetch 100 000 customers with a file and without, in turns."""
    took: dict[str, list[Stopwatch]] = {"alone": [], "file": []}
    quotas: dict[str, RateLimit | SharedQuota] = {
        "alone": evolve(FREE, shared=False),
        "file": SharedQuota(path, limit=FREE),
    }
    with EmulatorProcess(100_000, prepare=1000) as emulator:
        for number in range(-1, runs):
            # Each goes first as often as the other one.
            for name in sorted(quotas, reverse=number % 2 == 0):
                gc.collect()
                with Stopwatch() as watch:
                    asyncio.run(_fetch(emulator, quotas[name], 1000))
                if number >= 0:
                    took[name].append(watch)
    for what in ("wall", "cpu"):
        alone, file = ([getattr(watch, what) for watch in took[name]] for name in ("alone", "file"))
        pairs = [shared / own for shared, own in zip(file, alone, strict=True)]
        print(
            f"100 000 customers, {what}: {median(alone):.3f} s alone, {median(file):.3f} s with a file; "
            f"{median(file) / median(alone) - 1:+.1%} by the medians, "
            f"{min(file) / min(alone) - 1:+.1%} by the quickest, {median(pairs) - 1:+.1%} in the middle of {runs} pairs"
        )


def tell_pace(store: str, folder: Path, pages: int) -> int:
    """Let four processes fetch as fast as 30 requests in 2 s allow; return how many requests they sent."""
    with (
        EmulatorProcess(pages // 4 * 10, prepare=10, latency=0.05, jitter=0.02, quota=Quota(30, 2.0)) as emulator,
        running(folder / "fleet.log") as fleet,
    ):
        job = Job(url=emulator.url, token=emulator.token, store=store)
        reset(job)
        found = pace(fleet, emulator, job)
    kind = "Redis" if "://" in store else "file"
    print(
        f"four processes by {kind}: {found.pages} pages in {found.seconds:.2f} s, {found.ratio:.3f} of the ideal, "
        f"{found.stats.rate_limited} 429s"
    )
    return found.stats.requests


if __name__ == "__main__":
    main()
