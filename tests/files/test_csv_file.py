"""CSV files: safe in a spreadsheet, and read back whatever program wrote them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import ExportError
from explo_async.files import csv_file
from explo_async.record import Record
from tests.helpers.record_strategy import read_all, written

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "provided_id,name,token,is_demo_group,emails,group_tags,properties,computed_properties,access_group,"
    "parent_schema_datasource_mapping,computed_parent_schema_datasource_mapping,hierarchy_level,extra"
)


def read_text(folder: Path, text: str | bytes) -> list[Record]:
    path = folder / "customers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_all(csv_file, path)


def test_bytes(tmp_path: Path) -> None:
    """A header, then a line for each customer: nulls are empty, lists and mappings JSON, lines end with CR and LF."""
    records = [
        Record("a", "Ann", "t", True, ["x", "y"], [], {"k": 1}, {}, "g", {"4": "12"}, {}, "Top", {"new": [None]}),
        Record("b"),
    ]
    written(csv_file, records, tmp_path / "customers.csv")
    assert (tmp_path / "customers.csv").read_bytes().decode() == (
        f"{HEADER}\r\n"
        'a,Ann,t,true,"[""x"",""y""]","[]","{""k"":1}","{}",g,"{""4"":""12""}","{}",Top,"{""new"":[null]}"\r\n'
        'b,,,false,,,,,,,,,"{}"\r\n'
    )


@pytest.mark.parametrize(
    "text", ["", "=1", "+1", "-1", "@a", "\ta", "\ra", "\na", "'a", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"]
)
def test_no_formulas(text: str, tmp_path: Path) -> None:
    """A text that a spreadsheet might run, or take for no text, begins with an apostrophe in every column."""
    record = Record(text or "a", text, text, access_group=text, hierarchy_level=text)
    written(csv_file, [record], tmp_path / "customers.csv")
    with (tmp_path / "customers.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    for name in ("name", "token", "access_group", "hierarchy_level", *(["provided_id"] if text else [])):
        assert row[name] == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "1-1", "a@example.com", " ", "0"])
def test_other_texts_stay(text: str, tmp_path: Path) -> None:
    """Any other text is in its cell as it is."""
    written(csv_file, [Record(text)], tmp_path / "customers.csv")
    assert (tmp_path / "customers.csv").read_text(encoding="utf-8").splitlines()[1].startswith(f"{text},")


def test_columns_in_any_order(tmp_path: Path) -> None:
    """Columns go by name, may be missing, and a byte order mark, blank lines and plain line ends do no harm."""
    text = "\ufeffname,provided_id,is_demo_group\nAnn,a,TRUE\n\n\n'=Bob,b,\n"
    assert read_text(tmp_path, text) == [Record("a", "Ann", is_demo_group=True), Record("b", "=Bob")]


def test_blank_lines_are_no_end(tmp_path: Path) -> None:
    """Customers after more blank lines than are read at a time still come."""
    assert read_text(tmp_path, "provided_id,name\na,\n" + "\n" * 5000 + "b,\n") == [Record("a"), Record("b")]


def test_limit_is_put_back(tmp_path: Path) -> None:
    """The csv module's limit is lifted for the reader alone, also when it fails."""
    usual = 131_072
    csv.field_size_limit(usual)
    assert read_text(tmp_path, f"provided_id\n{'x' * 2 * usual}\n") == [Record("x" * 2 * usual)]
    assert csv.field_size_limit() == usual
    with pytest.raises(ExportError):
        read_text(tmp_path, 'provided_id\n"')
    assert csv.field_size_limit() == usual


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "there is no column provided_id"),
        ("a secret,name\n", "there is no column provided_id"),
        ("provided_id,notes\na,b\n", "a customer has no column 'notes'"),
        ("provided_id,name,name\na,b,c\n", "a column is there twice"),
        ("provided_id,name\na,b\na secret\n", "line 3 has 1 cells, and the header 2"),
        ('provided_id,name\n"a\nb",c\na secret,b,c\n', "line 4 has 3 cells, and the header 2"),
        ("provided_id,name\n,b\n", "line 2: provided_id is missing"),
        ("provided_id,name\na,b\n',b\n", "line 3: provided_id is empty"),
        ("provided_id,is_demo_group\na,a secret\n", "line 2: is_demo_group is neither true nor false"),
        ("provided_id,emails\na,a secret\n", "line 2: emails is no JSON list of strings"),
        ("provided_id,emails\na,[1]\n", "line 2: emails is no JSON list of strings"),
        ("provided_id,properties\na,[]\n", "line 2: properties is no JSON object"),
        ("provided_id,extra\na,1\n", "line 2: extra is no JSON object"),
        ('provided_id,extra\na,"{""b"":1e999}"\n', "line 2: extra is no JSON object"),
        (f"provided_id,extra\na,{'[' * 100_000}\n", "line 2: extra is nested too deeply, beyond 128 levels"),
        (
            'provided_id,parent_schema_datasource_mapping\na,"{""4"":12}"\n',
            "line 2: parent_schema_datasource_mapping is no JSON object of strings",
        ),
        ('provided_id,name\na,"b\n', "line 2 is not CSV"),
        ('provided_id,name\na,"a secret"c\n', "line 2 is not CSV"),
        (b"provided_id,name\na,b\na secret,\xff\n", "line 3 is not UTF-8"),
    ],
)
def test_errors(text: str | bytes, what: str, tmp_path: Path) -> None:
    """What is wrong is told with its line and column, and without values."""
    with pytest.raises(ExportError) as caught:
        read_text(tmp_path, text)
    path = tmp_path / "customers.csv"
    assert str(caught.value) == f"'{path}': {what}; correct it, or export the list anew"
