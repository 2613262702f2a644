"""A body's bytes to a page of `Record`s: what `decode` does, without a `Customer` for each row. Pure.

A null list or mapping stays null here, whereas a `Customer` has an empty one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
from attrs import evolve

from explo_async.decode.envelope import find_rows, parse_body, read_next, read_total, usual_body
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.page import DecodedPage, decode_page
from explo_async.decode.rows import FIELD_OF_KEY
from explo_async.record import LISTS, MAPPINGS, Record, record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.models import Customer


_USUAL_BODY = usual_body(Record)


_OTHER_KEY = {name: key for key, name in FIELD_OF_KEY.items() if key != name}


def decode_records(body: bytes, *, page: int, collect_invalid: bool = False) -> DecodedPage:
    """Read a listing's body; the page's `customers` are records. Raises `DecodeError`."""
    with CollectorPaused():
        try:
            usual = _USUAL_BODY.decode(body)
        except ValueError:
            return _decode_unusual(body, page=page, collect_invalid=collect_invalid)
        records = usual.results.customers
        envelope = msgspec.structs.asdict(usual)
        return DecodedPage(
            total_count=read_total(envelope, rows=len(records), page=page),
            customers=_as_rows(records),
            provided_ids=tuple([record.provided_id for record in records]),
            has_next=read_next(envelope),
        )


def _decode_unusual(body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage:
    """Let `decode` judge a body that is not usual, good or bad, and put the nulls back."""
    decoded = decode_page(body, page=page, collect_invalid=collect_invalid)
    rows = find_rows(parse_body(body, page=page), page=page)
    for invalid in reversed(decoded.invalid):
        del rows[invalid.row]
    records = [record_of(customer) for customer in decoded.customers]
    for record, row in zip(records, rows, strict=True):
        restore_nulls(record, row)
    return evolve(decoded, customers=_as_rows(records))


def _as_rows(records: list[Record]) -> tuple[Customer, ...]:
    # Of a row the engine reads the id alone.
    return cast("tuple[Customer, ...]", tuple(records))


def restore_nulls(record: Record, row: Mapping[str, Any]) -> None:
    """Make null in a record, which was made by way of a customer, what is null or absent in its row."""
    for name in (*LISTS, *MAPPINGS):
        if row.get(name, row.get(_OTHER_KEY.get(name, name))) is None:
            setattr(record, name, None)
