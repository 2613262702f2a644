"""A body to its envelope: one whole JSON document of the documented shape, or the error that says what it is instead.

Knows nothing of what a record holds. JSON is UTF-8 by its own standard, so no header's charset is asked for: a proxy's
`charset=latin-1` would turn names into mojibake.
"""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import Any

import msgspec

from explo_async.decode.values import json_type
from explo_async.errors import DecodeError
from explo_async.nesting import Json, NestingError, decode_json

MAX_TOTAL_COUNT = 10**9
"""Largest list size believed: a nonsense total must not plan a million requests and more."""

ADVICE_SHAPE = "the API has changed or base_url is not Explo's; look for a newer explo_async or report it"
_ADVICE_BODY = "check that base_url is Explo's API and that nothing in between answers in its place"

_ABSENT = msgspec.UNSET


@cache
def usual_body(row: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    """Return what decodes a body of such rows that has the keys of the documented envelopes alone.

    To make one takes ten milliseconds.
    """
    rows = [("customers", GenericAlias(list, (row,)))]
    results = msgspec.defstruct("Results", rows, forbid_unknown_fields=True, gc=False)
    # Every key of theirs is read: msgspec skips over the values of others without checking their UTF-8.
    members: list[Any] = [("results", results)]
    members += [(name, Json, _ABSENT) for name in ("total_count", "count", "next", "previous")]
    return msgspec.json.Decoder(msgspec.defstruct("Envelope", members, forbid_unknown_fields=True, gc=False))


def parse_body(body: bytes, *, page: int | None) -> dict[str, Any]:
    """Read the one JSON object that a body must be."""
    try:
        envelope = decode_json(body)
    except ValueError as error:
        failure = _body_error(body, error, page=page)
    else:
        if type(envelope) is dict:
            return envelope
        failure = wrong_shape("$", envelope, "an object", page=page)
    # Not raised within `except`: a UnicodeDecodeError holds the text, and with it what may be a customer's token.
    raise failure


def _body_error(body: bytes, error: ValueError, *, page: int | None) -> DecodeError:
    if isinstance(error, msgspec.ValidationError):
        # Well-formed JSON all the same: a number such as 1e999, for which only infinity could stand.
        what = f"the body holds a number that cannot be represented ({len(body)} bytes)"
        return DecodeError(what, advice=ADVICE_SHAPE, page=page)
    what = f"the body {_explain(body, error)} ({len(body)} bytes)"
    return DecodeError(what, advice=_ADVICE_BODY, page=page, malformed=True)


def _explain(body: bytes, error: ValueError) -> str:
    if isinstance(error, NestingError):
        return str(error)
    if not body.strip():
        reason = "it is empty"
    elif body.lstrip().startswith(b"<"):
        reason = "it looks like HTML"
    elif isinstance(error, UnicodeDecodeError):
        reason = "it holds a string that is not UTF-8"
    else:
        reason = str(error)
    return f"is not JSON: {reason}"


def find_rows(envelope: dict[str, Any], *, page: int) -> list[Any]:
    """Take the list at `results.customers`."""
    found: Any = envelope
    for path, key, kind, expected in (
        ("results", "results", dict, "an object"),
        ("results.customers", "customers", list, "a list"),
    ):
        if key not in found:
            what = f"{path} is missing, where {expected} belongs"
            raise DecodeError(what, advice=ADVICE_SHAPE, page=page, path=path)
        found = found[key]
        if type(found) is not kind:
            raise wrong_shape(path, found, expected, page=page)
    rows: list[Any] = found
    return rows


def read_total(envelope: dict[str, Any], *, rows: int, page: int) -> int:
    """Take the list's size; never coerced, since every later request is planned by it."""
    key, total = "total_count", envelope.get("total_count", _ABSENT)
    if total is _ABSENT and (count := envelope.get("count", _ABSENT)) is not _ABSENT:
        key, total = "count", count
    if total is _ABSENT:
        problem = "is missing"
    elif type(total) is not int:
        problem = f"is {json_type(total)}, not a whole number"
    elif not 0 <= total <= MAX_TOTAL_COUNT:
        problem = f"is not between 0 and {MAX_TOTAL_COUNT}"
    elif total < rows:
        problem = f"is smaller than the {rows} rows of this very page"
    else:
        return total
    what = f"{key} {problem}"
    raise DecodeError(what, advice=ADVICE_SHAPE, page=page, path=key)


def read_next(envelope: dict[str, Any]) -> bool | None:
    """Tell whether the earlier envelope's `next` is an address (True) or null (False); None when it says nothing."""
    address = envelope.get("next", _ABSENT)
    if address is None:
        return False
    return True if type(address) is str and address else None


def wrong_shape(path: str, found: object, expected: str, *, page: int | None, row: int | None = None) -> DecodeError:
    """Say what is at a path, and what belongs there."""
    what = f"{path} is {json_type(found)}, not {expected}"
    return DecodeError(what, advice=ADVICE_SHAPE, page=page, row=row, path=path)
