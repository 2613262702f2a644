"""Whatever records a page has: both ways of decoding agree, every spelling means the same, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.page import decode_page
from explo_async.errors import DecodeError
from explo_async.models import Customer
from tests.helpers.generators import (
    CAMEL,
    DOCUMENTED,
    broken_records,
    page_body,
    respelled,
    unusual_records,
    usual_records,
)

FORCES_ROW_BY_ROW: dict[str, Any] = {"links": {}}
"""A key of the envelope that no documentation knows: the page is unusual then, whatever its rows are."""


def decode_one(record: dict[str, Any]) -> Customer:
    (customer,) = decode_page(page_body([record]), page=1).rows
    return customer


def expected_customer(record: dict[str, Any]) -> Customer:
    lists = {key: tuple(record[key]) for key in ("emails", "group_tags")}
    return Customer(**record | lists)


@given(st.lists(usual_records, max_size=5))
def test_usual_records(records: list[dict[str, Any]]) -> None:
    """Documented records become the customers that the class's own constructor makes of them."""
    page = decode_page(page_body(records), page=1)
    assert page.rows == tuple(map(expected_customer, records))
    assert page.provided_ids == tuple(record["provided_id"] for record in records)


@given(st.lists(usual_records | unusual_records(), max_size=5))
def test_both_ways_agree(records: list[dict[str, Any]]) -> None:
    """The usual page's fast way and the way row by row make equal pages of equal rows."""
    page = decode_page(page_body(records), page=1)
    again = decode_page(page_body(records, **FORCES_ROW_BY_ROW), page=1)
    assert page == again
    assert {type(customer) for customer in page.rows + again.rows} <= {Customer}


@given(st.lists(usual_records | broken_records(), max_size=4))
def test_both_ways_refuse_the_same(records: list[dict[str, Any]]) -> None:
    """Whether a record is readable does not depend on the way it is read."""
    outcomes: list[object] = []
    for further in ({}, FORCES_ROW_BY_ROW):
        try:
            outcomes.append(decode_page(page_body(records, **further), page=1))
        except DecodeError as error:
            outcomes.append((error.row, error.path, error.provided_id))
    assert outcomes[0] == outcomes[1]


@given(usual_records, st.data())
def test_spellings(record: dict[str, Any], data: st.DataObject) -> None:
    """Every documented spelling of a record means the same customer."""
    spelled = data.draw(respelled(record))
    assert decode_one(spelled) == expected_customer(record)


@given(unusual_records())
def test_unknown_keys(record: dict[str, Any]) -> None:
    """Every key beyond the documented ones is kept as it came."""
    known = {*DOCUMENTED, *CAMEL.values()}
    assert decode_one(record).extra == {key: value for key, value in record.items() if key not in known}


@given(st.lists(usual_records | unusual_records() | broken_records(), max_size=6))
def test_collected(records: list[dict[str, Any]]) -> None:
    """Set aside or read, each row is in the page once, and its id is known wherever it can be."""
    page = decode_page(page_body(records), page=4, collect_invalid=True)
    set_aside = {record.row: record for record in page.invalid}
    readable = [index for index in range(len(records)) if index not in set_aside]
    assert [page.provided_ids[index] for index in readable] == [customer.provided_id for customer in page.rows]
    assert len(page.provided_ids) == len(records)
    assert [record.provided_id for record in page.invalid] == [page.provided_ids[row] for row in set_aside]
    if page.invalid:
        with pytest.raises(DecodeError) as caught:
            decode_page(page_body(records), page=4)
        first = page.invalid[0]
        assert (caught.value.row, caught.value.path) == (first.row, first.path)


@given(unusual_records())
def test_everything_can_be_written_again(record: dict[str, Any]) -> None:
    """A decoded customer can be written as JSON in UTF-8."""
    customer = decode_one(record)
    written = json.dumps([customer.name, customer.properties, customer.extra], ensure_ascii=False).encode()
    assert json.loads(written) == [customer.name, customer.properties, customer.extra]
