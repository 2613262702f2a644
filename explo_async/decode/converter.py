"""The cattrs converter, for records that are not as documented, or not only.

Loaded by the first of them: with cattrs it takes as long as all else that the package has of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import eq
from typing import Any

from cattrs import ClassValidationError, Converter

from explo_async.decode.keys import camel
from explo_async.decode.values import (
    RecordError,
    read_boolean,
    read_ids,
    read_optional_text,
    read_text,
    read_texts,
    read_values,
)
from explo_async.models import Customer


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
    return converter


CONVERTER = _make_converter()
"""Ours, built once; cattrs' global converter stays as it is. It coerces nothing, save bare ids to strings."""

_structure_record = CONVERTER.get_structure_hook(Customer)


def structure(record: Mapping[str, Any], row: Mapping[str, Any]) -> Customer:
    """Make a customer of a record in today's spelling; raises `RecordError`, which names the key as `row` spells it."""
    try:
        customer: Customer = _structure_record(record, Customer)
    except ClassValidationError as group:
        error = _first_error(group, row)
    else:
        return customer
    raise error


def _first_error(group: ClassValidationError, row: Mapping[str, Any]) -> RecordError:
    """Turn the first of cattrs' grouped errors into ours, its path beginning with the key as the record spells it."""
    error, note = group.group_exceptions()[0][0]
    if not isinstance(error, RecordError):
        raise error
    key = note.name if note.name in row else camel(note.name)
    return RecordError(key + error.path, error.reason)
