"""Reads a snapshot of a million customers in a real Spark, lets tasks fail, be slow and be repeated, and damages files.

`python -m tests.integrations.spark_trials`, or `nox --sessions spark`; it needs Java 17 or later. A promise that is not
kept ends it with an AssertionError. Everything stays on the loopback network.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyspark
from pyspark import TaskContext

from explo_async import ExploClient
from explo_async.emulator.process import EmulatorProcess
from explo_async.integrations.spark import ExploCustomers
from explo_async.snapshot import Snapshot, write_snapshot
from tests.integrations.spark_cluster import open_session, running_cluster
from tests.integrations.spark_damage import DAMAGES, remove_file_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CUSTOMERS, ROWS_PER_FILE = 1_000_000, 125_000
NEWER = 1000
BAD, SLOW = 3, 2
"""The partition whose first attempt fails, and the one whose first attempt takes very long."""
SLEEP = 600.0
COLUMNS = "partition int, attempt int, rows long, digest string, token boolean"
TABLE: list[tuple[str, str, str]] = []


def main() -> None:
    """Run all trials, and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--rows-per-file", type=int, default=ROWS_PER_FILE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spark-trials-") as folder, running_cluster(Path(folder)) as master:
        # The driver of a real job may have it; the cluster has been started without.
        os.environ["EXPLO_TOKEN"] = "not-for-executors"
        root = Path(folder, "customers")
        with telling("write the snapshot") as found:
            snapshot = write(root, options.customers, options.rows_per_file)
            size = sum(file.bytes for file in snapshot.certificate.files)
            found(f"{snapshot.certificate.customers:,} rows, {len(snapshot.files)} files, {size / 1e6:.0f} MB")
        with telling("read it by `Snapshot.table()`, one process"):
            table = snapshot.table()
        with telling("digest of the table, one process") as found:
            wanted = digest(table.to_batches())
            found(f"{wanted[1]:064x}"[:16])
        with open_session(master) as spark:
            spark.dataSource.register(ExploCustomers)
            try_reading(spark, root, snapshot, table, wanted)
            try_failure(spark, root, snapshot, wanted)
            try_newer(spark, root, snapshot)
            for damage in DAMAGES:
                try_damage(spark, Path(snapshot.address), Path(folder, damage.__name__), damage)
        speculation = {"speculation": "true", "speculation_quantile": "0.5", "speculation_multiplier": "1.5"}
        with open_session(master, **speculation) as spark:
            spark.dataSource.register(ExploCustomers)
            try_speculation(spark, snapshot, wanted)
    print(f"\nPySpark {pyspark.__version__}, {options.customers:,} customers, {options.rows_per_file:,} a file\n")
    print("| trial | found | seconds |\n| --- | --- | ---: |")
    print("\n".join(f"| {trial} | {found} | {seconds} |" for trial, found, seconds in TABLE))


def try_reading(spark: Any, root: Path, snapshot: Snapshot, table: pa.Table, wanted: tuple[int, int]) -> None:
    """Count, compare schema, content and partitions, and aggregate by SQL."""
    frame = load(spark, root)
    with telling("`count()`, the first query, with the start of the executors' Pythons") as found:
        count = frame.count()
        assert count == snapshot.certificate.customers
        found(f"{count:,}")
    with telling("`count()` again"):
        assert frame.count() == count
    plain = spark.read.parquet(snapshot.address)
    for turn in ("first", "second"):
        for of, each in (
            ("all columns, to no place (`noop`)", frame),
            ("the same files as plain Parquet, unchecked", plain),
        ):
            with telling(f"{of}: {turn} time") as found:
                each.write.format("noop").mode("overwrite").save()
                found("read")
    with telling("schema, with nullability"):
        assert frame.schema == ExploCustomers({"path": str(root)}).schema()
        assert [(field.name, field.nullable) for field in frame.schema] == [
            (field.name, field.nullable) for field in snapshot.schema()
        ]
    with telling("content, and rows of each partition") as found:
        assert_same(parts := digests(frame, digest_rows), snapshot, wanted)
        assert not any(part["token"] for part in parts), "an executor has the driver's EXPLO_TOKEN"
        found(f"equal; {len(parts)} partitions")
    with telling("SQL: customers and addresses by level") as found:
        frame.createOrReplaceTempView("customers")
        query = "SELECT hierarchy_level, count(*), sum(size(emails)) FROM customers GROUP BY hierarchy_level"
        levels = sorted(tuple(row) for row in spark.sql(query).collect())
        sizes = pa.table({"level": table["hierarchy_level"], "n": pa.compute.list_value_length(table["emails"])})
        grouped = sizes.group_by("level").aggregate([([], "count_all"), ("n", "sum")])
        assert levels == sorted(tuple(row.values()) for row in grouped.to_pylist())
        found(f"equal; {len(levels)} levels")


def try_failure(spark: Any, root: Path, snapshot: Snapshot, wanted: tuple[int, int]) -> None:
    """Let a task fail once, after it has begun to read."""
    with telling(f"task {BAD} fails once, after its first batch") as found:
        assert_same(parts := digests(load(spark, root), fail_first), snapshot, wanted)
        attempts = {part["partition"]: part["attempt"] for part in parts}
        assert attempts.pop(BAD) == 1
        assert set(attempts.values()) == {0}
        found("equal; by its second attempt")


def try_speculation(spark: Any, snapshot: Snapshot, wanted: tuple[int, int]) -> None:
    """Let a task be so slow that Spark runs it a second time beside the first."""
    with telling(f"task {SLOW} sleeps for {SLEEP:.0f} s, with `spark.speculation`") as found:
        began = time.monotonic()
        assert_same(parts := digests(load(spark, snapshot.address), sleep_first), snapshot, wanted)
        assert {part["partition"]: part["attempt"] for part in parts}[SLOW] == 1
        assert time.monotonic() - began < SLEEP
        found("equal; by the speculative attempt")


def try_newer(spark: Any, root: Path, snapshot: Snapshot) -> None:
    """Let a newer snapshot land once the table has been loaded, and before anything was planned."""
    frame = load(spark, root)
    with telling("a newer snapshot lands after `load`") as found:
        write(root, NEWER, ROWS_PER_FILE)
        assert frame.join(frame.select("provided_id"), "provided_id").count() == snapshot.certificate.customers
        assert load(spark, root).count() == NEWER
        assert load(spark, root, run=snapshot.certificate.run).count() == snapshot.certificate.customers
        found("a join with itself has the rows of the older; who loads anew has the newer; by `run` the older")


def try_damage(spark: Any, run: Path, root: Path, damage: Callable[[Any, Path], str]) -> None:
    """Damage a copy of the run; a query has to fail, and to name the file."""
    copy = root / run.name
    shutil.copytree(run, copy)
    frame = load(spark, root) if damage is remove_file_later else None
    with telling(str(damage.__doc__).rstrip(".").lower()) as found:
        said = damage(frame, copy)
        failure = failure_of(spark, root, frame)
        (line,) = set(re.findall(rf"SnapshotError: ('.*{re.escape(said)}.*)", str(failure))) or {""}
        assert line, failure
        found(f"{type(failure).__name__}: {line.replace(f'{root}/', '…/').partition(';')[0]}")
    shutil.rmtree(root)


def failure_of(spark: Any, root: Path, frame: Any) -> Exception | None:
    """Count, by a table that was loaded or loads now, what cannot be counted, and return how that failed."""
    try:
        (frame or load(spark, root)).count()
    except Exception as error:  # noqa: BLE001 -- its kind is told
        return error
    return None


def write(root: Path, customers: int, rows_per_file: int) -> Snapshot:
    """Write a snapshot of made-up customers."""

    async def fetch(emulator: EmulatorProcess) -> Snapshot:
        async with ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo:
            return await write_snapshot(explo, root, rows_per_file=rows_per_file)

    with EmulatorProcess(customers, prepare=1000) as emulator:
        return asyncio.run(fetch(emulator))


def load(spark: Any, root: object, **options: str) -> Any:
    """Load a snapshot as anybody would."""
    return spark.read.format("explo_customers").options(**options).load(str(root))


def digest(batches: Iterable[pa.RecordBatch]) -> tuple[int, int]:
    """Return the number of rows, and a sum of their digests that is the same in any order; all columns count."""
    rows = total = 0
    for batch in batches:
        for row in batch.to_pylist():
            # A mapping is a list of pairs, in no order.
            cells = {name: sorted(cell) if "mapping" in name and cell else cell for name, cell in row.items()}
            total += int.from_bytes(hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).digest())
        rows += batch.num_rows
    return rows, total % 2**256


def digest_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Tell on an executor what a partition holds, and which attempt told it."""
    context = TaskContext.get()
    rows, total = digest(batches)
    names = ("partition", "attempt", "rows", "digest", "token")
    told = (context.partitionId(), context.attemptNumber(), rows, f"{total:x}", "EXPLO_TOKEN" in os.environ)
    types = (pa.int32(), pa.int32(), pa.int64(), pa.string(), pa.bool_())
    yield pa.record_batch([pa.array([value], kind) for value, kind in zip(told, types, strict=True)], list(names))


def fail_first(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Do the same, and fail once."""
    if (context := TaskContext.get()).partitionId() == BAD and context.attemptNumber() == 0:
        next(batches)
        msg = "the first attempt fails on purpose"
        raise RuntimeError(msg)
    yield from digest_rows(batches)


def sleep_first(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Do the same, and take very long at the first attempt."""
    if (context := TaskContext.get()).partitionId() == SLOW and context.attemptNumber() == 0:
        next(batches)
        time.sleep(SLEEP)
    yield from digest_rows(batches)


def digests(frame: Any, function: Callable[..., Iterator[pa.RecordBatch]]) -> list[Any]:
    """Run a digest on the executors; one row a partition, by its number."""
    return sorted(frame.mapInArrow(function, COLUMNS).collect(), key=lambda row: row["partition"])


def assert_same(parts: list[Any], snapshot: Snapshot, wanted: tuple[int, int]) -> None:
    """Compare what the executors have read with the certificate, and with the table."""
    assert [part["rows"] for part in parts] == [file.rows for file in snapshot.certificate.files]
    found = sum(int(part["digest"], 16) for part in parts) % 2**256
    assert (sum(part["rows"] for part in parts), found) == wanted


@contextmanager
def telling(trial: str) -> Iterator[Callable[[str], object]]:
    """Keep and print what a trial found, and how long it took."""
    said = ["equal"]
    began = time.perf_counter()
    yield said.append
    TABLE.append((trial, said[-1], f"{time.perf_counter() - began:.2f}"))
    print("  ".join(reversed(TABLE[-1])), flush=True)


if __name__ == "__main__":
    main()
