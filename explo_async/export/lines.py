"""Customers or records to JSON Lines, one an object and a line: the fields, then the keys beyond them. Pure."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.structure import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from explo_async.models import Customer
    from explo_async.record import Record

_ENCODER = msgspec.json.Encoder()


def _writer(names: tuple[str, ...]) -> Callable[[Customer | Record], object]:
    """Return what gives msgspec a customer's fields of these names; a struct is half the work of a dict."""
    struct = msgspec.defstruct("Line", [(name, Any) for name in names], gc=False)
    values = attrgetter(*names)

    def row(customer: Customer | Record) -> object:
        if not customer.extra:
            return struct(*values(customer))
        further = {key: value for key, value in customer.extra.items() if key not in FIELDS}
        return dict(zip(names, values(customer), strict=True)) | further

    return row


_ROW_WITH_TOKEN = _writer(FIELDS)
_ROW = _writer(tuple(name for name in FIELDS if name != "token"))


def encode_lines(customers: Iterable[Customer] | Iterable[Record], *, with_tokens: bool) -> bytes:
    """Give each customer a line; its own token, a credential, is left out unless `with_tokens`."""
    return _ENCODER.encode_lines(map(_ROW_WITH_TOKEN if with_tokens else _ROW, customers))
