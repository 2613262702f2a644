"""`fetch_table`: the list as columns, whose names and types stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from explo_async import DecodeError, ExploClient
from explo_async.arrow import fetch_table, schema
from explo_async.decode import page
from explo_async.emulator import EARLIER, Emulator

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = """\
provided_id: string not null
name: string
is_demo_group: bool not null
emails: list<item: string>
  child 0, item: string
group_tags: list<item: string>
  child 0, item: string
properties: string
computed_properties: string
access_group: string
parent_schema_datasource_mapping: map<string, string>
  child 0, entries: struct<key: string not null, value: string> not null
      child 0, key: string not null
      child 1, value: string
computed_parent_schema_datasource_mapping: map<string, string>
  child 0, entries: struct<key: string not null, value: string> not null
      child 0, key: string not null
      child 1, value: string
hierarchy_level: string
extra: string not null"""


async def fetch(customers: Any, *, dialect: Any = None, **options: Any) -> pa.Table:
    """Fetch the list of an emulator."""
    async with (
        Emulator(customers, dialect=dialect) as emulator,
        ExploClient(emulator.token, base_url=emulator.url) as explo,
    ):
        return await fetch_table(explo, **options)


def test_the_columns_are_these() -> None:
    """Whoever stored a table can read the next one by the same names and types; tokens are one column more."""
    assert str(schema(with_tokens=False)) == COLUMNS
    assert schema(with_tokens=True).names == ["provided_id", "name", "token", *schema(with_tokens=False).names[2:]]


@pytest.mark.parametrize("consistency", ["off", "checked", "verified", "exact"])
async def test_all_customers_are_rows(consistency: Any, explo: ExploClient, emulator: Emulator) -> None:
    """In listing order, one chunk a page, with the values that customers have, and without their tokens."""
    table = await fetch_table(explo, page_size=500, consistency=consistency)
    customers = await explo.customers.list()
    assert table.schema.equals(schema(with_tokens=False))
    assert table["provided_id"].to_pylist() == list(emulator.provided_ids)
    assert table["provided_id"].num_chunks == 5
    assert table["name"].to_pylist() == [customer.name for customer in customers]
    assert table["emails"].to_pylist() == [list(customer.emails) for customer in customers]
    mappings = table["computed_parent_schema_datasource_mapping"].to_pylist()
    assert list(map(dict, mappings)) == [one.computed_parent_schema_datasource_mapping for one in customers]
    assert "fake-token" not in str(table.to_pydict())


async def test_no_customer_is_made(explo: ExploClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Usual pages become columns without a `Customer` for each row."""
    monkeypatch.delattr(page, "structure_usual_rows")
    monkeypatch.delattr(page, "structure_row")
    assert (await fetch_table(explo)).num_rows == 2345


@pytest.mark.parametrize("consistency", ["verified", "exact"])
async def test_tokens_and_filters_on_demand(consistency: str) -> None:
    """Tokens are a column where they are asked for; filters choose the rows."""
    table = await fetch(300, with_tokens=True, hierarchy_level_name="Region", consistency=consistency)
    assert table.num_rows == 27
    assert all(token.startswith("fake-token-of-") for token in table["token"].to_pylist())


@pytest.mark.parametrize("dialect", [None, EARLIER])
async def test_null_and_empty_survive(dialect: Any, tmp_path: Path) -> None:
    """A null mapping or list stays null, an empty one empty, through a Parquet file too, in either spelling."""
    names = ("emails", "group_tags", "properties", "parent_schema_datasource_mapping")
    rows: list[dict[str, Any]] = [
        {"provided_id": "null"} | dict.fromkeys(names),
        {"provided_id": "empty", "emails": [], "group_tags": [], "properties": {}, names[3]: {}},
        {"provided_id": "full", "emails": ["a"], "group_tags": ["b"], "properties": {"c": [None]}, names[3]: {"7": 8}},
    ]
    table = await fetch(rows, dialect=dialect)
    path = tmp_path / "customers.parquet"
    parquet.write_table(table, path)
    for found in (table, parquet.read_table(path)):
        assert found.select(names).to_pylist() == [
            dict.fromkeys(names),
            {"emails": [], "group_tags": [], "properties": "{}", names[3]: []},
            {"emails": ["a"], "group_tags": ["b"], "properties": '{"c":[null]}', names[3]: [("7", "8")]},
        ]
        assert found["extra"].to_pylist() == ["{}"] * 3


async def test_further_keys_are_not_lost() -> None:
    """What is not documented stands in `extra`, as JSON."""
    assert (await fetch([{"provided_id": "a", "zone": [1]}]))["extra"].to_pylist() == ['{"zone":[1]}']


async def test_an_empty_list_is_a_table_without_rows() -> None:
    """It has the columns all the same."""
    table = await fetch(0)
    assert (table.num_rows, table.schema) == (0, schema(with_tokens=False))


async def test_a_record_that_cannot_be_read_is_an_error() -> None:
    """As for a list."""
    with pytest.raises(DecodeError, match="row 0 .*emails"):
        await fetch([{"provided_id": "a", "emails": "b"}])
