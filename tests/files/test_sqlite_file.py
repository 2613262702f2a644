"""SQLite databases: of use to SQL as they are, and read back with every cell checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import ExportError
from explo_async.files import sqlite_file
from explo_async.record import Record
from tests.helpers.record_strategy import numbered, read_all, written

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        rows = [database.execute(statement).fetchall() for statement in statements][-1]
        database.commit()
    return rows


def test_sql(tmp_path: Path) -> None:
    """Ids are the key, truth is 0 or 1, JSON is what SQLite's functions read, and rows are in listing order."""
    path = tmp_path / "customers.sqlite"
    records = [Record("b", emails=["x", "y"], extra={"k": 7}), Record("a", is_demo_group=True)]
    written(sqlite_file, records, path)
    query = "SELECT provided_id, is_demo_group, json_extract(emails, '$[1]'), json_extract(extra, '$.k') FROM customers"
    assert run(path, f"{query} ORDER BY rowid") == [("b", 0, "y", 7), ("a", 1, None, None)]
    with pytest.raises(sqlite3.IntegrityError):
        run(path, "INSERT INTO customers (provided_id, is_demo_group, extra) VALUES ('a', 0, '{}')")
    assert run(path, "PRAGMA integrity_check") == [("ok",)]


def test_names_of_files(tmp_path: Path) -> None:
    """A name with signs of its own in an address is one like any other."""
    path = tmp_path / "a?mode=memory#b %41.sqlite"
    written(sqlite_file, [Record("a")], path)
    assert read_all(sqlite_file, path) == [Record("a")]
    assert list(tmp_path.iterdir()) == [path]


def test_same_id_twice(tmp_path: Path) -> None:
    """Two customers with one id cannot be in a table, which is told without the id."""
    path = tmp_path / "customers.sqlite"
    with pytest.raises(ExportError, match="^'.*customers.sqlite': two customers have the same provided_id; "):
        written(sqlite_file, [Record("a"), Record("a")], path)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DROP TABLE customers", "there is no table customers"),
        ("ALTER TABLE customers RENAME provided_id TO id", "there is no column provided_id"),
        ("ALTER TABLE customers ADD COLUMN notes TEXT", "a customer has no column 'notes'"),
        ("UPDATE customers SET provided_id = '' WHERE rowid = 2002", "row 2002: provided_id is empty"),
        ("UPDATE customers SET provided_id = x'61' WHERE rowid = 2", "row 2: provided_id is not text"),
        ("UPDATE customers SET name = x'61' WHERE rowid = 3", "row 3: name is not text"),
        ("UPDATE customers SET name = CAST(x'ff' AS TEXT) WHERE rowid = 3", "it cannot be read after row 0"),
        ("UPDATE customers SET is_demo_group = 2 WHERE rowid = 1", "row 1: is_demo_group is neither 0 nor 1"),
        ("UPDATE customers SET emails = 7 WHERE rowid = 1", "row 1: emails is no JSON list of strings"),
        ("UPDATE customers SET properties = '[]' WHERE rowid = 1", "row 1: properties is no JSON object"),
    ],
)
def test_errors(statement: str, what: str, tmp_path: Path) -> None:
    """What is wrong is told with its row and column, and without values."""
    path = tmp_path / "customers.sqlite"
    written(sqlite_file, numbered(2003), path)
    run(path, statement)
    with pytest.raises(ExportError) as caught:
        read_all(sqlite_file, path)
    assert str(caught.value) == f"'{path}': {what}; correct it, or export the list anew"


def test_columns_that_are_missing(tmp_path: Path) -> None:
    """A table with ids alone is one of customers of which no more is known."""
    path = tmp_path / "customers.sqlite"
    run(path, "CREATE TABLE customers (provided_id)", "INSERT INTO customers VALUES ('a')")
    assert read_all(sqlite_file, path) == [Record("a")]


def test_not_a_database(tmp_path: Path) -> None:
    """A file of something else is told from a database that has been damaged."""
    path = tmp_path / "customers.sqlite"
    path.write_bytes(b"provided_id\r\na\r\n")
    with pytest.raises(ExportError, match="': it is no SQLite database; "):
        read_all(sqlite_file, path)
