"""A customer as the bytes that a watch keeps of it, and in which fields two of them differ. Pure.

What is kept is what is compared: `files.compared` says which values these are. Their own tokens are not among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.diff.difference import Changed
from explo_async.files.compared import ENCODER, NULLABLE, PLAIN, compared_values
from explo_async.record import COLUMNS, Record, customer_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.models import Customer

NAMES = (*PLAIN, *NULLABLE)
"""The fields that a row holds, in its order."""
_decode = msgspec.json.Decoder().decode


def encode_row(customer: Customer | Record) -> bytes:
    """Write all that is compared of a customer but its id: the same bytes for the same values."""
    return ENCODER.encode(compared_values(customer))


def decode_row(provided_id: str, row: bytes) -> Customer:
    """Return the customer of a row; its token is None."""
    plain, nullable = _decode(row)
    return customer_of(Record(provided_id, **dict(zip(NAMES, (*plain, *nullable), strict=True))))


def differing_fields(old: bytes, new: bytes) -> tuple[str, ...]:
    """Tell which fields differ, as `Changed.fields` of `explo_async.diff` names them."""
    return Changed("", decode_row("-", old), decode_row("-", new)).fields


def in_order(fields: Iterable[str]) -> tuple[str, ...]:
    """Put names of fields into the order of `Customer`, each once."""
    return tuple(sorted(set(fields), key=lambda name: (COLUMNS.index(name.partition(".")[0]), name)))
