"""The arguments of the endpoints beside the list, checked before anything is sent. Pure.

They bear the names of the API's request keys. `UNSET` stands for a key that is not sent, which changes nothing; None is
sent as null, and what the server makes of that is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from msgspec import UNSET, UnsetType

from explo_async.checks import check_flag, check_text
from explo_async.errors import ConfigurationError

Text = str | None | UnsetType
Texts = tuple[str, ...] | list[str] | None | UnsetType
Values = Mapping[str, Any] | None | UnsetType
Ids = Mapping[str, str] | None | UnsetType
Flag = bool | None | UnsetType

_DEEPEST = 100


def spell(**arguments: object) -> dict[str, Any]:
    """Return what is to be sent, each argument checked by its name; raises `ConfigurationError`."""
    spelled = {}
    for name, value in arguments.items():
        if value is UNSET:
            continue
        if value is not None:
            value = _CHECKS.get(name, _read_text)(name, value)  # noqa: PLW2901 -- in the form that is sent
        spelled[name] = value
    return spelled


def _read_text(name: str, value: object) -> object:
    check_text(name, value)
    return value


def _read_name(name: str, value: object) -> object:
    if value == "":
        return value
    return _read_text(name, value)


def _read_flag(name: str, value: object) -> object:
    check_flag(name, value)
    return value


def _read_texts(name: str, value: object) -> object:
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        msg = f"{name} must be a list of strings, not of type {type(value).__name__}"
        raise ConfigurationError(msg)
    texts = list(value)
    for place, text in enumerate(texts):
        check_text(f"{name}[{place}]", text)
    return texts


def _read_values(name: str, value: object) -> object:
    if not isinstance(value, Mapping):
        msg = f"{name} must be a mapping, not of type {type(value).__name__}"
        raise ConfigurationError(msg)
    return _as_json(name, value, _DEEPEST)


def _read_ids(name: str, value: object) -> object:
    found = _read_values(name, value)
    assert isinstance(found, dict)  # noqa: S101 -- for the type checker
    for key, each in found.items():
        if not isinstance(each, str | int) or isinstance(each, bool):
            msg = f"{name}[{key!r:.40}] must be the id of a data source, a string or a number"
            raise ConfigurationError(msg)
    return found


def _as_json(path: str, value: object, deepest: int) -> object:
    """Return a value as plain JSON, or say where it is none: a NaN would be sent as null, and a date as a text."""
    match value:
        case None | bool() | int():
            return value
        case str():
            check_text(path, value or "-")
            return value
        case float() if isfinite(value):
            return value
        case Mapping() if deepest > 0:
            for key in value:
                check_text(f"a key of {path}", key if key != "" else "-")
            return {key: _as_json(f"{path}[{key!r:.40}]", each, deepest - 1) for key, each in value.items()}
        case list() | tuple() if deepest > 0:
            return [_as_json(f"{path}[{place}]", each, deepest - 1) for place, each in enumerate(value)]
    why = f"nested more than {_DEEPEST} levels deep" if deepest <= 0 else f"of type {type(value).__name__}"
    msg = f"{path} is not a value that JSON has: it is {why if not isinstance(value, float) else value}"
    raise ConfigurationError(msg)


_CHECKS = {
    "name": _read_name,
    "is_demo_group": _read_flag,
    "disable_editable_section_editing": _read_flag,
    "emails": _read_texts,
    "group_tags": _read_texts,
    "rb_allowed_features": _read_texts,
    "properties": _read_values,
    "mapping": _read_ids,
}
