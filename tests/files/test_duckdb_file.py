"""DuckDB databases: lists, maps and JSON as such, and nothing that needs the network."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from explo_async.errors import ExportError
from explo_async.files import duckdb_arrow, duckdb_file
from explo_async.files.lines import encode_lines
from explo_async.record import Record
from tests.helpers.record_strategy import fingerprint, numbered, read_all, synthetic, written

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path, statement: str) -> list[Any]:
    with closing(duckdb.connect(path)) as database:
        return database.execute(statement).fetchall()


def test_sql(tmp_path: Path) -> None:
    """Lists, maps and JSON can be asked for their parts, and rows are in listing order."""
    path = tmp_path / "customers.duckdb"
    mapping = {"40": "213"}
    records = [Record("b", emails=["x"], properties={"k": 7}, parent_schema_datasource_mapping=mapping), Record("a")]
    written(duckdb_file, records, path)
    query = "SELECT provided_id, emails[1], properties->'k', parent_schema_datasource_mapping['40'] FROM customers"
    assert run(path, query) == [("b", "x", "7", "213"), ("a", None, None, None)]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """DuckDB's own error about a place is one of the system, in one line."""
    path = tmp_path / "no folder" / "customers.duckdb"
    with pytest.raises(OSError, match="^IO Error: .*no folder") as caught:
        written(duckdb_file, [Record("a")], path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DROP TABLE customers", "there is no table customers"),
        ("ALTER TABLE customers RENAME provided_id TO id", "there is no column provided_id"),
        ("ALTER TABLE customers ADD COLUMN notes VARCHAR", "a customer has no column 'notes'"),
        ("ALTER TABLE customers ALTER name TYPE BLOB", "column name is of type binary, not string"),
        ("UPDATE customers SET provided_id = '' WHERE rowid = 2001", "row 2002: provided_id is empty"),
        ("UPDATE customers SET properties = '[]' WHERE rowid = 0", "row 1: properties is no JSON object"),
        # Which moves the row to the end.
        ("UPDATE customers SET emails = ['x', NULL] WHERE rowid = 1", "row 2003: emails holds a null"),
    ],
)
def test_errors(statement: str, what: str, tmp_path: Path) -> None:
    """What is wrong is told with its row and column, and without values."""
    path = tmp_path / "customers.duckdb"
    written(duckdb_file, numbered(2003), path)
    run(path, statement)
    with pytest.raises(ExportError) as caught:
        read_all(duckdb_file, path)
    assert str(caught.value) == f"'{path}': {what}; correct it, or export the list anew"


def test_not_a_database(tmp_path: Path) -> None:
    """A file of something else is said to be that, without DuckDB's own long words."""
    path = tmp_path / "customers.duckdb"
    path.write_bytes(b"provided_id\r\na\r\n")
    with pytest.raises(ExportError, match="': it is no DuckDB database, or one that "):
        read_all(duckdb_file, path)


def test_usual_lines_and_others_are_inserted_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small pieces too, and a line that is too long for DuckDB's reader goes the other way."""
    for name, size in (("_SEGMENT", 3000), ("_LONGEST", 2000)):
        monkeypatch.setattr(duckdb_file, name, size)
    monkeypatch.setattr(duckdb_arrow, "_INSERTED", 1)
    monkeypatch.setattr(duckdb_file, "BLOCK", 1000)
    records = synthetic(60)
    records[20] = Record("long", "x" * 2500)
    records[40] = Record("odd", extra={"further": 1})
    log, path = tmp_path / "log", tmp_path / "customers.duckdb"
    log.write_bytes(encode_lines(records, with_tokens=True))
    steps = list(duckdb_file.write_log(log, path, with_tokens=True))
    assert steps == sorted(steps)
    assert steps[-1] == 60
    assert len(steps) > 6
    assert fingerprint(read_all(duckdb_file, path)) == fingerprint(records)
    other = tmp_path / "other.duckdb"
    list(duckdb_file.write([records[:30], records[30:]], other, with_tokens=True))
    assert fingerprint(read_all(duckdb_file, other)) == fingerprint(records)
    assert {each.name for each in tmp_path.iterdir()} == {"log", "customers.duckdb", "other.duckdb"}
