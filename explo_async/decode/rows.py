"""Rows to `Customer`s: the keys of a record, the cattrs converter, and the fast hook for rows that msgspec has checked.

Decides what a record may look like. Knows nothing of pages, bodies and envelopes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import eq
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import attrs
import msgspec
from cattrs import ClassValidationError, Converter

from explo_async.decode.values import (
    RecordError,
    json_type,
    read_boolean,
    read_ids,
    read_optional_text,
    read_text,
    read_texts,
    read_values,
)
from explo_async.models import FIELDS, Customer

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFAULTS = {attribute.name: attribute.default for attribute in attrs.fields(Customer)}


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


_SHARED = [FIELDS.index(name) for name in ("group_tags", "access_group", "hierarchy_level")]
_FIELD_SET = frozenset(FIELDS)

FIELD_OF_KEY = {_camel(name): name for name in FIELDS} | {name: name for name in FIELDS}
"""The field that a documented key means, in today's spelling or the earlier camelCase."""

_HINTS: dict[str, Any] = get_type_hints(Customer)

# A frozen class's own `__init__` pays for a guarded setattr per field. The draft has the same slots and a plain
# `__init__`; filling it and then naming it a customer takes a quarter of the time.
_Draft = attrs.make_class(
    "_Draft",
    {name: attrs.field(type=_HINTS[name], default=default) for name, default in _DEFAULTS.items()},
    slots=True,
    weakref_slot=False,
)


def _as_customers(drafts: tuple[Any, ...]) -> tuple[Customer, ...]:
    for draft in drafts:
        draft.__class__ = Customer
    return drafts


def _usual_row() -> type[msgspec.Struct]:
    """Make the class of a record with documented snake_case keys alone, every value of its documented type."""
    hints = _HINTS | {"provided_id": Annotated[str, msgspec.Meta(min_length=1)]}
    members: list[Any] = [(name, hints[name], *_struct_default(_DEFAULTS[name])) for name in FIELDS]
    return msgspec.defstruct("UsualRow", members, forbid_unknown_fields=True, gc=False)


def _struct_default(default: Any) -> tuple[Any, ...]:
    if default is attrs.NOTHING:
        return ()
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return (msgspec.field(default_factory=default.factory),)
    return (default,)


UsualRow = _usual_row()


def structure_usual_rows(rows: Iterable[msgspec.Struct]) -> tuple[Customer, ...]:
    """Move rows that msgspec has checked into customers, as they are."""
    columns: list[Any] = list(zip(*map(msgspec.structs.astuple, rows), strict=True))
    # Few groups, levels and sets of tags serve many customers: each page keeps one of each, a seventh of its memory.
    seen: dict[Any, Any] = {}
    for place in _SHARED if columns else ():
        columns[place] = map(seen.setdefault, columns[place], columns[place])
    return _as_customers(tuple(map(_Draft, *columns))) if columns else ()


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook(str, read_text)
    converter.register_structure_hook(bool, read_boolean)
    for kind, hook in (
        (str | None, read_optional_text),
        (tuple[str, ...], read_texts),
        (Mapping[str, Any], read_values),
        (Mapping[str, str], read_ids),
    ):
        converter.register_structure_hook_func(partial(eq, kind), hook)
    structure_draft = converter.get_structure_hook(_Draft)

    def structure_customer(record: Mapping[str, Any], _: object) -> Customer:
        return _as_customers((structure_draft(record, _Draft),))[0]

    converter.register_structure_hook(Customer, structure_customer)
    return converter


CONVERTER = _make_converter()
"""Ours, built once; cattrs' global converter stays as it is. It coerces nothing, save bare ids to strings."""

_structure_record = CONVERTER.get_structure_hook(Customer)


def structure_row(row: Mapping[str, Any]) -> Customer:
    """Read one record of any spelling; raises `RecordError`. A mapping inside it may become the customer's own."""
    record = row if _FIELD_SET.issuperset(row) else _respell(row)
    if not record.get("provided_id"):
        raise _id_error(row)
    try:
        customer: Customer = _structure_record(record, Customer)
    except ClassValidationError as group:
        error = _first_error(group, row)
    else:
        return customer
    raise error


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


def _first_error(group: ClassValidationError, row: Mapping[str, Any]) -> RecordError:
    """Turn the first of cattrs' grouped errors into ours, its path beginning with the key as the record spells it."""
    error, note = group.group_exceptions()[0][0]
    if not isinstance(error, RecordError):
        raise error
    key = note.name if note.name in row else _camel(note.name)
    return RecordError(key + error.path, error.reason)
