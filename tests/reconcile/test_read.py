"""Desired lists in files: each format, any part of the columns, and files that are not what they are called."""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explo_async import ConfigurationError, ExportError
from explo_async.files.formats import FORMATS
from explo_async.reconcile import read_desired
from tests.cli.account import account, customers, tenant

if TYPE_CHECKING:
    from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WANTED: dict[str, dict[str, Any]] = {
    "a": {"name": "A", "emails": ["x@a", "y@a"], "properties": {"seats": 1}, "is_demo_group": True},
    "b": {"name": "B"},
}
LINES = b'{"provided_id": "a", "name": "A", "emails": ["x@a", "y@a"], "properties": {"seats": 1}, "is_demo_group": true}\n\n{"provided_id": "b", "name": "B"}\n'
TABLE = [
    ("a", "A", '["x@a", "y@a"]', '{"seats": 1}', 1),
    ("b", "B", None, None, None),
]
COLUMNS = "provided_id, name, emails, properties, is_demo_group"


def write_csv(path: Path) -> None:
    path.write_text('provided_id,name,emails,properties,is_demo_group\na,A,x@a; y@a,"{""seats"": 1}",TRUE\n\nb,B,,,\n')


def write_parquet(path: Path) -> None:
    rows = [{"provided_id": "a", **WANTED["a"]}, {"provided_id": "b", "name": "B"}]
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE customers ({COLUMNS})")
        database.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", TABLE)
        database.commit()


def write_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as database:
        database.execute(
            "CREATE TABLE customers (provided_id TEXT, name TEXT, emails TEXT[], properties JSON, is_demo_group BOOL)"
        )
        database.execute("""INSERT INTO customers VALUES ('a', 'A', ['x@a', 'y@a'], '{"seats": 1}', true)""")
        database.execute("INSERT INTO customers VALUES ('b', 'B', NULL, NULL, NULL)")


WRITERS = {
    "csv": write_csv,
    "jsonl": lambda path: path.write_bytes(LINES),
    "jsonl.gz": lambda path: path.write_bytes(gzip.compress(LINES)),
    "jsonl.zst": lambda path: path.write_bytes(zstd.compress(LINES)),
    "parquet": write_parquet,
    "sqlite": write_sqlite,
    "duckdb": write_duckdb,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_part_of_the_columns(name: str, tmp_path: Path) -> None:
    """Whatever is stated is read as what it is; an empty cell states nothing."""
    path = tmp_path / f"tenants.{name}"
    WRITERS[name](path)
    desired = read_desired(str(path))
    assert {each.provided_id: each.values for each in desired.customers} == WANTED
    assert desired.fields == ("name", "is_demo_group", "emails", "properties")
    assert desired.source == str(path)


def test_every_format_is_read() -> None:
    """Each that an export can have."""
    assert set(WRITERS) == {form.name for form in FORMATS}


@pytest.mark.parametrize("name", WRITERS)
def test_an_export_is_a_desired_list(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planned by, it changes nothing: each value comes back as the server has it."""
    tenants = [
        tenant(0, name="'=1+1", emails=["a@x", "b@y"], properties={"deep": {"list": [1, 2.5, None]}}),
        tenant(1, name="", group_tags=[], properties={}, is_demo_group=True),
    ]
    path = tmp_path / f"export.{name}"
    with account(monkeypatch, *tenants):
        assert customers("export", path, "--quiet") == 0
        assert customers("plan", path, "--quiet") == 0


def test_a_map_of_arrow(tmp_path: Path) -> None:
    """Becomes an object."""
    kind = pa.map_(pa.string(), pa.string())
    table = pa.table({"provided_id": ["a"], "mapping": pa.array([[("40", "213")]], kind)})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_desired(tmp_path / "t.parquet").customers[0].values == {"mapping": {"40": "213"}}


def test_an_empty_parquet_file(tmp_path: Path) -> None:
    """Without a group of rows it is an empty list, which is taken for a mistake."""
    with pq.ParquetWriter(tmp_path / "t.parquet", pa.schema([("provided_id", pa.string())])):
        pass
    with pytest.raises(ConfigurationError, match="has no customers"):
        read_desired(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"provided_id,name,name\na,b,c\n", "a column is there twice; correct the file"),
        ("t.csv", b"provided_id,name\na\n", "line 2 has 1 cells, and the header 2"),
        ("t.csv", b'provided_id,name\na,"b\n', "is not CSV in UTF-8"),
        ("t.csv", b"provided_id,name\na,\xff\n", "is not CSV in UTF-8"),
        ("t.csv", b"provided_id,properties\na,b\n", "row 1: properties is no JSON"),
        ("t.csv", b"provided_id,emails\na,[b\n", "row 1: emails is no JSON"),
        ("t.jsonl", b'{"provided_id": "a"}\n[]\n', "line 2 is no object"),
        ("t.jsonl", b'{"provided_id": "a"}\n{"prov', "line 2 is no JSON"),
        ("t.jsonl.gz", gzip.compress(LINES)[:-9], "is no JSON"),
        ("t.jsonl.gz", LINES, "it is no gzip file, or damaged"),
        ("t.jsonl.gz", gzip.compress(LINES, mtime=0)[:12] + b"\xff" * 40, "it is no gzip file, or damaged"),
        ("t.jsonl.gz", b"", "it is cut off"),
        ("t.jsonl.zst", LINES, "it is no zstd file, or damaged"),
        ("t.parquet", b"PAR1", "it is no Parquet file, or not whole"),
        ("t.sqlite", b"no database at all, whatever its name", "it is no SQLite database with a table customers"),
        ("t.duckdb", b"no database at all, whatever its name" * 400, "it is no DuckDB database with a table customers"),
    ],
)
def test_a_file_that_is_not_what_it_is_called(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    """It is an error with the place, and no part of it is taken for the whole."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExportError) as caught:
        read_desired(tmp_path / name)
    assert message in str(caught.value)
    assert caught.value.file == str(tmp_path / name)


@pytest.mark.parametrize("name", ["t.sqlite", "t.duckdb"])
def test_a_database_without_the_table(name: str, tmp_path: Path) -> None:
    """Is none of ours."""
    WRITERS[name[2:]](tmp_path / name)
    connect: Any = sqlite3.connect if name == "t.sqlite" else duckdb.connect
    with closing(connect(str(tmp_path / name))) as database:
        database.execute("DROP TABLE customers")
        database.commit()
    with pytest.raises(ExportError, match="with a table customers"):
        read_desired(tmp_path / name)


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    """The operating system's error says so, and nothing is made in its place."""
    with pytest.raises(FileNotFoundError):
        read_desired(tmp_path / f"t.{name}")
    assert not list(tmp_path.iterdir())


def test_a_long_cell(tmp_path: Path) -> None:
    """Is read whole: an export has them, and the csv module would stop at 131,072 characters."""
    name = "n" * 200_000
    (tmp_path / "t.csv").write_text(f"provided_id,name\na,{name}\n")
    assert read_desired(tmp_path / "t.csv").customers[0].values == {"name": name}


def test_a_line_feed_is_no_row(tmp_path: Path) -> None:
    """Columns may bear the names of the answers."""
    row = {"provided_id": "a", "hierarchy_level": "Top", "parent_schema_datasource_mapping": {"1": "2"}, "token": "x"}
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n \n")
    values = read_desired(tmp_path / "t.jsonl").customers[0].values
    assert values == {"hierarchy_level_name": "Top", "mapping": {"1": "2"}}
