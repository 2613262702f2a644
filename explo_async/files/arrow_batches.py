"""Arrow batches out of a file, checked: what reading Parquet and reading DuckDB share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.decode.values import RecordError
from explo_async.files.arrow_columns import check_schema, from_batch
from explo_async.files.columns import CellError
from explo_async.files.file_errors import check_columns, faulty, faulty_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from explo_async.record import Record


def check_arrow_columns(path: Path | str, schema: pa.Schema) -> None:
    """Raise `ExportError` for a table whose columns are not those of customers."""
    check_columns(path, schema.names)
    try:
        check_schema(schema)
    except RecordError as error:
        raise faulty(path, f"column {error}") from None


def read_batches(batches: Iterable[pa.RecordBatch], path: Path | str) -> Iterator[list[Record]]:
    """Give the records of each batch. Raises `ExportError` for a cell that is no customer's."""
    rows = 0
    for batch in batches:
        try:
            records = from_batch(batch)
        except CellError as error:
            raise faulty_place(path, f"row {rows + error.row + 1}", error) from None
        rows += batch.num_rows
        yield records
