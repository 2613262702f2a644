"""Parquet files: types that other programs know, row groups of one size, and columns that are checked."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from explo_async.errors import ExportError
from explo_async.files import parquet_file
from explo_async.files.arrow_columns import from_batch, row_sizes, schema, to_batch
from explo_async.files.parquet_file import RowGroupWriter
from explo_async.record import Record
from tests.helpers.record_strategy import numbered, read_all, written

if TYPE_CHECKING:
    from pathlib import Path

IDS = pa.map_(pa.string(), pa.string())


def test_schema(tmp_path: Path) -> None:
    """Texts, lists and mappings of ids have types of their own; what may be any JSON value is text."""
    path = tmp_path / "customers.parquet"
    written(parquet_file, [Record("a")], path)
    assert parquet.read_schema(path).equals(
        pa.schema(
            [
                pa.field("provided_id", pa.string(), nullable=False),
                ("name", pa.string()),
                ("token", pa.string()),
                pa.field("is_demo_group", pa.bool_(), nullable=False),
                ("emails", pa.list_(pa.string())),
                ("group_tags", pa.list_(pa.string())),
                ("properties", pa.string()),
                ("computed_properties", pa.string()),
                ("access_group", pa.string()),
                ("parent_schema_datasource_mapping", IDS),
                ("computed_parent_schema_datasource_mapping", IDS),
                ("hierarchy_level", pa.string()),
                pa.field("extra", pa.string(), nullable=False),
            ]
        )
    )


def test_row_groups(tmp_path: Path) -> None:
    """Row groups have one size, whatever the size of the chunks."""
    path = tmp_path / "customers.parquet"
    records = numbered(40_000)
    steps = list(parquet_file.write([records[:39_999], records[39_999:]], path, with_tokens=True))
    groups = parquet.read_metadata(path)
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [16_384, 16_384, 7_232]
    assert steps == [32_768, 40_000]


def test_batches_of_tuples() -> None:
    """A customer's own lists, which are tuples, make the same columns."""
    tuples: Any = ("x", "y")
    batch = to_batch([Record("a", "n", "t", emails=tuples, group_tags=())], with_tokens=False)  # type: ignore[arg-type]
    assert batch.schema == schema(with_tokens=False)
    assert from_batch(batch) == [Record("a", "n", emails=["x", "y"], group_tags=[])]


def write_table(path: Path, **columns: Any) -> None:
    ids = [f"{number}" for number in range(len(next(iter(columns.values()))))]
    parquet.write_table(pa.table({"provided_id": ids} | columns), path)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"provided_id": [1]}, "column provided_id is of type int64, not string"),
        ({"name": [1.5]}, "column name is of type double, not string"),
        ({"emails": ["x"]}, "column emails is of type string, not list<item: string>"),
        ({"notes": ["x"]}, "a customer has no column 'notes'"),
        ({"provided_id": pa.array(["a", None])}, "row 2: provided_id is missing"),
        ({"provided_id": ["a", ""]}, "row 2: provided_id is empty"),
        ({"emails": [["x"], None, ["y", None]]}, "row 3: emails holds a null"),
        ({"properties": ["{}"] * 2000 + ["a secret"]}, "row 2001: properties is no JSON object"),
        (
            {"parent_schema_datasource_mapping": pa.array([[("4", "12")], [("5", None)]], IDS)},
            "row 2: parent_schema_datasource_mapping holds a null",
        ),
    ],
)
def test_errors(columns: dict[str, Any], what: str, tmp_path: Path) -> None:
    """What is wrong is told with its row and column, and without values."""
    path = tmp_path / "customers.parquet"
    write_table(path, **columns)
    with pytest.raises(ExportError) as caught:
        read_all(parquet_file, path)
    assert str(caught.value) == f"'{path}': {what}; correct it, or export the list anew"


def test_a_table_of_something_else(tmp_path: Path) -> None:
    """A Parquet file of something else has no ids."""
    parquet.write_table(pa.table({"city": ["a"]}), tmp_path / "customers.parquet")
    with pytest.raises(ExportError, match="': there is no column provided_id; "):
        read_all(parquet_file, tmp_path / "customers.parquet")


def test_columns_that_are_missing(tmp_path: Path) -> None:
    """What a table does not have, or has as null, is what no customer had."""
    write_table(tmp_path / "customers.parquet", is_demo_group=pa.array([None, True]))
    assert read_all(parquet_file, tmp_path / "customers.parquet") == [Record("0"), Record("1", is_demo_group=True)]


LARGE = [
    Record(
        f"customer-{number}",
        "é" * (number % 9),
        emails=None if number % 3 else ["é" * (number % 7)] * 3,
        properties=None if number % 5 == 1 else {"a": "x" * (number * 7919 % 40_000)},
        parent_schema_datasource_mapping=None if number % 4 else {"1": "é" * (number % 9), "22": ""},
    )
    for number in range(2000)
]
"""Customers of twenty kilobytes or so, with nulls."""


def test_the_size_of_a_row_is_that_of_its_texts() -> None:
    """Whatever part of a batch it is in."""
    batch = to_batch(LARGE, with_tokens=False)
    sizes = row_sizes(batch)
    assert sum(sizes) <= batch.nbytes
    assert row_sizes(batch.slice(7, 50)) == sizes[7:57]
    row = {name: batch.column(name)[12].as_py() for name in batch.schema.names}
    texts = [row["provided_id"], row["name"], *row["emails"], row["properties"], "{}"]
    texts += [text for pair in row["parent_schema_datasource_mapping"] for text in pair]
    assert sizes[12] == sum(len(text.encode()) for text in texts)


def test_row_groups_of_large_customers_are_smaller() -> None:
    """By the rows alone, so that the same customers give the same bytes in whatever batches they come."""
    batch = to_batch(LARGE, with_tokens=False)
    files = set()
    for size in (1, 7, 100, 2000):
        file = BytesIO()
        writer = RowGroupWriter(file, with_tokens=False)
        for start in range(0, len(LARGE), size):
            writer.add(batch.slice(start, size))
        writer.close()
        files.add(file.getvalue())
    assert len(files) == 1
    with parquet.ParquetFile(BytesIO(files.pop())) as written_file:
        groups = [written_file.metadata.row_group(place).num_rows for place in range(written_file.num_row_groups)]
    assert sum(groups) == len(LARGE)
    assert len(groups) == sum(row_sizes(batch)) // (16 * 2**20) + 1
