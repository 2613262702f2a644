"""JSON Lines: a customer is an object on a line of its own, its fields first, then the keys beyond them. Pure."""

from __future__ import annotations

from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.decode.records import restore_nulls
from explo_async.decode.rows import structure_row
from explo_async.decode.values import RecordError, json_type
from explo_async.models import FIELDS
from explo_async.nesting import NestingError, decode_json
from explo_async.record import Record, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from explo_async.models import Customer

_ENCODER = msgspec.json.Encoder()


def _rower(names: tuple[str, ...]) -> Callable[[Collection[Customer | Record]], Iterable[object]]:
    """Return what makes rows with these fields for msgspec; of a struct it needs half the time that a dict takes."""
    struct = msgspec.defstruct("Line", [(name, Any) for name in names], gc=False)
    values = attrgetter(*names)

    def row(customer: Customer | Record) -> object:
        further = {key: value for key, value in customer.extra.items() if key not in FIELDS}
        return dict(zip(names, values(customer), strict=True)) | further

    def rows(customers: Collection[Customer | Record]) -> Iterable[object]:
        return map(row, customers) if any(map(_extra, customers)) else starmap(struct, map(values, customers))

    return rows


_extra = attrgetter("extra")
_rows_with_tokens = _rower(FIELDS)
_rows = _rower(tuple(name for name in FIELDS if name != "token"))


def encode_lines(customers: Collection[Customer] | Collection[Record], *, with_tokens: bool) -> bytes:
    """Give each customer a line; its own token, a credential, is left out unless `with_tokens`."""
    return _ENCODER.encode_lines((_rows_with_tokens if with_tokens else _rows)(customers))


USUAL: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Record)
"""Reads a line that has documented keys and types alone."""


def decode_usual_records(lines: Sequence[bytes], decoder: msgspec.json.Decoder[Any] = USUAL) -> list[Record] | None:
    """Read JSON objects with documented keys and types alone, in one go; None when one of them is anything else.

    The decoder may be one of those that `logged` has, which check less.
    """
    try:
        records: list[Record] = decoder.decode_lines(b"".join(lines))
    except ValueError:
        return None
    # Blank lines are passed over.
    return records if len(records) == len(lines) else None


def decode_record(line: bytes) -> Record:
    """Read one JSON object, in any spelling that the API has had.

    Raises `RecordError` for one that is no customer, another ValueError for what cannot be read as JSON.
    """
    try:
        usual: Record = USUAL.decode(line)
    except msgspec.ValidationError:
        row = _decode_unusual(line)
    else:
        return usual
    if type(row) is not dict:
        raise RecordError(path="", reason=f"is {json_type(row)}, not an object")
    record = record_of(structure_row(row))
    restore_nulls(record, row)
    return record


def _decode_unusual(line: bytes) -> Any:
    try:
        return decode_json(line)
    except NestingError as error:
        raise RecordError(path="", reason=str(error)) from None
