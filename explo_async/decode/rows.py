"""Rows to `Customer`s: any spelling of a record, and the fast way for rows that msgspec has checked.

Decides what a record may look like. Knows nothing of pages, bodies and envelopes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from explo_async.decode.keys import FIELD_OF_KEY
from explo_async.decode.values import RecordError, json_type
from explo_async.models import FIELDS, Customer
from explo_async.nesting import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIELD_SET = frozenset(FIELDS)


def _usual_row() -> type[msgspec.Struct]:
    """Make the class of a record with documented snake_case keys alone, every value of its documented type.

    It is laid out as a customer is, so that a row becomes one by a change of its class.
    """
    checked = dict.fromkeys(("properties", "computed_properties"), dict[str, Json]) | {
        "provided_id": Annotated[str, msgspec.Meta(min_length=1)],
        # Read from no record, whatever it has under this name: no value is that long and that short.
        "extra": Annotated[dict[str, Any], msgspec.Meta(min_length=1, max_length=0)],
    }
    customer: Any = Customer
    members: list[Any] = []
    for field in msgspec.structs.fields(customer):
        default: Any = {"default": field.default, "default_factory": field.default_factory}
        members.append((field.name, checked.get(field.name, field.type), msgspec.field(**default)))
    return msgspec.defstruct("UsualRow", members, forbid_unknown_fields=True, gc=False)


UsualRow: type[msgspec.Struct] = _usual_row()


def structure_usual_rows(rows: list[Any]) -> tuple[Customer, ...]:
    """Make customers of rows that msgspec has checked, in place."""
    for row in rows:
        row.__class__ = Customer
    return tuple(rows)


def structure_row(row: Mapping[str, Any]) -> Customer:
    """Read one record of any spelling; raises `RecordError`. A mapping inside it may become the customer's own."""
    record = row if _FIELD_SET.issuperset(row) else _respell(row)
    if not record.get("provided_id"):
        raise _id_error(row)
    return _load_structure()(record, row)


@cache
def _load_structure() -> Callable[[Mapping[str, Any], Mapping[str, Any]], Customer]:
    from explo_async.decode.converter import structure  # noqa: PLC0415 -- most lists never need it, see there

    return structure


def _respell(row: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in row.items():
        name = FIELD_OF_KEY.get(key)
        if name is None or (name != key and name in row):
            extra[key] = value
        else:
            record[name] = value
    record["extra"] = extra
    return record


def read_id(row: Mapping[str, Any]) -> str | None:
    """Take the provided id from a record of either spelling; None where there is none to be read."""
    value = row.get(_id_key(row))
    return value if type(value) is str and value else None


def is_camel(row: Mapping[str, Any]) -> bool:
    """Tell whether a record has the camelCase keys of an earlier form of the API."""
    return "providedId" in row and "provided_id" not in row


def _id_key(row: Mapping[str, Any]) -> str:
    return "providedId" if is_camel(row) else "provided_id"


def _id_error(row: Mapping[str, Any]) -> RecordError:
    key = _id_key(row)
    if key not in row:
        return RecordError(key, "is missing")
    return RecordError(key, "is empty" if row[key] == "" else f"is {json_type(row[key])}, not a string")
