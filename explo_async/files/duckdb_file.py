"""DuckDB databases, `.duckdb`: one table `customers`, with lists, maps and JSON."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from explo_async.files.arrow_batches import check_arrow_columns, read_batches
from explo_async.files.arrow_columns import to_batch
from explo_async.files.columns import FREE_COLUMNS, ID_MAPPINGS, NEVER_NULL, column_names
from explo_async.files.file_errors import faulty
from explo_async.files.formats import CHUNK
from explo_async.files.logged import FREE_TEXTS as LOGGED  # noqa: F401 -- as `FormatModule` says
from explo_async.files.origin import CREATE_TABLE, INSERT_ROW, SELECT_ROW, origin_of_row, row_of
from explo_async.record import LISTS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from explo_async.files.origin import Origin
    from explo_async.record import Record

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "64MB",
    "threads": 1,
    # Nothing from the network.
    "autoinstall_known_extensions": False,
}
_INSERTED = 4 * 2**20
"""Bytes to insert at a time."""
_TYPES = {
    "is_demo_group": "BOOLEAN",
    **dict.fromkeys(LISTS, "VARCHAR[]"),
    **dict.fromkeys(ID_MAPPINGS, "MAP(VARCHAR, VARCHAR)"),
    **dict.fromkeys(FREE_COLUMNS, "JSON"),
}


def write(
    chunks: Iterable[list[Record]], path: Path, *, with_tokens: bool, origin: Origin | None = None
) -> Generator[int, None, None]:
    """Make the database in one transaction. Raises as `FormatModule` says."""
    columns = ", ".join(map(_define, column_names(with_tokens=with_tokens)))
    written = 0
    try:
        with closing(duckdb.connect(path, config=_CONFIG)) as database:
            database.begin()
            database.execute(f"CREATE TABLE customers ({columns})")
            for table in _gathered(to_batch(chunk, with_tokens=with_tokens) for chunk in chunks):
                # A registered table, or one found by its name, would be kept until the transaction ends.
                database.from_arrow(table).insert_into("customers")
                written += table.num_rows
                yield written
            if origin:
                database.execute(CREATE_TABLE)
                database.execute(INSERT_ROW, row_of(origin))
            database.commit()
    except duckdb.OperationalError as error:
        # About the file, the disk or the memory, never about values.
        raise OSError(str(error).splitlines()[0]) from None


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


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read the rows of the table `customers`, in the order in which they came. Raises as `FormatModule` says."""
    with path.open("rb"):
        # What cannot be opened at all raises OSError here.
        pass
    try:
        with closing(duckdb.connect(path, read_only=True, config=_CONFIG)) as database:
            if not database.execute("FROM duckdb_tables() WHERE table_name = 'customers'").fetchall():
                raise faulty(path, "there is no table customers")
            batches = database.sql("FROM customers").arrow(CHUNK)
            check_arrow_columns(path, batches.schema)
            yield from read_batches(batches, path)
    except duckdb.Error:
        raise faulty(path, "it is no DuckDB database, or one that this version of DuckDB cannot read") from None


def read_origin(path: Path) -> Origin | None:
    """Read how the file was made; None also where `read` will tell what is wrong."""
    try:
        with closing(duckdb.connect(path, read_only=True, config=_CONFIG)) as database:
            return origin_of_row(database.execute(SELECT_ROW).fetchone())
    except duckdb.Error:
        return None


def _define(name: str) -> str:
    return f"{name} {_TYPES.get(name, 'VARCHAR')}{' NOT NULL' if name in NEVER_NULL else ''}"
