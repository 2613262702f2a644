"""Reads a desired list from a file, whatever part of the columns it has."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explo_async.errors import ExportError
from explo_async.files.csv_file import any_length
from explo_async.files.formats import CHUNK, find_format
from explo_async.nesting import decode_json
from explo_async.reconcile.desired import Desired, make_desired
from explo_async.reconcile.fields import SPELLED

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Iterable, Iterator

LISTS = frozenset({"emails", "group_tags"})
OBJECTS = frozenset({"properties", "mapping"})
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def read_desired(path: Path | str) -> Desired:
    """Read a desired list: csv, jsonl (also .gz, .zst), parquet, sqlite or duckdb, by its ending.

    A file may have any part of the columns of an export, or those that Explo's requests are called by; an empty cell
    states nothing. Lists and objects stand as JSON in a cell; a list also as `a; b`. A database has a table
    `customers`. Raises `ConfigurationError` for rows and columns that cannot be meant, and for an extra that is not
    installed, `ExportError` for a file that is not what its ending says, OSError for one that cannot be opened.
    """
    path = Path(path)
    read = _READERS[find_format(path).name]
    return make_desired(_read_rows(read(path), path), str(path))


def _read_rows(rows: Iterable[dict[str, Any]], path: Path) -> Iterator[dict[str, Any]]:
    for place, row in enumerate(rows, start=1):
        try:
            yield {column: _read_cell(SPELLED.get(column, column), cell) for column, cell in row.items()}
        except ValueError as error:
            what = f"row {place}: {error}"
            raise _faulty(path, what) from None


def _read_cell(name: str, cell: Any) -> Any:
    """Turn the cell of a table into the value of a field; what is one already stays."""
    if name == "is_demo_group" and isinstance(cell, str | int) and str(cell).lower() in _FLAGS:
        return _FLAGS[str(cell).lower()]
    if name in LISTS and isinstance(cell, str) and not cell.lstrip().startswith("["):
        return [part.strip() for part in cell.split(";") if part.strip()]
    if name in LISTS | OBJECTS and isinstance(cell, str):
        try:
            return decode_json(cell.encode())
        except ValueError:
            msg = f"{name} is no JSON"
            raise ValueError(msg) from None
    if name in OBJECTS and isinstance(cell, list):
        # How Arrow gives a map.
        return dict(cell)
    return cell


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    # Exports protect texts that a spreadsheet would take for a formula by one ' in front.
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            lines = _number(rows)
            _, names = next(lines, (0, []))
            if len(set(names)) < len(names):
                raise _faulty(path, "a column is there twice")
            for number, cells in lines:
                if len(cells) not in (0, len(names)):
                    raise _faulty(path, f"line {number} has {len(cells)} cells, and the header {len(names)}")
                if cells:
                    yield {name: cell.removeprefix("'") or None for name, cell in zip(names, cells, strict=True)}
        except (csv.Error, UnicodeDecodeError):
            raise _faulty(path, f"line {rows.line_num} is not CSV in UTF-8") from None


def _number(rows: CsvReader) -> Iterator[tuple[int, list[str]]]:
    numbered = None
    while numbered != []:
        with any_length():
            numbered = [(rows.line_num, cells) for cells in islice(rows, CHUNK)]
        yield from numbered


def _read_lines(opened: Callable[[Path], Any]) -> Callable[[Path], Iterator[dict[str, Any]]]:
    def read(path: Path) -> Iterator[dict[str, Any]]:
        with opened(path) as file:
            try:
                for number, line in enumerate(file, start=1):
                    if not line.strip():
                        continue
                    row = decode_json(line)
                    if not isinstance(row, dict):
                        raise _faulty(path, f"line {number} is no object")
                    yield row
            except (ValueError, EOFError):
                raise _faulty(path, f"line {number} is no JSON") from None

    return read


def _open_lines(path: Path) -> Any:
    module: Any = find_format(path).load()
    return module.open_lines(path)


def _read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    find_format(path).load()
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    with path.open("rb") as raw:
        try:
            with parquet.ParquetFile(raw) as file:
                for batch in file.iter_batches(1000) if file.num_row_groups else ():
                    yield from batch.to_pylist()
        except (pa.ArrowException, OSError):
            raise _faulty(path, "it is no Parquet file, or not whole") from None


def _read_sqlite(path: Path) -> Iterator[dict[str, Any]]:
    path.open("rb").close()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        try:
            found = database.execute("SELECT * FROM customers")
            names = [column[0] for column in found.description]
            for row in found:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error:
            raise _faulty(path, "it is no SQLite database with a table customers, or not whole") from None


def _read_duckdb(path: Path) -> Iterator[dict[str, Any]]:
    path.open("rb").close()
    find_format(path).load()
    duckdb = import_module("duckdb")
    try:
        with duckdb.connect(str(path), read_only=True) as database:
            found = database.execute("SELECT * FROM customers")
            names = [column[0] for column in found.description]
            while rows := found.fetchmany(1000):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
    except duckdb.Error:
        raise _faulty(path, "it is no DuckDB database with a table customers, or not whole") from None


def _faulty(path: Path, what: str) -> ExportError:
    return ExportError(f"{str(path)!r}: {what}", file=str(path), advice="correct the file")


_READERS: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
    "csv": _read_csv,
    "jsonl": _read_lines(lambda path: path.open("rb")),
    "jsonl.gz": _read_lines(_open_lines),
    "jsonl.zst": _read_lines(_open_lines),
    "parquet": _read_parquet,
    "sqlite": _read_sqlite,
    "duckdb": _read_duckdb,
}
