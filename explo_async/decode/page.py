"""A body's bytes to a page, or to the error that the body calls for.

Decides what an unreadable record means, and which bodies are usual enough to be decoded in one go. Knows nothing of
requests, statuses and retries.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Protocol

import msgspec
from attrs import frozen

from explo_async.decode.envelope import find_rows, parse_body, read_next, read_total, usual_body, wrong_shape
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.rows import UsualRow, read_id, structure_row, structure_usual_rows
from explo_async.decode.values import RecordError
from explo_async.errors import DecodeError
from explo_async.models import Customer, InvalidRecord
from explo_async.text import shorten

_ADVICE_ID = "correct the customer in Explo: without its id no list can be shown to be complete"
_ADVICE_RECORD = 'correct the customer in Explo, or pass invalid="collect" to set such records aside'


@frozen(kw_only=True)
class DecodedPage:
    """What one body says."""

    total_count: int
    customers: tuple[Customer, ...]
    """The readable rows, in order."""
    provided_ids: tuple[str | None, ...]
    """Of every row, in order; None where a row's id could not be read."""
    invalid: tuple[InvalidRecord, ...] = ()
    """The rows set aside (`collect_invalid=True`)."""
    has_next: bool | None = None
    """The earlier envelope's `next`: True for an address, False for null, None when it is absent."""


class Decode(Protocol):
    """Reads a body: `decode_page`, or what reads its rows as something else that has a `provided_id`."""

    def __call__(self, body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage:
        """Return the page; raises `DecodeError`."""


_USUAL_BODY = usual_body(UsualRow)
_PROVIDED_ID = attrgetter("provided_id")


def decode_page(body: bytes, *, page: int, collect_invalid: bool = False) -> DecodedPage:
    """Read a listing's body; raises `DecodeError`, also for the first unreadable record unless they are collected."""
    with CollectorPaused():
        usual = _decode_usual(body)
        if usual is None:
            return _decode_unusual(body, page=page, collect_invalid=collect_invalid)
        customers = structure_usual_rows(usual.results.customers, None)
        envelope = msgspec.structs.asdict(usual)
        return DecodedPage(
            total_count=read_total(envelope, rows=len(customers), page=page),
            customers=customers,
            provided_ids=tuple(map(_PROVIDED_ID, customers)),
            has_next=read_next(envelope),
        )


def _decode_usual(body: bytes) -> Any:
    """Read a body of documented keys and types alone; None for any other, good or bad."""
    try:
        return _USUAL_BODY.decode(body)
    except ValueError:
        return None


def _decode_unusual(body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage:
    """Read any body, row by row: other spellings, further keys, nulls, bare ids, and what is wrong."""
    envelope = parse_body(body, page=page)
    rows = find_rows(envelope, page=page)
    total_count = read_total(envelope, rows=len(rows), page=page)
    customers: list[Customer] = []
    invalid: list[InvalidRecord] = []
    provided_ids: list[str | None] = []
    for index, row in enumerate(rows):
        if type(row) is not dict:
            path = f"results.customers[{index}]"
            raise wrong_shape(path, row, "an object", page=page, row=index)
        provided_id = read_id(row)
        provided_ids.append(provided_id)
        try:
            customers.append(structure_row(row))
        except RecordError as error:
            invalid.append(
                InvalidRecord(page=page, row=index, provided_id=provided_id, path=error.path, reason=error.reason)
            )
        if invalid and not collect_invalid:
            raise _invalid_record(invalid[0])
    return DecodedPage(
        total_count=total_count,
        customers=tuple(customers),
        provided_ids=tuple(provided_ids),
        invalid=tuple(invalid),
        has_next=read_next(envelope),
    )


def _invalid_record(record: InvalidRecord) -> DecodeError:
    whose = f" (provided_id {shorten(repr(record.provided_id), 60)})" if record.provided_id is not None else ""
    what = f"row {record.row}{whose}: {record.path} {record.reason}"
    return DecodeError(
        what,
        advice=_ADVICE_RECORD if record.provided_id is not None else _ADVICE_ID,
        page=record.page,
        row=record.row,
        provided_id=record.provided_id,
        path=record.path,
    )
