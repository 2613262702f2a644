"""Fetches from the emulator in another process and says how long that took, and at what cost.

`python benchmarks/fetch.py` runs every scenario, each in a fresh process; `--json FILE` writes the figures as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from math import ceil
from pathlib import Path
from typing import Any

from measure import LoopWatch, Stopwatch, peak_memory

from explo_async import ExploClient, RateLimit, RetryPolicy
from explo_async.emulator import Quota
from explo_async.emulator.process import EmulatorProcess

LIMIT = RateLimit(30, per=2.0)
ROUNDS = 1 + ceil(99 / 16)

SCENARIOS: dict[str, dict[str, Any]] = {
    "kept": {"customers": 100_000},
    "streamed": {"customers": 100_000, "stream": True},
    "latency 100 ms": {"customers": 100_000, "latency": 0.1, "ideal": ROUNDS * 0.1},
    "quota, sliding": {"customers": 3000, "page_size": 30, "quota": "sliding", "limit": True, "ideal": 6.0},
    "quota, fixed": {"customers": 3000, "page_size": 30, "quota": "fixed", "limit": True, "ideal": 6.0},
    "429s heeded, sliding": {"customers": 3000, "page_size": 30, "quota": "sliding"},
    "429s heeded, fixed": {"customers": 3000, "page_size": 30, "quota": "fixed"},
    "a million, streamed": {"customers": 1_000_000, "stream": True},
}


async def fetch(server: EmulatorProcess, scenario: dict[str, Any]) -> dict[str, Any]:
    """Run one scenario in this process."""
    limit = LIMIT if scenario.get("limit") else None
    page_size = scenario.get("page_size", 1000)
    before = peak_memory()
    async with ExploClient(
        server.token, base_url=server.url, rate_limit=limit, retry=RetryPolicy(throttle_wait=LIMIT.per)
    ) as explo:
        with LoopWatch() as watch, Stopwatch() as stopwatch:
            if scenario.get("stream"):
                stream = explo.customers.stream(page_size=page_size)
                count = 0
                async for _ in stream:
                    count += 1
                stats = stream.stats
            else:
                customers = await explo.customers.list(page_size=page_size)
                count, stats = len(customers), customers.report.stats
    assert count == scenario["customers"]
    return {
        "customers": count,
        "wall_seconds": stopwatch.wall,
        "cpu_seconds": stopwatch.cpu,
        "customers_per_second": count / stopwatch.wall,
        "requests": stats.requests,
        "rate_limited": stats.rate_limited,
        "peak_memory_bytes": peak_memory(),
        "memory_before_bytes": before,
        "longest_gap_seconds": watch.longest,
        "ideal_seconds": scenario.get("ideal"),
    }


def run_here(name: str) -> dict[str, Any]:
    """Run one scenario against an emulator in another process."""
    scenario = SCENARIOS[name]
    quota = Quota(LIMIT.requests, LIMIT.per, window=scenario["quota"]) if "quota" in scenario else None
    with EmulatorProcess(
        scenario["customers"],
        prepare=scenario.get("page_size", 1000),
        latency=scenario.get("latency", 0.0),
        quota=quota,
    ) as server:
        return asyncio.run(fetch(server, scenario))


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, help="run only this one, in this process, and print JSON")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    if arguments.scenario:
        print(json.dumps(run_here(arguments.scenario)))
        return
    figures = {}
    print(f"{'scenario':22}{'wall s':>8}{'ideal':>7}{'cpu s':>8}{'customers/s':>13}{'requests':>9}{'429s':>6}{'MB':>6}{'gap ms':>8}")
    for name in SCENARIOS:
        command = [sys.executable, __file__, "--scenario", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        row = figures[name] = json.loads(done.stdout)
        ideal = f"{row['ideal_seconds']:.1f}" if row["ideal_seconds"] else ""
        print(
            f"{name:22}{row['wall_seconds']:8.2f}{ideal:>7}{row['cpu_seconds']:8.2f}{row['customers_per_second']:13,.0f}"
            f"{row['requests']:9}{row['rate_limited']:6}{row['peak_memory_bytes'] / 1e6:6.0f}"
            f"{row['longest_gap_seconds'] * 1000:8.1f}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
