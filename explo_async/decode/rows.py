"""Rows to `Customer`s: the keys of a record, and the fast way for rows that msgspec has checked.

Decides what a record may look like. Knows nothing of pages, bodies and envelopes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import msgspec

from explo_async.decode.drafts import DEFAULTS, HINTS, Draft, as_customers, camel
from explo_async.decode.values import RecordError, json_type
from explo_async.models import FIELDS
from explo_async.nesting import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explo_async.models import Customer

_SHARED = [FIELDS.index(name) for name in ("group_tags", "access_group", "hierarchy_level")]
_FIELD_SET = frozenset(FIELDS)

FIELD_OF_KEY = {camel(name): name for name in FIELDS} | {name: name for name in FIELDS}
"""The field that a documented key means, in today's spelling or the earlier camelCase."""


def _usual_row() -> type[msgspec.Struct]:
    """Make the class of a record with documented snake_case keys alone, every value of its documented type."""
    free = dict.fromkeys(("properties", "computed_properties"), dict[str, Json])
    hints = HINTS | free | {"provided_id": Annotated[str, msgspec.Meta(min_length=1)]}
    members: list[Any] = [(name, hints[name], *_struct_default(DEFAULTS[name])) for name in FIELDS]
    return msgspec.defstruct("UsualRow", members, forbid_unknown_fields=True, gc=False)


def _struct_default(default: Any) -> tuple[Any, ...]:
    if default is attrs.NOTHING:
        return ()
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return (msgspec.field(default_factory=default.factory),)
    return (default,)


UsualRow: type[msgspec.Struct] = _usual_row()


def structure_usual_rows(rows: Iterable[msgspec.Struct]) -> tuple[Customer, ...]:
    """Move rows that msgspec has checked into customers, as they are."""
    columns: list[Any] = list(zip(*map(msgspec.structs.astuple, rows), strict=True))
    # Few groups, levels and sets of tags serve many customers: each page keeps one of each, a seventh of its memory.
    seen: dict[Any, Any] = {}
    for place in _SHARED if columns else ():
        columns[place] = map(seen.setdefault, columns[place], columns[place])
    return as_customers(tuple(map(Draft, *columns))) if columns else ()


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
