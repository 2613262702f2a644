"""What dlt makes of each value, what it keeps of the tokens, and what it says."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64decode
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.emulator import Token
from explo_async.emulator.faults import Status
from explo_async.emulator.thread import EmulatorThread
from explo_async.files.columns import JSON_COLUMNS
from explo_async.record import COLUMNS
from tests.integrations.warehouse import customers_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrations.warehouse import Warehouse

pytestmark = pytest.mark.engines

EMPTY: dict[str, Any] = {
    name: [] if name in {"emails", "group_tags"} else {} for name in JSON_COLUMNS if name != "extra"
}
HARD: list[dict[str, Any]] = [
    {"provided_id": "all null", **dict.fromkeys(EMPTY)},
    {"provided_id": "all empty", "name": "", "access_group": "", "hierarchy_level": "", **EMPTY},
    {
        "provided_id": "東京 \U0001f600",
        "name": "é e\u0301 \U0010ffff",
        "emails": ["ü@東京"],
        "properties": {"\U0001f600": "\u2028"},
    },
    {
        "provided_id": "it's",
        "name": "a\\b\"c'd\te\r\nf,g;h",
        "emails": ["'", '"', "\\", "\n"],
        "properties": {"'": '\\"\n\t'},
    },
    {
        "provided_id": "numbers",
        "properties": {"a": 2**80, "b": -(2**63) - 1, "c": 0.1, "d": 1e300, "e": 1.5e-7, "f": True},
    },
    {"provided_id": "nested", "properties": {"b": [1, [{}, [], None, {"z": 1, "a": [None]}]], "a": {"": ""}}},
    {"provided_id": "maps", "parent_schema_datasource_mapping": {"2": "x", "10": "", "é": "'"}, "unknown": {"k": [1]}},
    {"provided_id": "null", "name": "NULL", "access_group": "None", "hierarchy_level": "{}", "emails": ["[]", "null"]},
]


def decode(text: str | None) -> Any:
    """Read the JSON of a cell, its numbers to the last digit: jsonb writes 1e300 out."""
    return None if text is None else json.loads(text, parse_int=Decimal, parse_float=Decimal)


def as_csv_has_it(value: Any) -> Any:
    """Give null for an empty text, as dlt's CSV files for PostgreSQL do."""
    return None if value == "" else value


@pytest.mark.parametrize("file_format", [None, "insert_values"])
@pytest.mark.parametrize("history", [False, True])
def test_values_are_exact(warehouse: Warehouse, history: bool, file_format: str | None) -> None:
    """Text letter by letter, JSON value by value, however large; null and empty stay apart, but for dlt's CSV files."""
    json_of = "{}" if warehouse.kind == "duckdb" else "{}::text"
    names = [name for name in COLUMNS if name != "token"]
    columns = ", ".join(json_of.format(name) if name in JSON_COLUMNS else name for name in names)
    with EmulatorThread(HARD) as emulator:
        warehouse.run(customers_of(emulator, history=history), loader_file_format=file_format)
    as_it_is = warehouse.kind == "duckdb" or file_format
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in warehouse.ask(f"select {columns} from customers")}
    assert len(rows) == len(HARD)
    for record in HARD:
        row = rows[record["provided_id"]]
        found = {name: decode(row[name]) if name in JSON_COLUMNS else row[name] for name in names}
        extra = {key: value for key, value in record.items() if key not in COLUMNS}
        documented = {key: value for key, value in record.items() if key in COLUMNS}
        wanted = {**dict.fromkeys(names), "is_demo_group": False, **documented, "extra": extra}
        wanted |= {name: decode(json.dumps(wanted[name])) for name in JSON_COLUMNS}
        assert found == (wanted if as_it_is else {name: as_csv_has_it(value) for name, value in wanted.items()})
        if warehouse.kind == "duckdb" and record["provided_id"] == "nested":
            # The very text: no key has been moved.
            assert row["properties"] == json.dumps(record["properties"], separators=(",", ":"))


@pytest.mark.parametrize("text", ["name", "properties"])
def test_postgres_takes_no_nul(text: str, postgres_warehouse: Warehouse) -> None:
    """A NUL, which neither its text nor its jsonb can hold, fails the load; a history stays as it was."""
    with EmulatorThread([{"provided_id": "a"}]) as emulator:
        postgres_warehouse.load(emulator, history=True)
        emulator.change("a", **{text: "\0" if text == "name" else {"\0": "\0"}})
        with pytest.raises(Exception, match=r"0x00|NUL|\\u0000"):
            postgres_warehouse.load(emulator, history=True)
    assert postgres_warehouse.ask("select name, properties from customers") == [(None, None)]
    assert postgres_warehouse.open_rows() == [("a", None)]


def test_columns_are_json(warehouse: Warehouse) -> None:
    """The databases know what is JSON, in the tables that dlt has made."""
    with EmulatorThread(3) as emulator:
        warehouse.load(emulator)
    query = (
        "select table_name, column_name from information_schema.columns "
        "where table_name in ('customers', 'customers_runs') and data_type in ('JSON', 'jsonb')"
    )
    found = set(warehouse.ask(query))
    assert found == {*(("customers", name) for name in JSON_COLUMNS), ("customers_runs", "report")}


def test_customers_tokens_are_asked_for(duckdb_warehouse: Warehouse) -> None:
    """They are credentials: a column of them is there only on request."""
    with EmulatorThread(3) as emulator:
        duckdb_warehouse.load(emulator)
        assert "token" not in duckdb_warehouse.pipeline().default_schema.tables["customers"]["columns"]
        duckdb_warehouse.load(emulator, with_tokens=True)
        tokens = [emulator.customer(each)["token"] for each in emulator.provided_ids]
    assert all(tokens)
    assert sorted(duckdb_warehouse.ask("select token from customers")) == sorted(tokens)


def unpacked(content: bytes) -> bytes:
    """Undo the compression of a file that dlt has written, if it has one."""
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


@pytest.mark.parametrize("faults", [[], [Status(500)]], ids=["loaded", "failed"])
def test_the_teams_token_is_nowhere(faults: list[Any], duckdb_warehouse: Warehouse, tmp_path: Path) -> None:
    """Neither in dlt's folders, with its traces, schemas and load packages, nor in its state or the database."""
    secret = "SecretOfTheTeam"
    with EmulatorThread(3, tokens=[Token(secret)], faults=faults) as emulator:
        for history in (False, True):
            resource = customers_of(emulator, history=history, timeout=5)
            pipeline = duckdb_warehouse.pipeline()
            if faults:
                with pytest.raises(Exception, match="500"):
                    pipeline.run(resource)
            else:
                pipeline.run(resource)
            assert secret not in str(pipeline.last_trace.asdict())
            assert secret not in str(pipeline.state)
            assert secret not in repr(resource) + str(resource)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "trace.pickle" for path in files)
    assert any(b"customers" in unpacked(path.read_bytes()) for path in files)
    assert [path for path in files if secret.encode() in unpacked(path.read_bytes())] == []
    if not faults:
        states = duckdb_warehouse.ask("select state from _dlt_pipeline_state")
        texts = [zlib.decompress(b64decode(state)) for state in states]
        assert any(b"explo_filters" in text for text in texts)
        assert not any(secret.encode() in text for text in texts)


def test_dlt_says_nothing_of_each_page(duckdb_warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    """That a column of JSON comes as text is as it should be; what dlt says of other resources is heard."""
    import dlt  # noqa: PLC0415 -- not where it is not installed
    import pyarrow as pa  # noqa: PLC0415

    def others() -> Any:
        yield pa.table({"j": ["{}"]})

    with EmulatorThread(50) as emulator:
        duckdb_warehouse.load(emulator, page_size=10)
        assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    duckdb_warehouse.run(dlt.resource(others, name="others", columns={"j": {"data_type": "json"}}))
    assert [record.getMessage()[:20] for record in caplog.records if record.levelname == "WARNING"] == [
        "In resource: others,"
    ]


def test_a_resource_may_be_renamed(duckdb_warehouse: Warehouse) -> None:
    """Two lists in one run, each with tables and filters of its own."""
    with EmulatorThread([{"provided_id": each} for each in "abc"], parents={"b": "a"}) as emulator:
        everybody = customers_of(emulator, history=True)
        children = customers_of(emulator, history=True, parent_provided_id="a", name="children")
        for _ in range(2):
            duckdb_warehouse.run([everybody, children])
        duckdb_warehouse.run(children.with_name("again"))
    assert duckdb_warehouse.ask("select provided_id from customers order by 1") == ["a", "b", "c"]
    assert duckdb_warehouse.ask("select provided_id from children") == ["b"]
    assert duckdb_warehouse.ask("select provided_id from again") == ["b"]
    assert duckdb_warehouse.ask("select customers from children_runs") == [1, 1, 1]
