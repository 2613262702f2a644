"""Records into a DuckDB table and out of it, by way of pyarrow.

Apart from `duckdb_file`, as usual exports have no need of pyarrow, which takes 60 MB of memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from explo_async.files.arrow_batches import check_arrow_columns, read_batches
from explo_async.files.arrow_columns import to_batch
from explo_async.files.formats import CHUNK

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    import duckdb

    from explo_async.record import Record

_INSERTED = 4 * 2**20
"""Bytes to insert at a time."""


def insert_records(
    database: duckdb.DuckDBPyConnection, chunks: Iterable[list[Record]], *, with_tokens: bool
) -> Iterator[int]:
    """Insert customers into the table; each step tells how many more."""
    for table in _gathered(to_batch(chunk, with_tokens=with_tokens) for chunk in chunks):
        # A registered table, or one found by its name, would be kept until the transaction ends.
        database.from_arrow(table).insert_into("customers")
        yield table.num_rows


def read_table(database: duckdb.DuckDBPyConnection, path: Path) -> Generator[list[Record], None, None]:
    """Read the customers of the table, in the order in which they came. Raises `ExportError`."""
    batches = database.sql("FROM customers").arrow(CHUNK)
    check_arrow_columns(path, batches.schema)
    yield from read_batches(batches, path)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put batches together: to insert each by itself would take twice as long."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(batch.nbytes for batch in held) >= _INSERTED:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)
