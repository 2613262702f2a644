"""Customers to JSON Lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from attrs import fields

from explo_async.models import Customer

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENTED = tuple(attribute.name for attribute in fields(Customer) if attribute.name != "extra")
_ENCODER = msgspec.json.Encoder()


def encode_lines(customers: Iterable[Customer], *, with_tokens: bool) -> bytes:
    """Give each customer a line: the documented fields, then the keys the record had beyond them.

    The customer's own token, a credential, is left out unless `with_tokens`.
    """
    names = [name for name in DOCUMENTED if with_tokens or name != "token"]
    return _ENCODER.encode_lines([_row(customer, names) for customer in customers])


def _row(customer: Customer, names: list[str]) -> dict[str, Any]:
    row = {name: getattr(customer, name) for name in names}
    row.update((key, value) for key, value in customer.extra.items() if key not in DOCUMENTED)
    return row
