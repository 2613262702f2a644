"""What of a customer is compared, and the version of a row that follows from it. Pure.

Two customers are the same where these values are the same JSON, the order of keys apart: 1 is neither true nor 1.0, and
a null list or mapping is an empty one. Their own tokens are not among them.
"""

from __future__ import annotations

from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.record import COLUMNS, LISTS, MAPPINGS

if TYPE_CHECKING:
    from explo_async.models import Customer
    from explo_async.record import Record

NULLABLE = (*LISTS, *MAPPINGS)
PLAIN = tuple(name for name in COLUMNS if name not in {"provided_id", "token", *NULLABLE})
_VERSION_BYTES = 16
"""As many as a UUID has: of a billion versions no two are the same by chance."""

ENCODER = msgspec.json.Encoder(order="deterministic")
_nullable_values = attrgetter(*NULLABLE)
_plain_values = attrgetter(*PLAIN)


def compared_values(customer: Customer | Record) -> tuple[tuple[Any, ...], list[Any]]:
    """Give the values of `PLAIN` and of `NULLABLE`, all that is compared but the id, for `ENCODER`."""
    return _plain_values(customer), [value or None for value in _nullable_values(customer)]


def row_version(customer: Customer | Record) -> str:
    """Return 32 hexadecimal digits for a customer's id and what is compared of it.

    They are stored where a history is kept: whoever makes others of the same customer ends every row of it.
    """
    return versioned_row(customer)[0]


def versioned_row(customer: Customer | Record) -> tuple[str, bytes]:
    """Return the version, and the JSON that it is of: the id, the values of `PLAIN`, those of `NULLABLE`."""
    row = ENCODER.encode((customer.provided_id, *compared_values(customer)))
    return blake2b(row, digest_size=_VERSION_BYTES).hexdigest(), row
