"""`Record`: a customer as a row of a table, between a body or a file and the columns of another. Pure.

Cheaper to read than a `Customer`, and without its promise that nothing is null: an Arrow table keeps the difference
between a null mapping and an empty one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

import msgspec
from attrs import frozen

from explo_async.models import FIELDS, Customer
from explo_async.nesting import Json  # noqa: TC001 -- msgspec reads it

COLUMNS = (*FIELDS, "extra")
"""Every column that a table of customers has, in order; `token` only where it was asked for."""
LISTS = ("emails", "group_tags")
MAPPINGS = tuple(name for name in FIELDS if name.endswith(("properties", "mapping")))


class Record(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One customer, with the fields of `Customer`; a list or mapping may be None."""

    provided_id: Annotated[str, msgspec.Meta(min_length=1)]
    name: str | None = None
    token: str | None = None
    is_demo_group: bool = False
    emails: list[str] | None = None
    group_tags: list[str] | None = None
    properties: dict[str, Json] | None = None
    computed_properties: dict[str, Json] | None = None
    access_group: str | None = None
    parent_schema_datasource_mapping: dict[str, str] | None = None
    computed_parent_schema_datasource_mapping: dict[str, str] | None = None
    hierarchy_level: str | None = None
    # Never read from JSON, whatever key it went by: no value is that long and that short. A record with such a key, or
    # with any other undocumented one, is not usual, and read another way.
    extra: Annotated[dict[str, Any], msgspec.Meta(min_length=1, max_length=0)] = msgspec.field(
        default_factory=dict, name="$extra"
    )

    def __repr__(self) -> str:
        # The token is a credential.
        return f"<Record {self.provided_id!r}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the id alone to rich, too."""
        return [("provided_id", self.provided_id)]


_values = attrgetter(*COLUMNS)


@frozen
class RecordPage:
    """A page of records."""

    number: int
    """From 1."""
    total_count: int
    """How many customers the whole list had at the moment of this page."""
    records: tuple[Record, ...]


def record_of(customer: Customer) -> Record:
    """Make a row of a customer; its mappings are shared."""
    record = Record(*_values(customer))
    for name in LISTS:
        setattr(record, name, list(getattr(customer, name)))
    return record


def customer_of(record: Record) -> Customer:
    """Make a customer of a row; null lists and mappings become empty."""
    # Written out: comparisons make millions of them.
    return Customer(
        provided_id=record.provided_id,
        name=record.name,
        token=record.token,
        is_demo_group=record.is_demo_group,
        emails=tuple(record.emails or ()),
        group_tags=tuple(record.group_tags or ()),
        properties=record.properties or {},
        computed_properties=record.computed_properties or {},
        access_group=record.access_group,
        parent_schema_datasource_mapping=record.parent_schema_datasource_mapping or {},
        computed_parent_schema_datasource_mapping=record.computed_parent_schema_datasource_mapping or {},
        hierarchy_level=record.hierarchy_level,
        extra=record.extra,
    )


def field_of(name: str, value: Any) -> Any:
    """Return the value of a customer's field for that of a row."""
    if name in LISTS:
        return tuple(value or ())
    return value or {} if name in MAPPINGS else value
