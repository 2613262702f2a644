"""DuckDB databases, `.duckdb`: one table `customers`, with lists, maps and JSON."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING

import duckdb

from explo_async.files.columns import FREE_COLUMNS, ID_MAPPINGS, NEVER_NULL, column_names
from explo_async.files.file_errors import faulty
from explo_async.files.jsonl_file import BLOCK, read_each
from explo_async.files.lines import decode_usual_records
from explo_async.files.logged import TEXTS
from explo_async.files.origin import CREATE_TABLE, INSERT_ROW, SELECT_ROW, origin_of_row, row_of
from explo_async.record import LISTS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from explo_async.files.origin import Origin
    from explo_async.record import Record

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "96MB",
    "threads": 1,
    # Nothing from the network.
    "autoinstall_known_extensions": False,
}
_SEGMENT = 16 * 2**20
"""Bytes of lines to insert at a time."""
_LONGEST = 2**20
"""Bytes of a line that DuckDB is given room for."""
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
    written = 0
    with _created(path, with_tokens=with_tokens, origin=origin) as database:
        for rows in _arrow().insert_records(database, chunks, with_tokens=with_tokens):
            written += rows
            yield written


def write_log(log: Path, path: Path, *, with_tokens: bool, origin: Origin | None = None) -> Generator[int, None, None]:
    """Make the database of the lines of a log, which DuckDB reads by itself where they are usual.

    Raises as `FormatModule` says.
    """
    segment = path.with_name(f"{path.name}.segment")
    insert = _insert_lines(segment, with_tokens=with_tokens)
    written = held = 0
    try:
        with (
            _created(path, with_tokens=with_tokens, origin=origin) as database,
            log.open("rb") as lines,
            segment.open("wb") as file,
        ):
            for block in iter(partial(lines.readlines, BLOCK), []):
                rest: list[Record] = []
                if decode_usual_records(block, TEXTS) is not None and max(map(len, block)) < _LONGEST:
                    file.writelines(block)
                    held += len(block)
                else:
                    rest = read_each(block, log, written + held)
                if held and (rest or file.tell() >= _SEGMENT):
                    file.flush()
                    database.execute(insert)
                    file.seek(0)
                    file.truncate()
                    written, held = written + held, 0
                    yield written
                for rows in _arrow().insert_records(database, [rest], with_tokens=with_tokens) if rest else ():
                    written += rows
                    yield written
            if held:
                file.flush()
                database.execute(insert)
                yield written + held
    finally:
        segment.unlink(missing_ok=True)


@contextmanager
def _created(path: Path, *, with_tokens: bool, origin: Origin | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Create the table, for rows that are inserted inside; how it was made comes last."""
    columns = ", ".join(map(_define, column_names(with_tokens=with_tokens)))
    try:
        with closing(duckdb.connect(path, config=_CONFIG)) as database:
            database.begin()
            database.execute(f"CREATE TABLE customers ({columns})")
            yield database
            if origin:
                database.execute(CREATE_TABLE)
                database.execute(INSERT_ROW, row_of(origin))
            database.commit()
    except duckdb.OperationalError as error:
        # About the file, the disk or the memory, never about values.
        raise OSError(str(error).splitlines()[0]) from None


@cache
def _arrow() -> ModuleType:
    return import_module("explo_async.files.duckdb_arrow")


def _insert_lines(segment: Path, *, with_tokens: bool) -> str:
    """Return what inserts the lines of a file; every column is given a type, so that nothing is guessed."""
    names = [name for name in column_names(with_tokens=with_tokens) if name != "extra"]
    columns = ", ".join(f"{name}: '{_TYPES.get(name, 'VARCHAR')}'" for name in names)
    file = str(segment.absolute()).replace("'", "''")
    options = f"format = 'newline_delimited', maximum_object_size = {_LONGEST}, columns = {{{columns}}}"
    return f"INSERT INTO customers SELECT {', '.join(names)}, '{{}}' FROM read_json('{file}', {options})"  # noqa: S608


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read the rows of the table `customers`, in the order in which they came. Raises as `FormatModule` says."""
    with path.open("rb"):
        # What cannot be opened at all raises OSError here.
        pass
    try:
        with closing(duckdb.connect(path, read_only=True, config=_CONFIG)) as database:
            if not database.execute("FROM duckdb_tables() WHERE table_name = 'customers'").fetchall():
                raise faulty(path, "there is no table customers")
            yield from _arrow().read_table(database, path)
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
