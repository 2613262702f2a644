"""JSON Lines: the same line for a customer and for its record, and what is told of a line that is neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from explo_async.errors import ExportError
from explo_async.files import jsonl_file
from explo_async.files.lines import encode_lines
from explo_async.models import FIELDS, Customer
from explo_async.record import Record, customer_of, record_of
from tests.helpers.record_strategy import lists_of_records, read_all

if TYPE_CHECKING:
    from pathlib import Path


def test_line() -> None:
    """The fields come in their documented order, and then what the record had beyond them."""
    customer = Customer(provided_id="a", name="Ann", token="t", emails=("x",), extra={"created": 1, "name": "not this"})
    (line,) = encode_lines([customer], with_tokens=True).splitlines()
    assert list(json.loads(line)) == [*FIELDS, "created"]
    assert json.loads(line)["name"] == "Ann"
    assert "token" not in json.loads(encode_lines([customer], with_tokens=False))


@given(lists_of_records)
def test_customers_and_records(records: list[Record]) -> None:
    """Customers have the lines of their records."""
    customers = [customer_of(record) for record in records]
    of_records = encode_lines([record_of(customer) for customer in customers], with_tokens=True)
    assert encode_lines(customers, with_tokens=True) == of_records


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"", "line 1002 is not JSON"),
        (b'{"provided_id":"a"', "line 1002 is not JSON"),
        (b'{"provided_id":"a secret","name":NaN}', "line 1002 is not JSON"),
        (b'{"provided_id":"\xff"}', "line 1002 is not JSON"),
        (b'{"provided_id":"a","new":1e999}', "line 1002 is not JSON"),
        (b'{"provided_id":"a","new":' + b"[" * 100_000, "line 1002 is nested too deeply, beyond 128 levels"),
        (b"[1]", "line 1002 is a list, not an object"),
        (b"{}", "line 1002: provided_id is missing"),
        (b'{"provided_id":""}', "line 1002: provided_id is empty"),
        (b'{"provided_id":"a","emails":"a secret"}', "line 1002: emails is a string, not a list of strings"),
        (b'{"provided_id":"a","groupTags":[1]}', "line 1002: groupTags[0] is a number, not a string"),
    ],
)
def test_errors(line: bytes, what: str, tmp_path: Path) -> None:
    """What is wrong is told with its line and field, and without values."""
    path = tmp_path / "customers.jsonl"
    path.write_bytes(b'{"provided_id":"a"}\n' * 1001 + line + b'\n{"provided_id":"a"}\n')
    with pytest.raises(ExportError) as caught:
        read_all(jsonl_file, path)
    assert str(caught.value) == f"'{path}': {what}; correct it, or export the list anew"


def test_last_line_without_an_end(tmp_path: Path) -> None:
    """The last line needs no line break."""
    (tmp_path / "customers.jsonl").write_bytes(b'{"provided_id":"a"}\n{"provided_id":"b"}')
    assert read_all(jsonl_file, tmp_path / "customers.jsonl") == [Record("a"), Record("b")]
