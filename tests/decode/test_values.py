"""Strict readers of single values: what each takes, and the words for what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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

if TYPE_CHECKING:
    from collections.abc import Callable

JSON: dict[str, Any] = {
    "null": None,
    "a boolean": True,
    "a number": 7,
    "a string": "x",
    "a list": ["x"],
    "an object": {"1": "x"},
}
"""A value of each JSON type; `a number` stands for floats as well."""

READERS: list[tuple[Callable[[object, object], object], str, set[str]]] = [
    (read_text, "a string", {"a string"}),
    (read_optional_text, "a string", {"a string", "null"}),
    (read_boolean, "a boolean", {"a boolean", "null"}),
    (read_texts, "a list of strings", {"a list", "null"}),
    (read_values, "an object", {"an object", "null"}),
    (read_ids, "an object of ids", {"an object", "null"}),
]
"""Each reader, what it calls for, and the JSON types that it takes."""


@pytest.mark.parametrize(("name", "value"), [*JSON.items(), ("a number", 1.5)])
def test_every_json_type_has_a_name(name: str, value: object) -> None:
    """A message names the type of a value, and never the value."""
    assert json_type(value) == name


@pytest.mark.parametrize(("read", "expected", "taken"), READERS, ids=lambda value: getattr(value, "__name__", None))
def test_a_reader_takes_its_own_type_alone(
    read: Callable[[object, object], object], expected: str, taken: set[str]
) -> None:
    """Nothing is coerced: any other type is refused by both names."""
    for name, value in [*JSON.items(), ("a number", 0), ("a number", 1.5), ("a string", "")]:
        if name in taken:
            read(value, None)
            continue
        with pytest.raises(RecordError) as caught:
            read(value, None)
        assert (caught.value.path, caught.value.reason) == ("", f"is {name}, not {expected}")


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (read_text, "x", "x"),
        (read_text, "", ""),
        (read_optional_text, "x", "x"),
        (read_optional_text, None, None),
        (read_boolean, True, True),
        (read_boolean, False, False),
        (read_boolean, None, False),
        (read_texts, ["a", "b"], ("a", "b")),
        (read_texts, [], ()),
        (read_texts, None, ()),
        (read_values, {"a": [1]}, {"a": [1]}),
        (read_values, None, {}),
        (read_ids, {"40": "213", "134": 386}, {"40": "213", "134": "386"}),
        (read_ids, {"a": -1, "b": 2**70}, {"a": "-1", "b": str(2**70)}),
        (read_ids, None, {}),
    ],
)
def test_a_reader_gives_the_value(read: Callable[[object, object], object], value: object, result: object) -> None:
    """What is taken comes as it is; a null is False or empty, a bare id a string."""
    found = read(value, None)
    assert found == result
    assert type(found) is type(result)


def test_objects_are_not_copied() -> None:
    """A mapping of a million customers is kept once; each null has a mapping of its own."""
    values: dict[str, object] = {"a": 1}
    assert read_values(values, None) is values
    assert read_ids(values, None) is values
    assert read_values(None, None) is not read_values(None, None)
    assert read_ids(None, None) is not read_ids(None, None)


@pytest.mark.parametrize(
    ("texts", "path", "reason"),
    [([7], "[0]", "is a number, not a string"), (["a", "b", None, 7], "[2]", "is null, not a string")],
)
def test_the_first_wrong_text_is_named_by_its_place(texts: list[object], path: str, reason: str) -> None:
    """A list is read up to the first item that is no string."""
    with pytest.raises(RecordError) as caught:
        read_texts(texts, None)
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize(
    ("key", "shown"),
    [("40", "40"), ("4" * 20, "4" * 20), ("4" * 21, "..."), ("acme@example.com", "..."), ("", "..."), ("4a", "...")],
)
@pytest.mark.parametrize(
    ("value", "found"), [(True, "a boolean"), (1.0, "a number"), (None, "null"), ([], "a list"), ({}, "an object")]
)
def test_a_wrong_id_is_named_by_its_key(key: str, shown: str, value: object, found: str) -> None:
    """The key is shown where it is a schema's id, and never where it could be data."""
    with pytest.raises(RecordError) as caught:
        read_ids({"1": "2", key: value}, None)
    assert (caught.value.path, caught.value.reason) == (f"[{shown}]", f"is {found}, not an id")


def test_an_error_says_where_and_why() -> None:
    """Its message joins both, and it is a ValueError to whoever knows no better."""
    error = RecordError("emails[2]", "is null, not a string")
    assert str(error) == "emails[2] is null, not a string"
    assert isinstance(error, ValueError)
