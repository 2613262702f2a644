"""The answers of the endpoints beside the list: a customer, a flag, a text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.decode.envelope import ADVICE_SHAPE, wrong_shape
from explo_async.decode.rows import structure_row
from explo_async.decode.values import RecordError
from explo_async.errors import DecodeError

if TYPE_CHECKING:
    from explo_async.models import Customer


def read_customer(answer: dict[str, Any]) -> Customer:
    """Take the customer of an answer; raises `DecodeError`, which holds none of its values."""
    row = _take(answer, "customer", dict, "an object")
    try:
        return structure_row(row)
    except RecordError as error:
        path, reason = error.path, error.reason
    what = f"customer.{path} {reason}"
    raise DecodeError(what, advice=ADVICE_SHAPE, path=f"customer.{path}")


def read_flag(answer: dict[str, Any], key: str) -> bool:
    """Take a boolean of an answer; raises `DecodeError`."""
    flag: bool = _take(answer, key, bool, "a boolean")
    return flag


def read_text(answer: dict[str, Any], key: str) -> str:
    """Take a string of an answer; raises `DecodeError`."""
    text: str = _take(answer, key, str, "a string")
    return text


def read_tags(answer: dict[str, Any]) -> list[str]:
    """Take the names of the group tags of an answer; raises `DecodeError`."""
    tags = _take(answer, "group_tags", list, "a list")
    for place, tag in enumerate(tags):
        if type(tag) is not dict or type(tag.get("name")) is not str:
            path = f"group_tags[{place}]"
            raise wrong_shape(path, tag, "an object with a name", page=None)
    return [tag["name"] for tag in tags]


def read_tag(answer: dict[str, Any]) -> str:
    """Take the name of the group tag of an answer; raises `DecodeError`."""
    return read_text(_take(answer, "group_tag", dict, "an object"), "name")


def _take(answer: dict[str, Any], key: str, kind: type, expected: str) -> Any:
    if key not in answer:
        what = f"{key} is missing, where {expected} belongs"
        raise DecodeError(what, advice=ADVICE_SHAPE, path=key)
    found = answer[key]
    if type(found) is not kind:
        raise wrong_shape(key, found, expected, page=None)
    return found
