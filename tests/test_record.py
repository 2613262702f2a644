"""Records: to customers and back, and out of JSON in any spelling without losing a null."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.page import decode_page
from explo_async.files.lines import decode_record
from explo_async.models import FIELDS
from explo_async.record import COLUMNS, Record, customer_of, record_of
from tests.helpers.generators import respelled, unusual_records, usual_records
from tests.helpers.record_strategy import fingerprint, records


def test_columns() -> None:
    """The columns are the documented fields, then the keys beyond them, and a record has them in that order."""
    assert (*FIELDS, "extra") == COLUMNS
    assert Record.__struct_fields__ == COLUMNS


@given(records)
def test_customers_of_records(record: Record) -> None:
    """A customer of a record is one with nothing null in place of what is empty; made again, it stays the same."""
    customer = customer_of(record)
    assert customer_of(record_of(customer)) == customer
    assert customer.emails == tuple(record.emails or ())
    assert customer.properties == (record.properties or {})
    assert (customer.provided_id, customer.extra) == (record.provided_id, record.extra)


@given(usual_records | unusual_records())
def test_decodes_what_the_api_sends(row: dict[str, Any]) -> None:
    """A line is read as the row of an answer is."""
    line = json.dumps(row).encode()
    body = json.dumps({"total_count": 1, "results": {"customers": [row]}}).encode()
    assert (customer_of(decode_record(line)),) == decode_page(body, page=1).rows


@given(usual_records, st.data())
def test_nulls_stay(row: dict[str, Any], data: st.DataObject) -> None:
    """A list or mapping that is null or absent is None in every spelling, and one that is empty is not."""
    spelled = data.draw(respelled(row)) | {"new": 1}
    usual = decode_record(json.dumps({"provided_id": "a"} | row).encode())
    found = decode_record(json.dumps(spelled).encode())
    for name in ("emails", "group_tags", "properties", "computed_properties"):
        value = getattr(found, name)
        assert value in (getattr(usual, name), None)
        key = name if name in spelled else name.title().replace("_", "")
        key = key if key in spelled else key[0].lower() + key[1:]
        assert (value is None) == (spelled.get(key) is None)
    assert type(found.emails or []) is list


@pytest.mark.parametrize("key", ["extra", "$extra"])
@pytest.mark.parametrize("value", [{}, {"a": 1}, None, 7])
def test_no_key_is_the_mapping_of_further_keys(key: str, value: object) -> None:
    """A key of a record by the name of our own mapping stands in it like any other."""
    found = decode_record(json.dumps({"provided_id": "a", key: value}).encode())
    assert fingerprint([found]) == fingerprint([Record("a", extra={key: value})])


def test_tokens_are_not_shown() -> None:
    """Neither `repr` nor rich shows more than the id."""
    record = Record("a", "Ann", "a customer's own token")
    assert repr(record) == "<Record 'a'>"
    assert record.__rich_repr__() == [("provided_id", "a")]
