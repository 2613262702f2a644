"""Exports, tables and comparisons beside DuckDB, pyarrow and polars; `--help` for more.

Each step runs in a process of its own, the engines with one thread each; seconds are the processor's, and the ways take
turns. The client has no quota here, and the collector is set as the command sets it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from explo_async.emulator.process import EmulatorProcess
from explo_async.files.formats import FORMATS

STEPS = str(Path(__file__).with_name("file_steps.py"))
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}
LARGE = 30_000
"""Customers of 16 KB each."""


def measure(*words: str) -> dict[str, float]:
    """Do one step in a process of its own, and return what it took."""
    done = subprocess.run(
        [sys.executable, STEPS, *words], check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def best(runs: int, *ways: tuple[str, ...]) -> list[dict[str, float]]:
    """Let the ways take turns, and return the quickest run of each."""
    found: list[list[dict[str, float]]] = [[] for _ in ways]
    for _ in range(runs):
        for way, figures in zip(ways, found, strict=True):
            # What is made is made anew.
            Path(way[-1]).unlink(missing_ok=True) if "write" in way[0] or way[0] == "executemany" else None
            figures.append(measure(*way))
    return [min(figures, key=lambda figure: figure["seconds"]) for figures in found]


def compare_exports(folder: Path, emulator: EmulatorProcess, count: int, title: str) -> None:
    """Print how long each export takes, from the first request to the file in its place."""
    print(f"\n| export, {title} | seconds | customers/s | peak MB | longest gap ms | file MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for form in FORMATS:
        target = folder / f"customers{form.ending}"
        figures = measure("export", emulator.url, emulator.token, str(target))
        size = target.stat().st_size / 1e6
        wall, peak, gap = figures["wall"], figures["peak"], figures["gap"] * 1e3
        print(f"| {form.ending} | {wall:.1f} | {count / wall:,.0f} | {peak:.0f} | {gap:.0f} | {size:.0f} |", flush=True)
        if form.name not in {"jsonl", "parquet"}:
            target.unlink()


def compare_steps(folder: Path, runs: int) -> None:
    """Print what it takes to make a file of the lines of an export."""
    part = str(folder / "customers.jsonl")
    others = {
        "csv": ["duckdb_write"],
        "parquet": ["duckdb_write", "pyarrow_write", "polars_write"],
        "duckdb": ["duckdb_write"],
        "sqlite": ["executemany"],
    }
    print("\n| from the part file | seconds | peak MB | beside | seconds | times |")
    print("| --- | ---: | ---: | --- | ---: | ---: |")
    for name, ways in others.items():
        target = str(folder / f"step.{name}")
        ours, *theirs = best(runs, ("write", part, target), *((way, part, target) for way in ways))
        for way, figures in zip(ways, theirs, strict=True):
            times = ours["seconds"] / figures["seconds"]
            print(
                f"| .{name} | {ours['seconds']:.2f} | {ours['peak']:.0f} | {way.replace('_write', '')} "
                f"| {figures['seconds']:.2f} | {times:.2f} |",
                flush=True,
            )
        Path(target).unlink()


def make_others(old: Path) -> dict[str, Path]:
    """Make lists that differ from an export: in 1 % of the customers or in all, in the same order and in others."""
    import duckdb  # noqa: PLC0415

    orders = {"same order": "place", "opposite order": "place DESC", "shuffled": "hash(provided_id)"}
    cases = {title: (order, "hash(provided_id) % 100 = 0") for title, order in orders.items()}
    cases["shuffled, every customer changed"] = (orders["shuffled"], "true")
    found = {}
    for title, (order, changed) in cases.items():
        found[title] = old.with_name(f"{title.replace(' ', '-')}.parquet")
        duckdb.execute(
            f"""
            COPY (
                SELECT * EXCLUDE (place, file_row_number)
                REPLACE (CASE WHEN {changed} THEN concat(name, '!') ELSE name END AS name)
                FROM (SELECT *, file_row_number AS place FROM read_parquet('{old}', file_row_number = true))
                ORDER BY {order}
            ) TO '{found[title]}' (COMPRESSION zstd)
            """
        )
    return found


def compare_differences(folder: Path, runs: int) -> None:
    """Print what it takes to compare two Parquet exports."""
    old = folder / "customers.parquet"
    print("\n| comparison | seconds | wall | peak MB | DuckDB | times | polars | times |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for title, other in {"nothing changed": old, **make_others(old)}.items():
        files = (str(old), str(other))
        ways = ("difference", "duckdb_difference", "polars_difference")
        ours, *theirs = best(runs, *((way, *files) for way in ways))
        assert len({figures["count"] for figures in (ours, *theirs)}) == 1, "they do not find the same"
        rest = " | ".join(f"{each['seconds']:.2f} | {ours['seconds'] / each['seconds']:.2f}" for each in theirs)
        print(
            f"| {title} | {ours['seconds']:.2f} | {ours['wall']:.2f} | {ours['peak']:.0f} | {rest} |",
            flush=True,
        )


def compare_tables(runs: int) -> None:
    """Print what `fetch_table` takes beside `list`."""
    with EmulatorProcess(100_000, prepare=1000) as emulator:
        server = (emulator.url, emulator.token)
        table, customers = best(runs, ("fetch", *server, "table"), ("fetch", *server, "list"))
    times = table["seconds"] / customers["seconds"]
    print(
        f"\nfetch_table of 100,000: {table['seconds']:.2f} s of the processor, list {customers['seconds']:.2f} s, "
        f"{times:.2f} times"
    )


def main() -> None:
    """Measure everything, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    count = options.customers
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with EmulatorProcess(count, prepare=1000) as emulator:
            compare_exports(folder, emulator, count, f"{count:,} customers")
        compare_steps(folder, options.runs)
        compare_differences(folder, options.runs)
    compare_tables(options.runs)
    row = {"token": "t" * 40, "name": "Large", "properties": {f"key {number}": "x" * 100 for number in range(145)}}
    with tempfile.TemporaryDirectory() as name:
        large = ({"provided_id": f"customer-{number}", **row} for number in range(LARGE))
        with EmulatorProcess(list(large), prepare=1000) as emulator:
            compare_exports(Path(name), emulator, LARGE, f"{LARGE:,} customers of 16 KB")


if __name__ == "__main__":
    main()
