"""Rounds of a watch over an emulator without a quota: seconds, requests, peak memory, and the size of its state.

The emulator is a process of its own, and so is each watch. `--help` for more.
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

from explo_async import ExploClient
from explo_async.cli import calm_collector
from explo_async.emulator.process import EmulatorProcess
from explo_async.watch import Synced, Watch


def peak_of_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


async def one_round(events: Watch) -> tuple[int, int]:
    """Take the events of a round, and acknowledge them; return how many there were, and the requests of the list."""
    count = 0
    async for event in events:
        count += 1
        if isinstance(event, Synced):
            await event.done()
            return count, event.report.stats.requests
    raise AssertionError


async def work(url: str, token: str, state: Path | None) -> None:
    """Go two rounds, and print a line for each."""
    async with (
        ExploClient(token, base_url=url, rate_limit=None) as explo,
        explo.customers.watch(every=0.1, state=state) as events,
    ):
        for _ in range(2):
            began, used = perf_counter(), process_time()
            count, requests = await one_round(events)
            figures = {"events": count, "requests": requests, "seconds": perf_counter() - began}
            print(json.dumps(figures | {"cpu": process_time() - used, "peak": peak_of_memory()}))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[25_000, 200_000])
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        calm_collector()
        url, token, state = options.work
        asyncio.run(work(url, token, Path(state) if state != "-" else None))
        return
    print("| customers | state | round | events | requests | seconds | CPU seconds | MB at most | MB of the state |")
    print("| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for customers in options.customers:
        with EmulatorProcess(customers) as emulator, tempfile.TemporaryDirectory() as folder:
            for state in (f"{folder}/watch.sqlite", "-"):
                command = [sys.executable, __file__, "--work", emulator.url, emulator.token, state]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
                for number, line in enumerate(done.stdout.splitlines()):
                    found = json.loads(line)
                    kept = f"{size:,.0f}" if state != "-" else ""
                    print(
                        f"| {customers:,} | {'file' if kept else 'memory'} | {('all new', 'nothing changed')[number]} "
                        f"| {found['events']:,} | {found['requests']:,} | {found['seconds']:.1f} | {found['cpu']:.1f} "
                        f"| {found['peak']:.0f} | {kept} |"
                    )


if __name__ == "__main__":
    main()
