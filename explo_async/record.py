"""`Record`: a customer as a row of a table, between a body or a file and the columns of another. Pure.

Cheaper to read than a `Customer`, and without its promise that nothing is null: an Arrow table keeps the difference
between a null mapping and an empty one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from explo_async.models import Customer
from explo_async.structure import FIELDS, structure_row

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (*FIELDS, "extra")
"""Every column that a table of customers has, in order; `token` only where it was asked for."""


class Record(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One customer, with the fields of `Customer`; a list or mapping may be None."""

    provided_id: Annotated[str, msgspec.Meta(min_length=1)]
    name: str | None = None
    token: str | None = None
    is_demo_group: bool = False
    emails: list[str] | None = msgspec.field(default_factory=list)
    group_tags: list[str] | None = msgspec.field(default_factory=list)
    properties: dict[str, Any] | None = msgspec.field(default_factory=dict)
    computed_properties: dict[str, Any] | None = msgspec.field(default_factory=dict)
    access_group: str | None = None
    parent_schema_datasource_mapping: dict[str, str] | None = msgspec.field(default_factory=dict)
    computed_parent_schema_datasource_mapping: dict[str, str] | None = msgspec.field(default_factory=dict)
    hierarchy_level: str | None = None
    # Renamed: a key "extra" of the API would be an undocumented key like any other, and stand in this mapping.
    extra: dict[str, Any] = msgspec.field(default_factory=dict, name="$extra")


_values = attrgetter(*COLUMNS)
_DECODER = msgspec.json.Decoder(Record)
_OBJECT = msgspec.json.Decoder(dict[str, Any])


def record_of(customer: Customer) -> Record:
    """Make a row of a customer; its lists and mappings are shared."""
    return Record(*_values(customer))


def customer_of(record: Record) -> Customer:
    """Make a customer of a row; null lists and mappings become empty."""
    values = dict(zip(COLUMNS, _values(record), strict=True))
    for name in ("emails", "group_tags"):
        values[name] = tuple(values[name] or ())
    for name in _MAPPINGS:
        values[name] = values[name] or {}
    return Customer(**values)


_MAPPINGS = [name for name in FIELDS if name.endswith(("properties", "mapping"))]


def decode_record(line: bytes) -> Record:
    """Read one JSON object, in any spelling that the API has had.

    Raises `RecordError` for one that is no customer, and msgspec's DecodeError (a ValueError) for what is not JSON.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError:
        row: Mapping[str, Any] = _OBJECT.decode(line)
        return record_of(structure_row(row))
