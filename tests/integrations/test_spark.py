"""Snapshots as tables of Spark: the source by itself, and queries of a Spark Connect server that needs no JVM (Sail)."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pytest

from explo_async import ConfigurationError, ExploClient, SnapshotError
from explo_async.arrow import schema
from explo_async.emulator import Emulator
from explo_async.snapshot import open_snapshot, write_snapshot
from tests.helpers.sail_server import PANDAS, sail_server, what_is_missing
from tests.helpers.services import skip_without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from explo_async.snapshot import Snapshot

    Write = Callable[..., Snapshot]

pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings(f"ignore:{PANDAS}:FutureWarning"),
]

CUSTOMERS = 50
ROWS_PER_FILE = 20
OTHER_RUN = "run=20200101T000000Z-0000"


@pytest.fixture(scope="module")
def source_class() -> Any:
    """Import the source; skip where there is no Spark, even without JVM."""
    skip_without(what_is_missing())
    from explo_async.integrations.spark import ExploCustomers  # noqa: PLC0415 -- not where it is missing

    return ExploCustomers


@pytest.fixture(scope="module")
def spark(source_class: Any) -> Iterator[Any]:
    """Open a session of a server in this process, with the source registered."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    with sail_server() as address:
        with pytest.MonkeyPatch.context() as patched:
            # PySpark takes a program without a file, as a process of pytest-xdist is, for a doctest of its own.
            patched.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
            session = SparkSession.builder.remote(address).create()
        session.dataSource.register(source_class)
        yield session
        session.stop()


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Give a function that writes a snapshot of some customers below a folder of the test's own."""

    async def write(customers: int, root: Any, **options: Any) -> Snapshot:
        async with Emulator(customers) as emulator, ExploClient(emulator.token, base_url=emulator.url) as client:
            return await write_snapshot(client, root, rows_per_file=ROWS_PER_FILE, **options)

    yield lambda customers=CUSTOMERS, root=tmp_path, **options: asyncio.run(write(customers, root, **options))
    fsspec.filesystem("memory").store.clear()


def load(spark: Any, root: object, **options: str) -> Any:
    return spark.read.format("explo_customers").options(**options).load(str(root))


def sort(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows in an order that is no engine's."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: str(row["provided_id"]))


def flip(file: Path) -> None:
    """Change one byte in the middle of a file; its size stays."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def read(reader: Any, partitions: Sequence[Any]) -> pa.Table:
    """Read partitions one after another, as executors would."""
    return pa.Table.from_batches([batch for partition in partitions for batch in reader.read(partition)])


@pytest.mark.parametrize("with_tokens", [False, True])
def test_rows_and_columns_are_those_of_the_snapshot(
    spark: Any, write: Write, tmp_path: Path, *, with_tokens: bool
) -> None:
    """A query gives every row of every file once, in the columns of the certificate, also what never is null."""
    snapshot = write(with_tokens=with_tokens)
    table = load(spark, tmp_path).toArrow()
    assert table.schema.equals(schema(with_tokens=with_tokens))
    assert tuple(table.column_names) == snapshot.certificate.columns
    assert sort(table) == sort(snapshot.table())
    assert len({row["provided_id"] for row in sort(table)}) == CUSTOMERS
    assert ("token" in table.column_names) is with_tokens


def test_each_file_is_a_partition(spark: Any, write: Write, tmp_path: Path) -> None:
    """A query has as many tasks as the certificate has files, each with the rows of one."""
    from pyspark.sql.functions import spark_partition_id  # noqa: PLC0415

    snapshot = write()
    found = load(spark, tmp_path).select(spark_partition_id().alias("partition")).collect()
    counts = Counter(row["partition"] for row in found)
    assert sorted(counts.values()) == sorted(file.rows for file in snapshot.certificate.files)
    assert [file.rows for file in snapshot.certificate.files] == [20, 20, 10]


def test_sql_reads_a_view_of_it(spark: Any, write: Write, tmp_path: Path) -> None:
    """Lists, mappings and texts are what Spark's functions take."""
    snapshot = write()
    load(spark, tmp_path).createOrReplaceTempView("customers")
    query = "SELECT hierarchy_level, count(*) AS n, sum(size(emails)) AS emails FROM customers GROUP BY hierarchy_level"
    found = {row["hierarchy_level"]: (row["n"], row["emails"]) for row in spark.sql(query).collect()}
    rows = snapshot.table().to_pylist()
    levels = {row["hierarchy_level"] for row in rows}
    of = {level: [row["emails"] for row in rows if row["hierarchy_level"] == level] for level in levels}
    assert found == {level: (len(emails), sum(map(len, emails))) for level, emails in of.items()}


def test_a_list_without_customers_is_a_table_without_rows(spark: Any, write: Write, tmp_path: Path) -> None:
    """It has its columns."""
    write(0)
    table = load(spark, tmp_path).toArrow()
    assert (table.num_rows, table.schema.equals(schema(with_tokens=False))) == (0, True)


def test_the_newest_run_is_read_or_the_one_that_is_named(spark: Any, write: Write, tmp_path: Path) -> None:
    """By an option, or by its own folder."""
    first, second = write(30), write(40)
    # It has no certificate: it is being written, or was broken off.
    (tmp_path / "run=29990101T000000Z-0000").mkdir()
    name = first.certificate.run
    frames = load(spark, tmp_path), load(spark, f"{tmp_path}/", run=name), load(spark, first.address)
    assert [frame.count() for frame in frames] == [40, 30, 30]
    assert load(spark, tmp_path, run=second.certificate.run).count() == 40


def test_a_view_stays_with_its_run(spark: Any, write: Write, tmp_path: Path) -> None:
    """A newer snapshot is for who loads anew."""
    write(30)
    load(spark, tmp_path).createOrReplaceTempView("pinned")
    write(40)
    assert spark.sql("SELECT count(*) FROM pinned").collect()[0][0] == 30
    assert load(spark, tmp_path).count() == 40


def test_a_changed_byte_fails_the_query(spark: Any, write: Write, tmp_path: Path) -> None:
    """Its size is right, so that only who reads it can tell; the message names the file."""
    snapshot = write()
    flip(Path(snapshot.files[1]))
    with pytest.raises(Exception, match=r"part-00001\.parquet' was changed after it had been written"):
        load(spark, tmp_path).toArrow()


@pytest.mark.parametrize("case", ["missing", "longer", "foreign", "of another run", "damaged", "without certificate"])
def test_what_is_wrong_with_a_run_fails_the_query(spark: Any, write: Write, tmp_path: Path, case: str) -> None:
    """The message names the file, and no row is given."""
    snapshot = write()
    folder, file = Path(snapshot.address), Path(snapshot.files[2])
    certificate = folder / "_certificate.json"
    if case == "missing":
        file.unlink()
        said = r"part-00002\.parquet' is missing"
    elif case == "longer":
        file.write_bytes(file.read_bytes() + b"\0")
        said = r"part-00002\.parquet' has [\d,]+ bytes, and its certificate says"
    elif case == "foreign":
        shutil.copy(file, folder / "part-00003.parquet")
        said = r"part-00003\.parquet' is not in the certificate"
    elif case == "of another run":
        folder.rename(tmp_path / OTHER_RUN)
        said = rf"{OTHER_RUN}/_certificate\.json' is the certificate of another run, {snapshot.certificate.run}"
    elif case == "damaged":
        certificate.write_bytes(certificate.read_bytes().replace(b'"customers": 50', b'"customers": 51'))
        said = r"_certificate\.json' was changed after it had been written"
    else:
        certificate.unlink()
        said = rf"there is no snapshot in '{tmp_path}': the one run there is not whole"
    with pytest.raises(Exception, match=said):
        load(spark, tmp_path).count()


def test_a_file_of_another_run_is_seen(spark: Any, write: Write, tmp_path: Path) -> None:
    """Same name, same size: only its digest differs from the certificate's."""
    first, second = write(), write()
    foreign = Path(first.files[0]).read_bytes()
    name = Path(second.files[0])
    name.write_bytes(foreign[: name.stat().st_size].ljust(name.stat().st_size, b"\0"))
    if name.read_bytes() == foreign:
        # Nothing in a file tells its run: one of the same rows may be the same.
        assert load(spark, tmp_path).count() == CUSTOMERS
        flip(name)
    with pytest.raises(
        Exception, match=r"part-00000\.parquet' was changed after it had been written, or is of another"
    ):
        load(spark, tmp_path).count()


def test_where_nothing_is_no_table_is(spark: Any, tmp_path: Path) -> None:
    """It is no empty table."""
    with pytest.raises(Exception, match=f"there is no snapshot in '{tmp_path}/nothing'"):
        load(spark, tmp_path / "nothing").count()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rnu": "x"}, "'explo_customers' has no option 'rnu'; its options are path, run, storage_options"),
        ({"run": "newest"}, "the option 'run' is 'newest', which is no name of a run; give a name such as 'run=2"),
        ({"run": "run=29990101T000000Z-0000"}, "run=29990101T000000Z-0000/_certificate.json' is missing: the run is"),
        ({"storage_options": "{'key': 'secret'}"}, "the option 'storage_options' is no JSON object; give what"),
        ({"storage_options": '["secret"]'}, "the option 'storage_options' is no JSON object; give what"),
        ({"path": ""}, "'explo_customers' was told no address of snapshots; give it to load(...)"),
        ({"path": "nowhere://x"}, "'nowhere://x' is no address that fsspec knows"),
        ({"paths": '["a","b"]'}, "load(...) was given several addresses; load one and another, and unite them"),
    ],
)
def test_options_that_cannot_be_are_told(
    source_class: Any, write: Write, tmp_path: Path, options: dict[str, str], said: str
) -> None:
    """What is wrong, where, and what to do; never the options for fsspec, which may hold credentials."""
    write()
    with pytest.raises((ConfigurationError, SnapshotError)) as caught:
        source_class({"path": str(tmp_path), **options})
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_wrong_option_fails_the_query(spark: Any, source_class: Any, write: Write, tmp_path: Path) -> None:
    """The server's error has the message, also where a name's case differs, which Spark does not heed."""
    write()
    with pytest.raises(Exception, match="'explo_customers' has no option 'rnu'; its options are path, run, storage_op"):
        load(spark, tmp_path, Rnu="x").count()
    snapshot = open_snapshot(tmp_path)
    options = {"path": snapshot.address, "run": snapshot.certificate.run}
    with pytest.raises(ConfigurationError, match="is the folder of a run already, and the option 'run' names 'run="):
        source_class(options)
    with pytest.raises(Exception, match="is the folder of a run already, and the option 'run' names 'run="):
        load(spark, snapshot.address, RUN=snapshot.certificate.run).count()


def test_a_schema_of_ones_own_is_refused(spark: Any, write: Write, tmp_path: Path) -> None:
    """It could only be the same: others would be cast by nobody."""
    write()
    given = spark.read.format("explo_customers").schema(load(spark, tmp_path).schema)
    assert given.load(str(tmp_path)).count() == CUSTOMERS
    with pytest.raises(Exception, match=r"was given another schema than that of .*; leave \.schema\(\.\.\.\) away"):
        spark.read.format("explo_customers").schema("provided_id STRING").load(str(tmp_path)).count()


def test_real_spark_asks_with_a_schema_of_its_own(source_class: Any, write: Write, tmp_path: Path) -> None:
    """Sail asks with one of Arrow; either is taken if it is the run's, and refused if nullability differs."""
    from pyspark.sql.types import StructType  # noqa: PLC0415

    snapshot = write()
    source = source_class({"path": str(tmp_path)})
    found = source.schema()
    assert [(field.name, field.nullable) for field in found] == [
        (field.name, field.nullable) for field in snapshot.schema()
    ]
    # It travels as JSON.
    reader = source.reader(StructType.fromJson(json.loads(found.json())))
    assert read(reader, reader.partitions()).equals(snapshot.table())
    nullable = json.loads(found.json())
    nullable["fields"][0]["nullable"] = True
    with pytest.raises(ConfigurationError, match="was given another schema"):
        source.reader(StructType.fromJson(nullable))


def test_partitions_are_the_files_of_the_certificate(source_class: Any, write: Write, tmp_path: Path) -> None:
    """With rows, bytes and digest; each gives the rows of its file."""
    snapshot = write()
    source = source_class({"path": str(tmp_path)})
    reader = source.reader(source.schema())
    partitions = reader.partitions()
    assert tuple(partition.value for partition in partitions) == snapshot.certificate.files
    for partition in partitions:
        assert read(reader, [partition]).num_rows == partition.value.rows
    # What Spark gives for no partitions.
    assert list(reader.read(type(partitions[0])(None))) == []


def test_large_files_come_in_several_batches(
    source_class: Any, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An executor hands on no more rows at once than Spark's own batches have."""
    snapshot = write()
    monkeypatch.setattr("explo_async.integrations.spark.ROWS_PER_BATCH", 7)
    source = source_class({"path": str(tmp_path)})
    reader = source.reader(source.schema())
    batches = [batch.num_rows for batch in reader.read(reader.partitions()[0])]
    assert batches == [7, 7, 6]
    assert read(reader, reader.partitions()).equals(snapshot.table())


def test_the_run_is_chosen_once(source_class: Any, write: Write, tmp_path: Path) -> None:
    """A snapshot that comes in between, at whatever step, is not mixed in; nor is its schema."""
    first = write()
    source = source_class({"path": str(tmp_path)})
    write(60, with_tokens=True)
    # As Spark keeps it.
    source = pickle.loads(pickle.dumps(source))
    reader = source.reader(source.schema())
    partitions = reader.partitions()
    write(70)
    assert [partition.value for partition in source.reader(source.schema()).partitions()] == list(
        first.certificate.files
    )
    assert read(reader, partitions).equals(first.table())


def test_a_run_that_is_removed_meanwhile_fails(source_class: Any, write: Write, tmp_path: Path) -> None:
    """Before planning, and between planning and reading; the newer run is not taken in its place."""
    first = write()
    source = source_class({"path": str(tmp_path)})
    reader = source.reader(source.schema())
    partitions = reader.partitions()
    write()
    shutil.rmtree(first.address)
    with pytest.raises(SnapshotError, match=r"part-00000\.parquet' is missing"):
        reader.partitions()
    with pytest.raises(SnapshotError, match=r"part-00002\.parquet' is missing"):
        read(reader, partitions[2:])


def test_an_executor_checks_what_it_reads(source_class: Any, write: Write, tmp_path: Path) -> None:
    """Not a row is given of a file that changed after planning; the others are read."""
    snapshot = write()
    source = source_class({"path": str(tmp_path)})
    reader = source.reader(source.schema())
    partitions = reader.partitions()
    flip(Path(snapshot.files[1]))
    assert read(reader, partitions[::2]).num_rows == 30
    with pytest.raises(SnapshotError, match=r"part-00001\.parquet' was changed") as caught:
        next(reader.read(partitions[1]))
    assert caught.value.file == snapshot.files[1]


def test_an_executor_needs_no_token(
    source_class: Any, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What travels holds none, and another process reads with it that has none."""
    monkeypatch.setenv("EXPLO_TOKEN", "token-of-the-driver")
    snapshot = write()
    source = source_class({"path": str(tmp_path)})
    reader = source.reader(source.schema())
    travels = pickle.dumps((source, reader, reader.partitions()))
    assert b"token-of-the-driver" not in travels
    program = (
        "import pickle, sys\n"
        "_, reader, partitions = pickle.load(sys.stdin.buffer)\n"
        "print(sum(batch.num_rows for partition in partitions for batch in reader.read(partition)))\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXPLO_")}
    done = subprocess.run(
        [sys.executable, "-c", program], input=travels, capture_output=True, check=True, env=environment
    )
    assert int(done.stdout) == snapshot.certificate.customers


def test_options_for_the_store_reach_it(source_class: Any, write: Write) -> None:
    """On the driver and, with the plan, on the executors."""
    snapshot = write(root="memory://customers")
    options = {"path": "memory://customers/", "storage_options": '{"of_the_test": 1}'}
    for run in ({}, {"run": snapshot.certificate.run}):
        source = source_class({**options, **run})
        reader = pickle.loads(pickle.dumps(source.reader(source.schema())))
        assert reader._snapshot._folder.system.storage_options == {"of_the_test": 1}
        assert read(reader, reader.partitions()).equals(snapshot.table())
