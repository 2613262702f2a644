"""One step of `files.py`, in a process of its own: what it takes in seconds of the processor, and of memory.

`WORK[name](*words)` does it and returns its seconds; the engines have one thread each.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from measure import LoopWatch

from explo_async import ExploClient
from explo_async.cli import calm_collector
from explo_async.diff import iter_differences
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import find_format
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.progress import Progress
    from explo_async.stream import CustomerStream

COLUMNS = {
    "provided_id": "VARCHAR",
    "name": "VARCHAR",
    "is_demo_group": "BOOLEAN",
    "emails": "VARCHAR[]",
    "group_tags": "VARCHAR[]",
    "properties": "JSON",
    "computed_properties": "JSON",
    "access_group": "VARCHAR",
    "parent_schema_datasource_mapping": "MAP(VARCHAR, VARCHAR)",
    "computed_parent_schema_datasource_mapping": "MAP(VARCHAR, VARCHAR)",
    "hierarchy_level": "VARCHAR",
}


class Watch:
    """Looks on."""

    def watch(self, stream: CustomerStream, *, already: int) -> None:
        """Do nothing."""

    def note(self, progress: Progress) -> None:
        """Do nothing."""

    def note_written(self, customers: int, total: int) -> None:
        """Do nothing."""


def export(url: str, token: str, target: str) -> dict[str, float]:
    """Export the list of an emulator."""

    async def run() -> float:
        path = Path(target)
        async with ExploClient(token, base_url=url, rate_limit=None) as explo:
            wanted = Wanted(target=path, form=find_format(path), filters=Filters())
            with LoopWatch() as watch:
                await Export(explo, wanted, Watch()).run()
        return watch.longest

    began = perf_counter()
    gap = asyncio.run(run())
    return {"wall": perf_counter() - began, "gap": gap}


def fetch(url: str, token: str, how: str) -> dict[str, float]:
    """Fetch a list as customers or as a table."""

    async def run() -> float:
        from explo_async.arrow import fetch_table  # noqa: PLC0415 -- not for the list

        async with ExploClient(token, base_url=url, rate_limit=None) as explo:
            await explo.customers.count()
            began = process_time()
            found = await (fetch_table(explo) if how == "table" else explo.customers.list())
            seconds = process_time() - began
        assert len(found)
        return seconds

    return {"seconds": asyncio.run(run())}


def write(part: str, target: str) -> dict[str, float]:
    """Make a file of a part file, as an export does at its end."""
    form = find_format(Path(target))
    form.load()
    began = process_time()
    for _ in form.write_log(Path(part), Path(target), with_tokens=False):
        pass
    return {"seconds": process_time() - began}


def difference(old: str, new: str) -> dict[str, float]:
    """Compare two exports."""
    began, process = perf_counter(), process_time()
    count = sum(1 for _ in iter_differences(old, new))
    return {"seconds": process_time() - process, "wall": perf_counter() - began, "count": count}


def duckdb_write(part: str, target: str) -> dict[str, float]:
    """Let DuckDB make the file."""
    import duckdb  # noqa: PLC0415

    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    source = f"FROM read_json('{part}', format = 'newline_delimited', columns = {{{columns}}})"
    is_database = target.endswith(".duckdb")
    began = process_time()
    with closing(duckdb.connect(target if is_database else ":memory:", config={"threads": 1})) as database:
        if is_database:
            database.execute(f"CREATE TABLE customers AS {source}")
        else:
            database.execute(f"COPY ({source}) TO '{target}' {'(COMPRESSION zstd)' if 'parquet' in target else ''}")
    return {"seconds": process_time() - began}


def duckdb_difference(old: str, new: str) -> dict[str, float]:
    """Let DuckDB find what differs, with all the memory that it wants."""
    import duckdb  # noqa: PLC0415

    names = [name for name in COLUMNS if name != "provided_id"]
    differ = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in names)
    query = f"""
        SELECT count(*) FROM read_parquet('{old}') o FULL JOIN read_parquet('{new}') n ON o.provided_id = n.provided_id
        WHERE o.provided_id IS NULL OR n.provided_id IS NULL OR {differ}
    """
    began = process_time()
    with closing(duckdb.connect(config={"threads": 1})) as database:
        ((count,),) = database.execute(query).fetchall()
    return {"seconds": process_time() - began, "count": count}


def pyarrow_write(part: str, target: str) -> dict[str, float]:
    """Let pyarrow make a Parquet file, with a struct for free JSON."""
    from pyarrow import json as pyarrow_json  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    began = process_time()
    table = pyarrow_json.read_json(part, pyarrow_json.ReadOptions(use_threads=False, block_size=1 << 24))
    parquet.write_table(table, target, compression="zstd")
    return {"seconds": process_time() - began}


def polars_write(part: str, target: str) -> dict[str, float]:
    """Let polars make a Parquet file, with a struct for free JSON."""
    import polars as pl  # noqa: PLC0415

    began = process_time()
    pl.scan_ndjson(part).sink_parquet(target, compression="zstd")
    return {"seconds": process_time() - began}


def polars_difference(old: str, new: str) -> dict[str, float]:
    """Let polars find what differs."""
    import polars as pl  # noqa: PLC0415

    names = [name for name in COLUMNS if name != "provided_id"]
    began = process_time()
    olds, news = (pl.scan_parquet(path) for path in (old, new))
    joined = olds.join(news, on="provided_id", how="full", suffix="_new")
    differ = pl.any_horizontal([pl.col(name).ne_missing(pl.col(f"{name}_new")) for name in names])
    count = joined.filter(differ).select(pl.len()).collect().item()
    return {"seconds": process_time() - began, "count": count}


def executemany(part: str, target: str) -> dict[str, float]:
    """Insert tuples that are ready into SQLite."""
    rows: list[tuple[Any, ...]] = []
    with Path(part).open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            cells = [
                json.dumps(cell, separators=(",", ":")) if isinstance(cell := row[name], list | dict) else cell
                for name in COLUMNS
            ]
            rows.append((*cells, "{}"))
    with closing(sqlite3.connect(target, isolation_level=None)) as database:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            database.execute(f"PRAGMA {setting}")
        began = process_time()
        database.execute("BEGIN")
        database.execute(f"CREATE TABLE customers ({', '.join([*COLUMNS, 'extra'])}, PRIMARY KEY (provided_id))")
        database.executemany(f"INSERT INTO customers VALUES ({', '.join('?' * (len(COLUMNS) + 1))})", rows)
        database.execute("COMMIT")
    return {"seconds": process_time() - began}


WORK: dict[str, Callable[..., dict[str, float]]] = {
    work.__name__: work
    for work in (
        export,
        fetch,
        write,
        difference,
        duckdb_write,
        duckdb_difference,
        pyarrow_write,
        polars_write,
        polars_difference,
        executemany,
    )
}


def main() -> None:
    """Do a step as the command does it, and print what it took."""
    calm_collector()
    figures = WORK[sys.argv[1]](*sys.argv[2:])
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({**figures, "peak": peak}))


if __name__ == "__main__":
    main()
