"""A body's bytes to a page of `Record`s: what `page` does, without a `Customer` for each row. Pure.

A null list or mapping stays null here, whereas a `Customer` has an empty one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from explo_async.decode.envelope import find_rows, parse_body, usual_body
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.keys import FIELD_OF_KEY
from explo_async.decode.page import DecodedPage, RowKind, decode_page, decode_usual
from explo_async.record import LISTS, MAPPINGS, Record, customer_of, record_of

if TYPE_CHECKING:
    from collections.abc import Mapping


_OTHER_KEY = {name: key for key, name in FIELD_OF_KEY.items() if key != name}


def decode_records(body: bytes, *, page: int, collect_invalid: bool = False) -> DecodedPage[Record]:
    """Read a listing's body; raises `DecodeError`, also for the first unreadable record unless they are collected."""
    with CollectorPaused():
        usual = decode_usual(usual_body(Record), _as_they_are, body, page=page)
        return usual or _decode_unusual(body, page=page, collect_invalid=collect_invalid)


def _as_they_are(records: list[Record]) -> tuple[Record, ...]:
    return tuple(records)


def _decode_unusual(body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage[Record]:
    """Let `decode_page` judge a body that is not usual, good or bad, and put the nulls back."""
    decoded = decode_page(body, page=page, collect_invalid=collect_invalid)
    rows = find_rows(parse_body(body, page=page), page=page)
    for invalid in reversed(decoded.invalid):
        del rows[invalid.row]
    records = tuple(map(record_of, decoded.rows))
    for record, row in zip(records, rows, strict=True):
        restore_nulls(record, row)
    return DecodedPage(
        total_count=decoded.total_count,
        rows=records,
        provided_ids=decoded.provided_ids,
        invalid=decoded.invalid,
        has_next=decoded.has_next,
        is_camel=decoded.is_camel,
    )


def restore_nulls(record: Record, row: Mapping[str, Any]) -> None:
    """Make null in a record, which was made by way of a customer, what is null or absent in its row."""
    for name in (*LISTS, *MAPPINGS):
        if row.get(name, row.get(_OTHER_KEY.get(name, name))) is None:
            setattr(record, name, None)


RECORDS = RowKind(decode_records, partial(map, customer_of))
