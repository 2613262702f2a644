"""SQLite databases, `.sqlite`: one table `customers`, lists and mappings as JSON text for SQLite's JSON functions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from explo_async.decode.values import RecordError
from explo_async.files.columns import (
    JSON_READERS,
    NEVER_NULL,
    TEXT_READERS,
    CellError,
    column_names,
    records_of,
    text_columns_of,
)
from explo_async.files.file_errors import check_columns, faulty, faulty_place
from explo_async.files.formats import CHUNK
from explo_async.files.logged import TEXTS as LOGGED  # noqa: F401 -- as `FormatModule` says
from explo_async.files.origin import CREATE_TABLE, INSERT_ROW, SELECT_ROW, origin_of_row, row_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from explo_async.files.columns import Reader
    from explo_async.files.origin import Origin
    from explo_async.record import Record

_MAGIC = b"SQLite format 3\0"


def write(
    chunks: Iterable[list[Record]], path: Path, *, with_tokens: bool, origin: Origin | None = None
) -> Generator[int, None, None]:
    """Make the database in one transaction. Raises as `FormatModule` says."""
    names = column_names(with_tokens=with_tokens)
    insert = f"INSERT INTO customers VALUES ({', '.join('?' * len(names))})"  # noqa: S608 -- nothing but marks
    written = 0
    try:
        # Each step may be made by another thread.
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as database:
            # A file that is not whole is thrown away: nothing has to outlive a crash, and no journal lies beside it.
            for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                database.execute(f"PRAGMA {setting}")
            database.execute("BEGIN")
            database.execute(f"CREATE TABLE customers ({', '.join(map(_define, names))})")
            for chunk in chunks:
                database.executemany(insert, _rows(chunk, with_tokens=with_tokens))
                written += len(chunk)
                yield written
            if origin:
                database.execute(CREATE_TABLE)
                database.execute(INSERT_ROW, row_of(origin))
            database.execute("COMMIT")
    except sqlite3.IntegrityError:
        raise faulty(path, "two customers have the same provided_id") from None
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from None


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read the rows of the table `customers`. Raises as `FormatModule` says."""
    rows = 0
    with closing(_connect(path)) as database:
        try:
            names = [name for _, name, *_ in database.execute("PRAGMA table_info(customers)")]
            if not names:
                raise faulty(path, "there is no table customers")
            check_columns(path, names)
            cursor = database.execute("SELECT * FROM customers ORDER BY rowid")
            while chunk := cursor.fetchmany(CHUNK):
                yield records_of(dict(zip(names, zip(*chunk, strict=True), strict=True)), _READERS)
                rows += len(chunk)
        except CellError as error:
            raise faulty_place(path, f"row {rows + error.row + 1}", error) from None
        except sqlite3.Error:
            raise faulty(path, f"it cannot be read after row {rows}") from None


def read_origin(path: Path) -> Origin | None:
    """Read how the file was made. Raises as `read` does."""
    with closing(_connect(path)) as database:
        try:
            return origin_of_row(database.execute(SELECT_ROW).fetchone())
        except sqlite3.Error:
            # An older export has no such table; what is wrong otherwise shows when the rows are read.
            return None


def _connect(path: Path) -> sqlite3.Connection:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise faulty(path, "it is no SQLite database")
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _define(name: str) -> str:
    kind = "INTEGER" if name == "is_demo_group" else "TEXT"
    # A primary key of text leaves the rows in the order in which they came.
    key = " PRIMARY KEY" if name == "provided_id" else ""
    return f"{name} {kind}{' NOT NULL' if name in NEVER_NULL else ''}{key}"


def _rows(chunk: list[Record], *, with_tokens: bool) -> Iterator[tuple[Any, ...]]:
    return zip(*text_columns_of(chunk, with_tokens=with_tokens).values(), strict=True)


def _read_boolean(cell: object) -> bool:
    if cell not in {None, 0, 1}:
        raise RecordError(path="", reason="is neither 0 nor 1")
    return bool(cell)


_READERS: dict[str, Reader] = TEXT_READERS | JSON_READERS | {"is_demo_group": _read_boolean}
