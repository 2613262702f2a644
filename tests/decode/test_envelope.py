"""Envelopes: where the rows are, how many the list has, whether there are more, and what is wrong otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from explo_async.decode.envelope import (
    ADVICE_SHAPE,
    MAX_TOTAL_COUNT,
    find_rows,
    parse_body,
    read_next,
    read_total,
    usual_body,
    wrong_shape,
)
from explo_async.errors import DecodeError


class Row(msgspec.Struct):
    """A row that has an id alone."""

    provided_id: str


USUAL = usual_body(Row)
OPENING = b'{"total_count": 1, "results": {"customers": [{"provided_id": "a"}]}'


@pytest.mark.parametrize(
    "further", [b"", b', "next": null, "previous": "https://x"', b', "count": 1', b', "count": "1"']
)
def test_a_documented_envelope_is_usual(further: bytes) -> None:
    """The keys of both documented envelopes may be there, whatever they hold; the rows come as they were asked for."""
    body = USUAL.decode(OPENING + further + b"}")
    assert body.results.customers == [Row("a")]
    assert body.total_count == 1


def test_an_absent_key_is_told_from_null() -> None:
    """A null total is an error of the server, and an absent one calls for the earlier spelling."""
    body = USUAL.decode(OPENING.replace(b'"total_count": 1', b'"count": null') + b"}")
    assert (body.total_count, body.count, body.next, body.previous) == (msgspec.UNSET, None, *[msgspec.UNSET] * 2)


@pytest.mark.parametrize(
    "body",
    [
        OPENING + b', "links": {}}',
        OPENING.replace(b"[", b'[], "more": [') + b"}",
        OPENING.replace(b'"a"', b"7") + b"}",
        OPENING.replace(b'"results"', b'"result"') + b"}",
        OPENING,
        b"[]",
    ],
    ids=["key", "inner key", "row", "no results", "cut", "list"],
)
def test_any_other_body_is_not(body: bytes) -> None:
    """One further key, or a row that is not as it should be, and the body is read row by row."""
    with pytest.raises(msgspec.DecodeError):
        USUAL.decode(body)


def test_a_body_is_one_object() -> None:
    """Any object is taken as it is."""
    assert parse_body(b' {"a": [1, null]} ', page=1) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty (0 bytes)"),
        (b"\n\n", "it is empty (2 bytes)"),
        (b" <p>", "it looks like HTML (4 bytes)"),
        (b"{", "Input data was truncated (1 bytes)"),
        (b'"\xff"', "it holds a string that is not UTF-8 (3 bytes)"),
    ],
)
def test_a_body_that_is_no_json_is_worth_a_repeat(body: bytes, reason: str) -> None:
    """The message says what it is instead, and how long it is."""
    with pytest.raises(DecodeError) as caught:
        parse_body(body, page=4)
    error = caught.value
    assert error.what == f"the body is not JSON: {reason}"
    assert error.advice == "check that base_url is Explo's API and that nothing in between answers in its place"
    assert (error.malformed, error.page, error.__cause__, error.__context__) == (True, 4, None, None)


def test_a_number_beyond_all_bounds_is_not() -> None:
    """The document is whole, so that another attempt would bring the same."""
    with pytest.raises(DecodeError) as caught:
        parse_body(b'{"a": 1e999}', page=4)
    error = caught.value
    assert error.what == "the body holds a number that cannot be represented (12 bytes)"
    assert (error.malformed, error.page, error.advice) == (False, 4, ADVICE_SHAPE)


@pytest.mark.parametrize(("body", "found"), [(b"null", "null"), (b"[{}]", "a list"), (b"1.5", "a number")])
def test_a_body_that_is_no_object_is_named(body: bytes, found: str) -> None:
    """The place is the document itself."""
    with pytest.raises(DecodeError) as caught:
        parse_body(body, page=4)
    error = caught.value
    assert (error.what, error.path, error.malformed) == (f"$ is {found}, not an object", "$", False)
    assert (error.page, error.row, error.advice) == (4, None, ADVICE_SHAPE)


def test_rows_are_taken_as_they_are() -> None:
    """The list itself is handed on, whatever its rows are."""
    rows = [{"provided_id": "a"}, 7]
    assert find_rows({"results": {"customers": rows, "more": 1}}, page=1) is rows


@pytest.mark.parametrize(
    ("envelope", "path", "problem"),
    [
        ({}, "results", "is missing, where an object belongs"),
        ({"results": [1]}, "results", "is a list, not an object"),
        ({"results": {}}, "results.customers", "is missing, where a list belongs"),
        ({"results": {"customers": {"a": 1}}}, "results.customers", "is an object, not a list"),
    ],
)
def test_missing_rows_are_named_by_their_place(envelope: dict[str, Any], path: str, problem: str) -> None:
    """The first step of the way that is not there, or leads elsewhere, is named."""
    with pytest.raises(DecodeError) as caught:
        find_rows(envelope, page=4)
    error = caught.value
    assert (error.what, error.path, error.page) == (f"{path} {problem}", path, 4)
    assert (error.advice, error.malformed) == (ADVICE_SHAPE, False)


@pytest.mark.parametrize(
    ("envelope", "rows", "total"),
    [
        ({"total_count": 0}, 0, 0),
        ({"total_count": 5}, 5, 5),
        ({"total_count": MAX_TOTAL_COUNT}, 1, MAX_TOTAL_COUNT),
        ({"count": 5}, 3, 5),
        ({"total_count": 5, "count": None}, 3, 5),
        ({"total_count": msgspec.UNSET, "count": 6}, 3, 6),
    ],
)
def test_a_total_is_at_least_the_rows(envelope: dict[str, Any], rows: int, total: int) -> None:
    """Today's key counts before the earlier one."""
    assert read_total(envelope, rows=rows, page=1) == total


@pytest.mark.parametrize(
    ("envelope", "key", "problem"),
    [
        ({}, "total_count", "is missing"),
        ({"total_count": msgspec.UNSET, "count": msgspec.UNSET}, "total_count", "is missing"),
        ({"total_count": True}, "total_count", "is a boolean, not a whole number"),
        ({"count": 5.0}, "count", "is a number, not a whole number"),
        ({"count": -1}, "count", "is not between 0 and 1000000000"),
        ({"total_count": 1_000_000_001}, "total_count", "is not between 0 and 1000000000"),
        ({"total_count": 2}, "total_count", "is smaller than the 3 rows of this very page"),
    ],
)
def test_a_total_is_never_guessed(envelope: dict[str, Any], key: str, problem: str) -> None:
    """What is no plausible whole number is refused under the name it came with."""
    with pytest.raises(DecodeError) as caught:
        read_total(envelope, rows=3, page=4)
    error = caught.value
    assert (error.what, error.path, error.page) == (f"{key} {problem}", key, 4)
    assert (error.advice, error.malformed) == (ADVICE_SHAPE, False)


@pytest.mark.parametrize(
    ("envelope", "more"),
    [
        ({"next": "https://api.explo.co/?page=2"}, True),
        ({"next": None}, False),
        ({}, None),
        ({"next": msgspec.UNSET}, None),
        ({"next": ""}, None),
        ({"next": 2}, None),
    ],
)
def test_the_next_address_tells_whether_there_are_more(envelope: dict[str, Any], more: bool | None) -> None:
    """Only an address and null say something."""
    assert read_next(envelope) is more


def test_a_wrong_shape_names_both() -> None:
    """The error says what is at the place, what belongs there, and in which row."""
    error = wrong_shape("results.customers[3]", "x", "an object", page=4, row=3)
    assert str(error) == f"page 4: results.customers[3] is a string, not an object; {ADVICE_SHAPE}"
    assert (error.path, error.row, error.provided_id, error.malformed) == ("results.customers[3]", 3, None, False)
