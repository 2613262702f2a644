"""`ExploCustomers`: a snapshot as a table of Spark 4, or of what else runs Spark's Python data sources.

Spark's part of the certificate: the driver opens the run and looks into its folder, an executor reads a file's bytes
once, compares them with the certificate and makes rows of these very bytes. Nothing here knows Explo's token.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

# First of all, to name what is missing.
import explo_async.snapshot

try:
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.types import ArrayType, BooleanType, MapType, StringType, StructField, StructType
except ModuleNotFoundError as _error:
    # Spark 3 has no such module.
    if _error.name not in {"pyspark", "pyspark.sql.datasource"}:
        raise
    _msg = "explo_async.integrations.spark needs pyspark 4: pip install 'pyspark>=4'"
    raise ModuleNotFoundError(_msg, name="pyspark") from None

import pyarrow as pa
from pyarrow import parquet

from explo_async.errors import ConfigurationError
from explo_async.snapshot.layout import moment_of
from explo_async.snapshot.places import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explo_async.snapshot import Snapshot, SnapshotFile

__all__ = ["ExploCustomers"]

FORMAT = "explo_customers"
OPTIONS = ("path", "run", "storage_options")
"""`path` is what Spark's `load(...)` sets. Spark tells the names in small letters."""
ROWS_PER_BATCH = 10_000
"""As many as Spark's own batches of Arrow have (`spark.sql.execution.arrow.maxRecordsPerBatch`)."""
_TYPES = {
    pa.string(): StringType(),
    pa.bool_(): BooleanType(),
    pa.list_(pa.string()): ArrayType(StringType()),
    pa.map_(pa.string(), pa.string()): MapType(StringType(), StringType()),
}
"""Of all columns that a customer has."""


class ExploCustomers(DataSource):  # type: ignore[misc]  # no pyspark for the type checker
    """The customers of a snapshot, as Spark's format `explo_customers`: `spark.dataSource.register(ExploCustomers)`.

    `load(ROOT)` reads the newest whole run below a folder or an address of fsspec, or the run whose own folder is
    given; the option `run` names another run below it, and `storage_options` is a JSON object for fsspec. The run is
    chosen and its certificate read when Spark makes the source, so that a DataFrame stays with one run. Its columns are
    those of `explo_async.arrow.schema`, its partitions the files of the run; the order of rows is Spark's.

    Raises `ConfigurationError` for options that cannot be, and `SnapshotError`, with the address of the file, for what
    is missing, changed or foreign; Spark shows both within an error of its own, and the query fails.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        # Spark's text asks not to override this. But servers of Spark Connect pickle the source before they ask for the
        # schema, and again for the reader: only what was chosen here is the same for both.
        super().__init__(options)
        self._snapshot = _open(options)

    @classmethod
    def name(cls) -> str:
        """Return what `spark.read.format` takes."""
        return FORMAT

    def schema(self) -> StructType:
        """Return the columns, in order; those that are never null are not nullable."""
        return StructType(
            [StructField(each.name, _TYPES[each.type], each.nullable) for each in self._snapshot.schema()]
        )

    def reader(self, schema: StructType | pa.Schema) -> SnapshotReader:
        """Return what reads the run. Raises `ConfigurationError` for another schema than the run's.

        Spark gives a schema of its own kind; Sail gives one of Arrow, and wants its batches exactly so.
        """
        own = self._snapshot.schema()
        if not (schema.equals(own) if isinstance(schema, pa.Schema) else schema == self.schema()):
            msg = f"the format {FORMAT!r} was given another schema than that of {self._snapshot.address!r}"
            raise ConfigurationError(msg, advice="leave .schema(...) away, and select or cast the columns afterwards")
        return SnapshotReader(self._snapshot, schema if isinstance(schema, pa.Schema) else own)


class SnapshotReader(DataSourceReader):  # type: ignore[misc]  # as above
    """Reads a run: lists its files on the driver, and reads each of them on an executor."""

    def __init__(self, snapshot: Snapshot, schema: pa.Schema) -> None:
        self._snapshot = snapshot
        self._schema = schema

    def partitions(self) -> list[InputPartition]:
        """Return the files of the certificate, in listing order, once the folder holds them and no other.

        Raises `SnapshotError`.
        """
        self._snapshot.check_folder()
        return [InputPartition(file) for file in self._snapshot.certificate.files]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Give the rows of a file once its bytes are those of the certificate. Raises `SnapshotError`."""
        file: SnapshotFile | None = partition.value
        # Of a run without files Spark makes one partition of nothing.
        if file is None:
            return
        content = BytesIO(self._snapshot.read_file(file))
        for batch in parquet.ParquetFile(content).iter_batches(ROWS_PER_BATCH):
            # Names within lists and mappings, and what stands beside the columns, are the receiver's.
            yield batch.cast(self._schema)


def _open(options: Mapping[str, str]) -> Snapshot:
    """Open the run that the options name. Raises `ConfigurationError` and `SnapshotError`."""
    if unknown := sorted(set(options) - {*OPTIONS}):
        several = unknown == ["paths"]
        msg = "load(...) was given several addresses" if several else f"{FORMAT!r} has no option {unknown[0]!r}"
        advice = "load one and another, and unite them" if several else f"its options are {', '.join(OPTIONS)}"
        raise ConfigurationError(msg, advice=advice)
    if not (path := options.get("path")):
        msg = f"{FORMAT!r} was told no address of snapshots"
        raise ConfigurationError(
            msg, advice="give it to load(...): a folder, or an address such as s3://bucket/customers"
        )
    storage_options = _decode(options.get("storage_options", "{}"))
    if (run := options.get("run")) is None:
        return explo_async.snapshot.open_snapshot(path, storage_options=storage_options)
    folder = open_folder(path, storage_options)
    if moment_of(run) is None:
        msg = f"the option 'run' is {run!r}, which is no name of a run"
        raise ConfigurationError(msg, advice="give a name such as 'run=20261126T161500Z-1f3a'")
    if moment_of(folder.name) is not None:
        msg = f"{folder.address!r} is the folder of a run already, and the option 'run' names {run!r}"
        raise ConfigurationError(msg, advice="give load(...) the folder that holds the runs, or leave the option away")
    return explo_async.snapshot.open_snapshot(f"{path.rstrip('/')}/{run}", storage_options=storage_options)


def _decode(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        # Its text may hold credentials.
        msg = "the option 'storage_options' is no JSON object"
        raise ConfigurationError(msg, advice="give what json.dumps makes of the options for fsspec")
    return options
