"""Applying 10 000 changes by a quota of 3 000 requests in 2 s: time beside what the quota allows, and peak memory.

The emulator is a process of its own, and so is the apply. `--help` for more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from explo_async import ExploClient, RateLimit
from explo_async.cli import calm_collector
from explo_async.emulator import Quota
from explo_async.emulator.process import EmulatorProcess
from explo_async.emulator.synthetic import provided_id_of
from explo_async.reconcile import Policy, apply, make_plan

REQUESTS, PER = 3000, 2.0


def peak_of_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def client(url: str, token: str, concurrency: int) -> ExploClient:
    """Make a client with the emulator's quota."""
    return ExploClient(token, base_url=url, max_concurrency=concurrency, rate_limit=RateLimit(REQUESTS, per=PER))


async def work(url: str, token: str, folder: Path, changes: int, concurrency: int) -> None:
    """Plan half creates, half updates, apply them, and print what that took."""
    half = changes // 2
    rows = [{"provided_id": provided_id_of(number), "name": f"Changed {number}"} for number in range(half)]
    rows += [{"provided_id": f"new-{number}", "name": f"New {number}"} for number in range(changes - half)]
    async with client(url, token, concurrency) as explo:
        plan = await make_plan(explo, rows, policy=Policy(max_updates=changes))
        assert len(plan.items) == changes
        before = peak_of_memory()
        began, used = perf_counter(), process_time()
        async with apply(explo, plan, journal=folder / "journal", audit=folder / "audit") as run:
            outcomes = [item.outcome async for item in run]
        seconds, used = perf_counter() - began, process_time() - used
    assert outcomes == ["done"] * changes
    figures = {"seconds": seconds, "cpu": used, "before": before, "peak": peak_of_memory(), "requests": plan.requests}
    print(json.dumps(figures))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        calm_collector()
        url, token, folder = options.work
        asyncio.run(work(url, token, Path(folder), options.changes[0], options.concurrency))
        return
    print("| changes | requests | seconds | the quota allows | times | CPU seconds | MB before | MB at most |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for changes in options.changes:
        for _ in range(options.runs):
            with (
                tempfile.TemporaryDirectory() as folder,
                EmulatorProcess(changes, quota=Quota(REQUESTS, PER)) as emulator,
            ):
                words = ["--changes", str(changes), "--concurrency", str(options.concurrency)]
                command = [sys.executable, __file__, *words, "--work", emulator.url, emulator.token, folder]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout)
            # As a steady rate; by whole windows it may be up to one of them less.
            steady = found["requests"] / REQUESTS * PER
            print(
                f"| {changes:,} | {found['requests']:,} | {found['seconds']:.2f} | {steady:.2f} "
                f"| {found['seconds'] / steady:.2f} | {found['cpu']:.2f} "
                f"| {found['before']:.0f} | {found['peak']:.0f} |"
            )


if __name__ == "__main__":
    main()
