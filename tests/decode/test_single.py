"""The answers of the endpoints beside the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from explo_async import Customer, DecodeError
from explo_async.decode.single import read_customer, read_flag, read_tag, read_tags, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "cust0mer-secret"


def test_what_is_there_is_taken() -> None:
    """A customer, a flag, a text, tags."""
    assert read_customer({"customer": {"provided_id": "a", "name": "A"}}) == Customer(provided_id="a", name="A")
    assert read_flag({"new_customer": False}, "new_customer") is False
    assert read_text({"jwt": "x.y.z"}, "jwt") == "x.y.z"
    assert read_tags({"group_tags": [{"id": 1, "name": "m"}, {"name": "n"}]}) == ["m", "n"]
    assert read_tag({"group_tag": {"id": 1, "name": "m"}}) == "m"


@pytest.mark.parametrize(
    ("read", "message", "path"),
    [
        (lambda: read_customer({}), "customer is missing, where an object belongs", "customer"),
        (lambda: read_customer({"customer": [TOKEN]}), "customer is a list, not an object", "customer"),
        (
            lambda: read_customer({"customer": {"provided_id": "a", "token": TOKEN, "name": 7}}),
            "customer.name is a number, not a string",
            "customer.name",
        ),
        (
            lambda: read_flag({"new_customer": 1}, "new_customer"),
            "new_customer is a number, not a bool",
            "new_customer",
        ),
        (lambda: read_text({"jwt": None}, "jwt"), "jwt is null, not a string", "jwt"),
        (lambda: read_tags({"group_tags": {}}), "group_tags is an object, not a list", "group_tags"),
        (lambda: read_tags({"group_tags": [{"name": "m"}, "n"]}), "group_tags[1] is a string", "group_tags[1]"),
        (lambda: read_tags({"group_tags": [{"name": 1}]}), "not an object with a name", "group_tags[0]"),
        (lambda: read_tag({"group_tag": {"id": 1}}), "name is missing, where a string belongs", "name"),
    ],
)
def test_what_is_not_as_documented(read: Callable[[], Any], message: str, path: str) -> None:
    """The error says where, and holds none of the values."""
    with pytest.raises(DecodeError) as caught:
        read()
    assert message in str(caught.value)
    assert caught.value.path == path
    assert TOKEN not in str(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
