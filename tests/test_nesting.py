"""The limit to JSON's nesting: exact, the same on every Python, and low enough for all that is done with the values."""

from __future__ import annotations

import copy
import json
import pickle
import pprint
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explo_async import nesting
from explo_async.decode.page import decode_page
from explo_async.files.lines import encode_lines
from explo_async.nesting import MAX_NESTING, Json, NestingError, decode_json, nests_too_deeply
from tests.helpers.generators import json_values, page_body

brackets = st.text(st.sampled_from('[]{}"\\a\n'), max_size=6)
values = st.recursive(
    st.integers() | brackets | json_values,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(brackets, children, max_size=3),
    max_leaves=8,
)


def depth_of(value: Any) -> int:
    """Count the levels of a value."""
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


def nest(levels: int) -> str:
    """Write lists and objects within each other."""
    return '[{"a":' * (levels // 2) + "[" * (levels % 2) + "1" + "]" * (levels % 2) + "}]" * (levels // 2)


@example(value=['"[['], limit=1, indent=None)
@example(value=["\\", "[["], limit=1, indent=None)
@example(value=["[[", "", "[["], limit=1, indent=None)
@given(value=values, limit=st.integers(0, 6), indent=st.sampled_from((None, 1)))
def test_the_look_at_the_brackets_is_exact(value: Any, limit: int, indent: int | None) -> None:
    """It counts the levels of any JSON, whatever brackets, quotes and backslashes its strings have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nesting, "MAX_NESTING", limit)
        assert nests_too_deeply(json.dumps(value, indent=indent).encode()) is (depth_of(value) > limit)


@given(values)
def test_usual_and_unusual_values(value: Any) -> None:
    """What is read is the same whether or not its levels were looked at, and what json reads."""
    text = json.dumps(value)
    read = [decode_json(text), decode_json(text.encode()), msgspec.json.decode(text), json.loads(text)]
    assert list(map(repr, read)) == [repr(value)] * 4


@example(json.loads(nest(6)))
@example(json.loads(nest(7)))
@given(values)
def test_the_type_for_usual_values(value: Any) -> None:
    """It takes what has few levels, as it is, and nothing else."""
    text = json.dumps({"a": value})
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(dict[str, Json])
    if depth_of(value) <= 6:
        assert repr(decoder.decode(text)) == repr({"a": value})
    else:
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(text)


@pytest.mark.parametrize("levels", [0, 1, 6, 7, 8, 127, 128])
def test_within_the_limit(levels: int) -> None:
    """Up to 128 levels are read, from bytes and from text."""
    assert MAX_NESTING == 128
    assert depth_of(decode_json(nest(levels))) == levels
    assert decode_json(nest(levels).encode()) == decode_json(nest(levels))


@pytest.mark.parametrize("text", [nest(129), nest(1001), nest(10**6), "[" * 10**6, '{"a":' * 10**6, "[1," * 129])
def test_beyond_the_limit(text: str) -> None:
    """More levels, or what begins so, are an error that says so, however many they are; nothing overflows."""
    for given_as in (text, text.encode()):
        with pytest.raises(NestingError, match="^is nested too deeply, beyond 128 levels$"):
            decode_json(given_as)


@pytest.mark.parametrize(
    "text", ["", "[" * 128, "[" * 9 + "NaN", "]" * 200, '"' + "[" * 200, "\\" * 9, '["\\', "[1e999]"]
)
def test_what_is_no_json(text: str) -> None:
    """It is told by msgspec, as without the limit."""
    with pytest.raises(ValueError, match="^.") as expected:
        msgspec.json.decode(text)
    with pytest.raises(type(expected.value)) as caught:
        decode_json(text)
    assert str(caught.value) == str(expected.value)


def test_nothing_fails_later() -> None:
    """What a body may bring in can be written, compared, shown, copied and pickled by the usual means."""
    body = page_body([{"provided_id": "a", "properties": {"a": json.loads(nest(123))}}])
    assert not nests_too_deeply(body)
    assert nests_too_deeply(b"[" + body + b"]")
    (customer,), (again,) = (decode_page(body, page=1).rows for _ in range(2))
    assert customer == again
    assert copy.deepcopy(customer) == customer
    assert pickle.loads(pickle.dumps(customer)) == customer
    assert json.loads(json.dumps(customer.properties)) == customer.properties
    assert decode_json(encode_lines([customer], with_tokens=True))["properties"] == customer.properties
    assert pprint.pformat(customer.properties)
    assert "{'a': [{'a': " in repr(customer)
