"""Exports and their comparison, each in a process of its own: rate and peak memory; `--help` for more.

The client has no quota here, and the collector is set as the command sets it.
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
from time import perf_counter
from typing import TYPE_CHECKING

from explo_async import ExploClient
from explo_async.cli import calm_collector
from explo_async.diff import iter_differences
from explo_async.emulator.process import EmulatorProcess
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import FORMATS, find_format
from explo_async.wire.call import Filters

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


async def export(url: str, token: str, target: Path) -> None:
    """Export the list of an emulator."""
    async with ExploClient(token, base_url=url, rate_limit=None) as explo:
        wanted = Wanted(target=target, form=find_format(target), filters=Filters())
        await Export(explo, wanted, Watch()).run()


def measure(arguments: list[str]) -> dict[str, float]:
    """Run this file in a process of its own with these words, and return what it measured."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def work(words: list[str]) -> None:
    """Do what `measure` asks for."""
    calm_collector()
    began = perf_counter()
    if words[0] == "export":
        asyncio.run(export(words[1], words[2], Path(words[3])))
    else:
        sum(1 for _ in iter_differences(words[1], words[2]))
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({"seconds": perf_counter() - began, "peak": peak}))


def reverse(source: Path, target: Path, *, change: bool) -> None:
    """Write the lines of a file the other way round, each customer changed or as it is."""
    lines = source.read_bytes().splitlines(keepends=True)
    changed = (line.replace(b'"hierarchy_level":"', b'"hierarchy_level":"Old ') for line in reversed(lines))
    target.write_bytes(b"".join(changed if change else reversed(lines)))


def main() -> None:
    """Measure everything, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    count = options.customers
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess(count, prepare=1000) as emulator:
        print("| export | seconds | customers/s | peak MB | file MB |\n| --- | ---: | ---: | ---: | ---: |")
        for form in FORMATS:
            target = Path(folder, f"customers{form.ending}")
            figures = []
            for _ in range(options.runs):
                target.unlink(missing_ok=True)
                figures.append(measure(["export", emulator.url, emulator.token, str(target)]))
            seconds = sorted(figure["seconds"] for figure in figures)[options.runs // 2]
            peak = max(figure["peak"] for figure in figures)
            size = target.stat().st_size / 1e6
            print(f"| {form.ending} | {seconds:.1f} | {count / seconds:,.0f} | {peak:.0f} | {size:.0f} |", flush=True)
        old = Path(folder, "customers.jsonl")
        print("\n| comparison | seconds | peak MB |\n| --- | ---: | ---: |")
        for title, change in (("opposite order", False), ("opposite order, every customer changed", True)):
            other = Path(folder, "other.jsonl")
            reverse(old, other, change=change)
            figure = measure(["diff", str(old), str(other)])
            print(f"| {title} | {figure['seconds']:.1f} | {figure['peak']:.0f} |", flush=True)
        for form in FORMATS:
            if form.ending in {".jsonl", ".parquet"}:
                figure = measure(["diff", str(old), str(Path(folder, f"customers{form.ending}"))])
                print(f"| same order, .jsonl and {form.ending} | {figure['seconds']:.1f} | {figure['peak']:.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] in (["export"], ["diff"]):
        work(sys.argv[1:])
    else:
        main()
