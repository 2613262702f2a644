"""Strict readers of single JSON values: what they accept is what the API documents, and nothing is coerced.

cattrs' own hooks coerce (None to 'None', "false" to True, 'x@y' to three strings), so each type in use has one here. A
null is as good as an absent key, save where a plain string is required. Knows nothing of records and their keys.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON_TYPES = {
    NoneType: "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def json_type(value: object) -> str:
    """Name the JSON type of a decoded value, for a message: `a string`, `null`."""
    return _JSON_TYPES[type(value)]


class RecordError(ValueError):
    """A record cannot be read: `path` says where inside it, `reason` why, without its values."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.reason = reason


def _reject(expected: str, found: object, path: str = "") -> NoReturn:
    raise RecordError(path, f"is {json_type(found)}, not {expected}")


def read_text(value: object, _: object) -> str:
    """Read a string."""
    if type(value) is not str:
        _reject("a string", value)
    return value


def read_optional_text(value: object, _: object) -> str | None:
    """Read a string or null."""
    if value is not None and type(value) is not str:
        _reject("a string", value)
    return value


def read_boolean(value: object, _: object) -> bool:
    """Read a boolean; null is False."""
    if value is None:
        return False
    if type(value) is not bool:
        _reject("a boolean", value)
    return value


def read_texts(value: object, _: object) -> tuple[str, ...]:
    """Read a list of strings; null is an empty one."""
    if value is None:
        return ()
    if type(value) is not list:
        _reject("a list of strings", value)
    for index, item in enumerate(value):
        if type(item) is not str:
            _reject("a string", item, f"[{index}]")
    return tuple(value)


def read_values(value: object, _: object) -> Mapping[str, Any]:
    """Read an object of any JSON values; null is an empty one."""
    if value is None:
        return {}
    if type(value) is not dict:
        _reject("an object", value)
    return value


def read_ids(value: object, _: object) -> Mapping[str, str]:
    """Read an object of ids, strings whether quoted or bare (older documented examples show numbers), in place."""
    if value is None:
        return {}
    if type(value) is not dict:
        _reject("an object of ids", value)
    for key, item in value.items():
        if type(item) is int:
            value[key] = str(item)
        elif type(item) is not str:
            # Schema ids are short decimals; any other key could be data, which no message shows.
            shown = key if key.isdecimal() and len(key) <= 20 else "..."  # noqa: PLR2004
            _reject("an id", item, f"[{shown}]")
    return value
