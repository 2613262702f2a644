"""A million customers mirrored: the first run, and one without changes, beside the fetch alone; `--help` for more.

Each run in a process of its own, the emulator in another; the client has no quota here, and the collector is set as the
command sets it. PostgreSQL waits for its disk as usual. Needs the extra `mirror`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from explo_async import ExploClient
from explo_async.cli import calm_collector
from explo_async.emulator.process import EmulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = ("fetch", "first", "again")


async def work(what: str, url: str, token: str, database: str, *, history: bool) -> None:
    """Fetch, or mirror, and print what that took."""
    from explo_async.mirror import mirror  # noqa: PLC0415 -- not what is measured

    began, used = perf_counter(), process_time()
    async with ExploClient(token, base_url=url, rate_limit=None) as explo:
        if what == "fetch":
            stream = explo.customers.stream(consistency="exact")
            customers = sum([len(page.records) async for page in stream.records()])
            figures: dict[str, float] = {"customers": customers}
        else:
            run = await mirror(explo, database, history=history, allow_deletes=0)
            figures = {"customers": run.customers, "created": run.created, "changed": run.changed}
    figures |= {"seconds": perf_counter() - began, "cpu": process_time() - used, "peak": peak_of_memory()}
    print(json.dumps(figures))


def peak_of_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def measure(what: str, *words: str) -> dict[str, float]:
    """Run this file in a process of its own, and return what it measured."""
    command = [sys.executable, __file__, "--work", what, *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Give the address of an empty database of each kind."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.helpers.postgres_server import postgres_server  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, postgres_server(durable=True) as postgres:
        yield {"SQLite": f"sqlite:///{folder}/tenants.db", "PostgreSQL": postgres}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--no-history", action="store_true")
    parser.add_argument("--work", nargs=4, metavar=("WHAT", "URL", "TOKEN", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    flags = ["--no-history"] if options.no_history else []
    if options.work:
        calm_collector()
        asyncio.run(work(*options.work, history=not options.no_history))
        return
    print("| database | run | seconds | beyond the fetch | CPU seconds | peak MB |\n|---|---|---:|---:|---:|---:|")
    with databases() as places, EmulatorProcess(options.customers, prepare=1000) as emulator:
        live = (emulator.url, emulator.token)
        for name, database in places.items():
            fetch = 0.0
            for what in RUNS:
                figures = measure(what, *live, database, *flags)
                assert figures["customers"] == options.customers
                seconds = figures["seconds"]
                fetch = seconds if what == "fetch" else fetch
                cells = f"{seconds:.1f} | {seconds - fetch:.1f} | {figures['cpu']:.1f} | {figures['peak']:.0f}"
                print(f"| {name} | {what} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
