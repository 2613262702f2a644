"""A listing's body to rows for a log, or for columns: free JSON stays the text that the server sent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.decode.envelope import usual_body
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.page import DecodedPage, RowKind, decode_usual
from explo_async.decode.records import decode_records
from explo_async.files.lines import decode_record, encode_lines
from explo_async.files.logged import FreeTextRecord
from explo_async.files.raw_json import settle
from explo_async.record import Record, customer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from explo_async.models import Customer

_FREE = ("properties", "computed_properties")


def decode_logged(body: bytes, *, page: int, collect_invalid: bool = False) -> DecodedPage[Record]:
    """Read a listing's body; raises what `decode_records` raises, and returns what it returns but for that JSON."""
    with CollectorPaused():
        try:
            usual = decode_usual(usual_body(FreeTextRecord), _settled, body, page=page)
        except (ValueError, RecursionError):
            # msgspec passes over nested values until the interpreter stops it.
            usual = None
    return usual or decode_records(body, page=page, collect_invalid=collect_invalid)


def _settled(records: list[Any]) -> tuple[Record, ...]:
    for name in _FREE:
        raws = [getattr(record, name) for record in records]
        if (settled := settle(raws)) is not raws:
            for record, raw in zip(records, settled, strict=True):
                setattr(record, name, raw)
    return tuple(records)


def _to_customers(records: Iterable[Record]) -> Iterator[Customer]:
    for record in records:
        is_text = isinstance(record, FreeTextRecord)
        yield customer_of(decode_record(encode_lines([record], with_tokens=True)) if is_text else record)


LOGGED_ROWS = RowKind(decode_logged, _to_customers)
