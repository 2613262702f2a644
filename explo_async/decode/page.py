"""A body's bytes to a page, or to the error that the body calls for.

Decides what an unreadable record means, and which bodies are usual enough to be decoded in one go. Knows nothing of
requests, statuses and retries.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec
from attrs import frozen

from explo_async.decode.envelope import find_rows, parse_body, read_next, read_total, usual_body, wrong_shape
from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.rows import UsualRow, is_camel, read_id, structure_row, structure_usual_rows
from explo_async.decode.values import RecordError
from explo_async.errors import DecodeError
from explo_async.models import Customer, InvalidRecord
from explo_async.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ADVICE_ID = "correct the customer in Explo: without its id no list can be shown to be complete"
_ADVICE_RECORD = 'correct the customer in Explo, or pass invalid="collect" to set such records aside'


class Identified(Protocol):
    """What a row is to everybody who does not decode it."""

    @property
    def provided_id(self) -> str:
        """The team's own id for the customer."""

    @property
    def hierarchy_level(self) -> str | None:
        """The name of its hierarchy level, by which a list can be filtered."""


RowT = TypeVar("RowT", bound=Identified)


@frozen(kw_only=True)
class DecodedPage(Generic[RowT]):
    """What one body says."""

    total_count: int
    rows: tuple[RowT, ...]
    """The readable rows, in order."""
    provided_ids: tuple[str | None, ...]
    """Of every row, in order; None where a row's id could not be read."""
    invalid: tuple[InvalidRecord, ...] = ()
    """The rows set aside (`collect_invalid=True`)."""
    has_next: bool | None = None
    """The earlier envelope's `next`: True for an address, False for null, None when it is absent."""
    is_camel: bool = False
    """Whether its records have the camelCase keys of an earlier form of the API."""


class Decode(Protocol[RowT]):
    """Reads a body."""

    def __call__(self, body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage[RowT]:
        """Return the page; raises `DecodeError`."""


@frozen
class RowKind(Generic[RowT]):
    """What the rows of a listing are decoded to."""

    decode: Decode[RowT]
    to_customers: Callable[[Iterable[RowT]], Iterable[Customer]]
    """For whoever gets customers whatever was asked for: the handler of an error."""


_USUAL_BODY = usual_body(UsualRow)
_PROVIDED_ID = attrgetter("provided_id")


def decode_page(body: bytes, *, page: int, collect_invalid: bool = False) -> DecodedPage[Customer]:
    """Read a listing's body; raises `DecodeError`, also for the first unreadable record unless they are collected."""
    with CollectorPaused():
        usual = decode_usual(_USUAL_BODY, structure_usual_rows, body, page=page)
        return usual or _decode_unusual(body, page=page, collect_invalid=collect_invalid)


def decode_usual(
    decoder: msgspec.json.Decoder[Any], make_rows: Callable[[list[Any]], tuple[RowT, ...]], body: bytes, *, page: int
) -> DecodedPage[RowT] | None:
    """Read a body of documented keys and types alone; None for any other, good or bad."""
    try:
        usual = decoder.decode(body)
    except ValueError:
        return None
    rows = make_rows(usual.results.customers)
    envelope = msgspec.structs.asdict(usual)
    return DecodedPage(
        total_count=read_total(envelope, rows=len(rows), page=page),
        rows=rows,
        provided_ids=tuple(map(_PROVIDED_ID, rows)),
        has_next=read_next(envelope),
    )


def _decode_unusual(body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage[Customer]:
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
        rows=tuple(customers),
        provided_ids=tuple(provided_ids),
        invalid=tuple(invalid),
        has_next=read_next(envelope),
        is_camel=bool(rows) and is_camel(rows[0]),
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


CUSTOMERS = RowKind(decode_page, iter)
