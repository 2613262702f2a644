"""`Record`: a customer as a row of a table, between a body or a file and the columns of another. Pure.

Cheaper to read than a `Customer`, and without its promise that nothing is null: an Arrow table keeps the difference
between a null mapping and an empty one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from attrs import frozen

from explo_async.models import FIELDS, Customer
from explo_async.strict import RecordError, json_type
from explo_async.structure import FIELD_OF_KEY, structure_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    properties: dict[str, Any] | None = None
    computed_properties: dict[str, Any] | None = None
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


_NULL = msgspec.Raw(b"null")


class LoggedRecord(Record, forbid_unknown_fields=True, gc=False):
    """A record out of a log that was written from records: its free JSON stays the text that it is."""

    properties: msgspec.Raw = _NULL  # type: ignore[assignment]
    computed_properties: msgspec.Raw = _NULL  # type: ignore[assignment]


_values = attrgetter(*COLUMNS)
_DECODER = msgspec.json.Decoder(Record)
_LOG_DECODER = msgspec.json.Decoder(LoggedRecord)
_JSON = msgspec.json.Decoder()
_OTHER_KEY = {name: key for key, name in FIELD_OF_KEY.items() if key != name}


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
    values = dict(zip(COLUMNS, _values(record), strict=True))
    for name in LISTS:
        values[name] = tuple(values[name] or ())
    for name in MAPPINGS:
        values[name] = values[name] or {}
    return Customer(**values)


def restore_nulls(record: Record, row: Mapping[str, Any]) -> None:
    """Make null in a record, which was made by way of a customer, what is null or absent in its row."""
    for name in (*LISTS, *MAPPINGS):
        if row.get(name, row.get(_OTHER_KEY.get(name, name))) is None:
            setattr(record, name, None)


def decode_usual_records(lines: Sequence[bytes], *, logged: bool = False) -> list[Record] | None:
    """Read JSON objects with documented keys and types alone, in one go; None when one of them is anything else.

    As `LoggedRecord`s from a log, of which nothing has to be checked.
    """
    decoder: msgspec.json.Decoder[Any] = _LOG_DECODER if logged else _DECODER
    try:
        records: list[Record] = decoder.decode_lines(b"".join(lines))
    except (ValueError, RecursionError):
        return None
    # Blank lines are passed over.
    return records if len(records) == len(lines) else None


def decode_record(line: bytes) -> Record:
    """Read one JSON object, in any spelling that the API has had.

    Raises `RecordError` for one that is no customer, ValueError or RecursionError for what cannot be read as JSON.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError:
        row = _JSON.decode(line)
    if type(row) is not dict:
        raise RecordError(path="", reason=f"is {json_type(row)}, not an object")
    record = record_of(structure_row(row))
    restore_nulls(record, row)
    return record
