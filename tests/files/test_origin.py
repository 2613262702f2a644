from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from explo_async.errors import ExportError
from explo_async.files.formats import FORMATS, find_format
from explo_async.files.origin import Certificate, Origin, find_origin, write_report
from explo_async.record import Record

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.files.formats import Format

ORIGIN = Origin(
    parent_provided_id='it\'s "東京"', hierarchy_level_name=None, consistency="checked", with_tokens=False, customers=1
)
TABLES = [form for form in FORMATS if form.name in {"parquet", "sqlite", "duckdb"}]
each_table = pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)


def write(form: Format, path: Path, origin: Origin | None) -> Path:
    list(form.load().write([[Record("a")]], path, with_tokens=False, origin=origin))
    return path


@each_table
def test_a_table_keeps_how_it_was_made(form: Format, tmp_path: Path) -> None:
    """It is read back the same, and the customers beside it are as they were."""
    path = write(form, tmp_path / f"a{form.ending}", ORIGIN)
    assert find_origin(path, form) == ORIGIN
    assert [record.provided_id for chunk in form.load().read(path) for record in chunk] == ["a"]


@each_table
def test_a_table_that_does_not_say_may_have_a_report(form: Format, tmp_path: Path) -> None:
    """An older export says nothing; then a report beside it counts."""
    path = write(form, tmp_path / f"a{form.ending}", None)
    assert find_origin(path, form) is None
    certificate = Certificate(**{name: getattr(ORIGIN, name) for name in ORIGIN.__struct_fields__}, report={"a": 1})
    write_report(path.with_name(f"{path.name}.report.json"), certificate)
    assert find_origin(path, form) == ORIGIN


@each_table
def test_what_is_no_such_file_is_told_or_passed_over(form: Format, tmp_path: Path) -> None:
    """Reading the customers tells what is wrong with a file."""
    path = tmp_path / f"a{form.ending}"
    path.write_bytes(b"SQLite format 3\0, not")
    if form.name == "parquet":
        with pytest.raises(ExportError, match="it is no Parquet file"):
            find_origin(path, form)
    else:
        assert find_origin(path, form) is None


def test_other_tables_of_that_name_are_passed_over(tmp_path: Path) -> None:
    """What somebody else keeps under the name is no origin."""
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE explo_async (parent_provided_id, hierarchy_level_name, consistency, with_tokens, customers)"
        )
    assert find_origin(path, find_format(path)) is None
    path = tmp_path / "a.duckdb"
    with closing(duckdb.connect(path)) as base:
        base.execute("CREATE TABLE explo_async AS SELECT NULL AS parent_provided_id")
    assert find_origin(path, find_format(path)) is None
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": [1]}).replace_schema_metadata({"explo_async": "[]"}), path)
    assert find_origin(path, find_format(path)) is None


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the report, not the file that is there."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    certificate = Certificate(**{name: getattr(ORIGIN, name) for name in ORIGIN.__struct_fields__})
    with pytest.raises(ExportError, match=r"cannot write '.*report.json': No space left on device; name another file"):
        write_report(tmp_path / "report.json", certificate)
