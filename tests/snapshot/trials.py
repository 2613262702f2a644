"""A million customers as a snapshot on disk and on an S3 server, beside the Parquet export; `--help` for more.

Each in a process of its own, one after another; the client has no quota here, the collector is set as the command sets
it, and the S3 server, a Python program, has the same two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from explo_async import ExploClient
from explo_async.cli import calm_collector

if TYPE_CHECKING:
    from explo_async.progress import Progress
    from explo_async.stream import CustomerStream


class Watch:
    """Looks on."""

    def watch(self, stream: CustomerStream, *, already: int) -> None:
        """Do nothing."""

    def note(self, progress: Progress) -> None:
        """Do nothing."""

    def note_written(self, customers: int, total: int) -> None:
        """Do nothing."""


async def export(explo: ExploClient, target: str) -> None:
    """Export the list as Parquet."""
    from explo_async.export.run import Export, Wanted  # noqa: PLC0415 -- not in the other's memory
    from explo_async.files.formats import find_format  # noqa: PLC0415
    from explo_async.wire.call import Filters  # noqa: PLC0415

    path = Path(target)
    await Export(explo, Wanted(target=path, form=find_format(path), filters=Filters()), Watch()).run()


async def snapshot(explo: ExploClient, root: str) -> None:
    """Write the list as a snapshot."""
    from explo_async.snapshot import write_snapshot  # noqa: PLC0415 -- not in the other's memory

    await write_snapshot(explo, root)


async def write(kind: str, target: str, url: str, token: str) -> None:
    """Write what is asked for."""
    async with ExploClient(token, base_url=url, rate_limit=None) as explo:
        await (export if kind == "export" else snapshot)(explo, target)


def work(words: list[str]) -> None:
    """Do what `measure` asks for, and print what it took."""
    kind, target, url, token = words
    calm_collector()
    began = perf_counter()
    asyncio.run(write(kind, target, url, token))
    seconds = perf_counter() - began
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    figures = {"seconds": seconds, "peak": peak}
    if kind == "snapshot":
        from explo_async.snapshot import open_snapshot  # noqa: PLC0415 -- once it is measured

        found = open_snapshot(target)
        began = perf_counter()
        found.verify()
        figures |= {"verify": perf_counter() - began, "customers": found.certificate.customers}
    print(json.dumps(figures))


def measure(*words: str, settings: dict[str, str] | None = None) -> dict[str, float]:
    """Run this module in a process of its own, and return what it measured."""
    command = [sys.executable, "-m", "tests.snapshot.trials", "work", *words]
    env = {**os.environ, **(settings or {})}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure all, in turn, and print a table."""
    # Here, and so not in the memory of what is measured.
    from explo_async.emulator.process import EmulatorProcess  # noqa: PLC0415
    from tests.helpers.s3_server import BUCKET, S3Server  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, list[dict[str, float]]] = {"Parquet export": [], "snapshot, disk": [], "snapshot, S3": []}
    emulated = EmulatorProcess(options.customers, prepare=1000)
    with tempfile.TemporaryDirectory() as folder, S3Server() as s3, emulated as emulator:
        live = (emulator.url, emulator.token)
        for number in range(options.runs):
            figures["Parquet export"].append(measure("export", f"{folder}/{number}.parquet", *live))
            figures["snapshot, disk"].append(measure("snapshot", f"{folder}/kept", *live))
            place = f"s3://{BUCKET}/kept"
            figures["snapshot, S3"].append(measure("snapshot", place, *live, settings=s3.settings))
    usual = median(run["seconds"] for run in figures["Parquet export"])
    print("| what | seconds | of the export | peak MB | verify, seconds |\n| --- | ---: | ---: | ---: | ---: |")
    for what, runs in figures.items():
        assert all(run.get("customers", options.customers) == options.customers for run in runs)
        seconds, peak = median(run["seconds"] for run in runs), max(run["peak"] for run in runs)
        verify = f"{median(run['verify'] for run in runs):.2f}" if "verify" in runs[0] else ""
        print(f"| {what} | {seconds:.1f} | {seconds / usual:.2f} | {peak:.0f} | {verify} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2:])
    else:
        main()
