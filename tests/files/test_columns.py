"""Columns: which there are, of what kind, and how a cell is written and read where a format has nothing better."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from explo_async.decode.values import RecordError
from explo_async.files.columns import (
    FREE_COLUMNS,
    ID_MAPPINGS,
    JSON_COLUMNS,
    JSON_READERS,
    NEVER_NULL,
    TEXT_COLUMNS,
    TEXT_READERS,
    CellError,
    column_names,
    columns_of,
    encode_cells,
    read_extra_cell,
    read_id_cell,
    read_text_cell,
    records_of,
)
from explo_async.record import COLUMNS, LISTS, Record
from tests.helpers.record_strategy import HARD, fingerprint, lists_of_records

READERS = {**TEXT_READERS, **JSON_READERS, "is_demo_group": bool}


def to_cells(records: list[Record]) -> dict[str, list[Any]]:
    """Make the cells of a format that knows text alone."""
    columns = {name: list(values) for name, values in columns_of(records, with_tokens=True).items()}
    return columns | {name: encode_cells(columns[name]) for name in JSON_COLUMNS}


def test_every_column_is_of_one_kind() -> None:
    """Text, JSON or the one boolean; among JSON a list, a mapping of ids, or free."""
    assert sorted([*TEXT_COLUMNS, *JSON_COLUMNS, "is_demo_group"]) == sorted(COLUMNS)
    assert sorted([*LISTS, *ID_MAPPINGS, *FREE_COLUMNS]) == sorted(JSON_COLUMNS)
    assert ID_MAPPINGS == ("parent_schema_datasource_mapping", "computed_parent_schema_datasource_mapping")
    assert FREE_COLUMNS == ("properties", "computed_properties", "extra")
    assert {*TEXT_READERS, *JSON_READERS} == {*COLUMNS} - {"is_demo_group"}


def test_what_a_record_always_has_is_never_null() -> None:
    """Those columns, and no others, hold something in the least record that there can be."""
    least = columns_of([Record("a")], with_tokens=True)
    assert tuple(name for name, (value,) in least.items() if value is not None) == NEVER_NULL


def test_names() -> None:
    """The columns are those of a record in their order, the token only where it was asked for."""
    assert column_names(with_tokens=True) == COLUMNS
    assert column_names(with_tokens=False) == tuple(name for name in COLUMNS if name != "token")
    assert tuple(columns_of([], with_tokens=False)) == column_names(with_tokens=False)


@given(lists_of_records)
def test_round_trip(records: list[Record]) -> None:
    """Columns and cells keep every customer as it was."""
    assert fingerprint(records_of(to_cells(records), READERS)) == fingerprint(records)


@pytest.mark.parametrize("case", HARD)
def test_hard_cases(case: str) -> None:
    """What is hard for a format is none for the cells."""
    assert fingerprint(records_of(to_cells([HARD[case]]), READERS)) == fingerprint([HARD[case]])


def test_a_column_that_is_not_there_is_one_of_nulls() -> None:
    """A table of ids alone is one of customers of whom nothing else is known."""
    assert records_of({"provided_id": ["a", "b"]}, READERS) == [Record("a"), Record("b")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ([], "[]"),
        ({}, "{}"),
        ({"b": 1, "a": [None]}, '{"b":1,"a":[null]}'),
        (("é",), '["é"]'),
        (msgspec.Raw(b'{"a": 1.0}'), '{"a": 1.0}'),
        (msgspec.Raw(b"null"), None),
    ],
)
def test_a_cell_is_json(value: object, text: str | None) -> None:
    """Lists and mappings are JSON text in their own order, JSON text stays as it is; what is null has no cell."""
    assert encode_cells([value]) == [text]


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("provided_id", None, "is missing"),
        ("provided_id", "", "is empty"),
        ("provided_id", 7, "is not text"),
        ("name", 7, "is not text"),
        ("access_group", b"a", "is not text"),
        ("emails", "{}", "is no JSON list of strings"),
        ("group_tags", "[1]", "is no JSON list of strings"),
        ("properties", "[]", "is no JSON object"),
        ("computed_properties", "a secret", "is no JSON object"),
        ("parent_schema_datasource_mapping", '{"4":12}', "is no JSON object of strings"),
        ("computed_parent_schema_datasource_mapping", 7, "is no JSON object of strings"),
        ("extra", "[" * 100_000, "is nested too deeply, beyond 128 levels"),
    ],
)
def test_a_cell_that_cannot_be_read_tells_its_place(name: str, cell: object, reason: str) -> None:
    """The row is counted from 0, the column named, and the value not shown."""
    columns = to_cells([Record("a"), Record("b"), Record("c")])
    columns[name][1] = cell
    with pytest.raises(CellError) as caught:
        records_of(columns, READERS)
    assert (caught.value.path, caught.value.reason, caught.value.row) == (name, reason, 1)


def test_readers_of_single_cells() -> None:
    """An id is text that is there, a text may be null, and the further keys are a mapping even where there are none."""
    assert read_id_cell("a") == "a"
    assert [read_text_cell(cell) for cell in (None, "", "a")] == [None, "", "a"]
    assert [read_extra_cell(cell) for cell in (None, "{}", '{"k":[1]}')] == [{}, {}, {"k": [1]}]
    with pytest.raises(RecordError):
        read_id_cell(None)
