"""Rows that are places in an Arrow batch: the same customers as by records, in any selection and order."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.records import decode_records
from explo_async.errors import DecodeError
from explo_async.files.arrow_columns import from_batch, to_batch
from explo_async.files.arrow_rows import arrow_rows, batches_of
from explo_async.record import customer_of

ROWS: list[dict[str, Any]] = [
    {"provided_id": f"id-{number}", "token": "secret", "hierarchy_level": "Region", "emails": [f"{number}@example.com"]}
    for number in range(6)
]


def body_of(rows: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"total_count": len(rows), "results": {"customers": rows}})


@pytest.mark.parametrize("with_tokens", [False, True])
def test_a_page_is_what_its_records_are(with_tokens: bool) -> None:
    """Ids, levels and the batch; tokens only if asked for."""
    kind = arrow_rows(with_tokens=with_tokens)
    page = kind.decode(body_of(ROWS), page=1, collect_invalid=False)
    records = decode_records(body_of(ROWS), page=1)
    assert [row.provided_id for row in page.rows] == [row["provided_id"] for row in ROWS]
    assert {row.hierarchy_level for row in page.rows} == {"Region"}
    (batch,) = batches_of(page.rows)
    assert batch == to_batch(records.rows, with_tokens=with_tokens)
    assert list(kind.to_customers(page.rows)) == list(map(customer_of, from_batch(batch)))
    assert {customer.token for customer in kind.to_customers(page.rows)} == ({"secret"} if with_tokens else {None})


def test_what_cannot_be_read_is_told_as_ever() -> None:
    """With the row, unless it is set aside."""
    kind = arrow_rows(with_tokens=False)
    body = body_of([{"provided_id": "a"}, {"provided_id": "b", "emails": 1}])
    with pytest.raises(DecodeError, match=r"row 1 \(provided_id 'b'\)"):
        kind.decode(body, page=1, collect_invalid=False)
    page = kind.decode(body, page=1, collect_invalid=True)
    assert [row.provided_id for row in page.rows] == ["a"]
    assert page.provided_ids == ("a", "b")


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), max_size=12))
def test_any_selection_comes_in_its_order(places: list[tuple[int, int]]) -> None:
    """Of two pages, as where rows of several readings are merged: each row once as often as it is there."""
    decode = arrow_rows(with_tokens=False).decode
    other = [{**row, "provided_id": f"other-{number}"} for number, row in enumerate(ROWS)]
    pages = [decode(body_of(rows), page=1, collect_invalid=False).rows for rows in (ROWS, other)]
    rows = [pages[page][index] for page, index in places]
    found = [provided_id for batch in batches_of(rows) for provided_id in batch.column("provided_id").to_pylist()]
    assert found == [row.provided_id for row in rows]
