"""Bodies to pages: the envelope, and every body that is not one."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.page import DecodedPage, decode_page
from explo_async.errors import DecodeError
from explo_async.models import Customer
from tests.helpers.generators import page_body, pages, usual_records

GOLDEN = Path(__file__).parents[1] / "golden"
ROW = {"provided_id": "acme"}


def golden_customer(number: int, access_group: str, emails: str, tags: tuple[str, ...], key: str) -> Customer:
    return Customer(
        provided_id=f"example_{number}",
        name=f"Example {number}",
        token="<customer_token_to_auth_dashboard>",
        emails=(emails,),
        group_tags=tags,
        properties={key: "value"},
        computed_properties={key: "value"},
        access_group=access_group,
        parent_schema_datasource_mapping={"40": "213", "134": "386"},
        computed_parent_schema_datasource_mapping={"40": "213", "134": "386"},
        hierarchy_level=f"Level {number}",
    )


def fail(body: bytes, **options: Any) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        decode_page(body, page=3, **options)
    return caught.value


@pytest.mark.parametrize(
    ("file", "key", "has_next"),
    [("customers_page.json", "filter_value", None), ("customers_page_camel.json", "filterValue", True)],
)
def test_golden(file: str, key: str, has_next: bool | None) -> None:
    """The documented example and its earlier form give the customers that they describe, bare ids as strings."""
    page = decode_page((GOLDEN / file).read_bytes(), page=1)
    assert page == DecodedPage(
        total_count=10,
        rows=(
            golden_customer(1, "Development", "one@example.com", ("designers", "engineers"), key),
            golden_customer(2, "Production", "two@example.com", (), key),
        ),
        provided_ids=("example_1", "example_2"),
        invalid=(),
        has_next=has_next,
        is_camel="camel" in file,
    )


def test_empty_list() -> None:
    """A list without customers is a page without rows."""
    page = decode_page(page_body([]), page=1)
    assert page == DecodedPage(total_count=0, rows=(), provided_ids=())


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "it is empty (0 bytes)"),
        (b" \n", "it is empty (2 bytes)"),
        (b"<html><body>Bad gateway</body></html>", "it looks like HTML (37 bytes)"),
        (b'{"total_count": 1, "results": {"cust', "Input data was truncated (36 bytes)"),
        (b"\xef\xbb\xbf{}", "JSON is malformed: invalid character (byte 0) (5 bytes)"),
        (b'{"total_count": NaN}', "JSON is malformed: invalid character (byte 16) (20 bytes)"),
        (b'{"total_count": Infinity}', "JSON is malformed: invalid character (byte 16) (25 bytes)"),
        (b"{} {}", "JSON is malformed: trailing characters (byte 4) (5 bytes)"),
        (b'{"a": "secret\xff"}', "it holds a string that is not UTF-8 (16 bytes)"),
        (b'{"a": "secret\xed\xa0\x80"}', "it holds a string that is not UTF-8 (18 bytes)"),
        ("{}".encode("utf-16"), "JSON is malformed: invalid character (byte 0) (6 bytes)"),
    ],
)
def test_malformed_body(body: bytes, what: str) -> None:
    """A body that is not one whole JSON document says so, with its size and none of its values."""
    error = fail(body)
    assert error.what == f"the body is not JSON: {what}"
    assert (error.malformed, error.page, error.row, error.path) == (True, 3, None, None)
    assert error.advice is not None
    assert str(error).startswith("page 3: the body is not JSON: ")


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"]":', b"}")], ids=["lists", "objects"])
@pytest.mark.parametrize("before", [b'{"properties":{"a":', b'{"a":0,"properties":{"a":', b'{"a":{"b":'])
def test_nesting(opening: bytes, closing: bytes, before: bytes) -> None:
    """A body may have 128 levels, the same in every Python, wherever they are; one more is an error that says so."""
    # The page, its results, the list, the row and the mapping are the first five.
    start, end = page_body([ROW]).replace(b'{"provided_id"', before + b"@" + b'},"provided_id"').split(b"@")
    bodies = [start + opening * levels + b"1" + closing * levels + end for levels in (123, 124, 100_000)]
    assert decode_page(bodies[0], page=3).provided_ids == ("acme",)
    for body in bodies[1:]:
        error = fail(body)
        assert error.what == f"the body is nested too deeply, beyond 128 levels ({len(body)} bytes)"
        assert error.malformed
        assert error.__context__ is None


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00", b"\\ud800\\u0041", b"\\ud800\\udbff", b"x\\ud800 and more"])
@pytest.mark.parametrize("key", [b"name", b"further"])
def test_lone_surrogate(text: bytes, key: bytes) -> None:
    """Half a surrogate pair is refused: such a string could never be written out again."""
    error = fail(page_body([ROW]).replace(b'"provided_id"', b'"' + key + b'": "' + text + b'", "provided_id"'))
    assert error.malformed


def test_surrogate_pair() -> None:
    """An escaped pair is one character."""
    page = decode_page(page_body([ROW]).replace(b"acme", b"\\ud83d\\ude00"), page=1)
    assert page.provided_ids == ("\N{GRINNING FACE}",)


@pytest.mark.parametrize(
    "body", [b'{"a": "secret\xff"}', b'{"total_count": "secret"}', page_body([{"name": "secret"}])]
)
def test_nothing_behind_the_error(body: bytes) -> None:
    """No error is linked to another one, which could hold the body's text and a customer's token with it."""
    error = fail(body)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "secret" not in repr((str(error), error.args, vars(error)))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000])
def test_number_too_large(number: str) -> None:
    """A number that only infinity could stand for is refused, and is no sign of a cut body."""
    error = fail(page_body([ROW | {"properties": {"n": 0}}]).replace(b'"n": 0', f'"n": {number}'.encode()))
    assert error.what.startswith("the body holds a number that cannot be represented (")
    assert not error.malformed


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30, 10**400])
def test_long_integers(number: int) -> None:
    """Integers beyond 64 bits stay exact, as values and as bare ids."""
    record = ROW | {"properties": {"n": number}, "parent_schema_datasource_mapping": {"4": number}}
    (customer,) = decode_page(page_body([record]), page=1).rows
    assert type(customer.properties["n"]) is int
    assert customer.properties["n"] == number
    assert customer.parent_schema_datasource_mapping == {"4": str(number)}


def test_duplicate_keys() -> None:
    """Of a key that comes twice in one object the last one counts, in the usual page and in the unusual one."""
    body = (
        b'{"total_count": 9, "total_count": 1, "results": {"customers": [{"provided_id": "a", "provided_id": "b"%s}]}}'
    )
    assert [decode_page(body % more, page=1).provided_ids for more in (b"", b', "new": 1')] == [("b",), ("b",)]


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        (None, "$", "$ is null, not an object"),
        ([], "$", "$ is a list, not an object"),
        ("x", "$", "$ is a string, not an object"),
        ({"total_count": 1}, "results", "results is missing, where an object belongs"),
        ({"total_count": 1, "results": None}, "results", "results is null, not an object"),
        ({"total_count": 1, "results": []}, "results", "results is a list, not an object"),
        ({"results": {}}, "results.customers", "results.customers is missing, where a list belongs"),
        ({"results": {"customers": None}}, "results.customers", "results.customers is null, not a list"),
        ({"results": {"customers": {}}}, "results.customers", "results.customers is an object, not a list"),
        ({"results": {"customers": "x"}}, "results.customers", "results.customers is a string, not a list"),
    ],
)
def test_wrong_envelope(document: Any, path: str, what: str) -> None:
    """An envelope that the API does not document names the place and both types; records set aside do not matter."""
    for collect in (False, True):
        error = fail(json.dumps(document).encode(), collect_invalid=collect)
        assert (error.what, error.path, error.malformed, error.row) == (what, path, False, None)


@pytest.mark.parametrize("row", [None, "acme", 1, ["acme"]])
@pytest.mark.parametrize("collect", [False, True])
def test_row_that_is_no_object(row: Any, collect: bool) -> None:
    """A row that is no record at all is the envelope's fault, also where records are set aside."""
    error = fail(page_body([ROW, row]), collect_invalid=collect)
    assert error.path == "results.customers[1]"
    assert error.row == 1
    assert not error.malformed


def test_error_can_be_pickled() -> None:
    """A decode error keeps its facts across processes."""
    error = fail(page_body([ROW | {"emails": [1]}]))
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.row, copy.path) == (str(error), error.row, error.path)


@given(pages(usual_records), st.data())
def test_no_prefix_is_a_page(body: bytes, data: st.DataObject) -> None:
    """A body cut anywhere is never taken for a whole one."""
    error = fail(body[: data.draw(st.integers(0, len(body) - 1))])
    assert error.malformed


@given(st.binary(max_size=40))
def test_any_bytes(body: bytes) -> None:
    """Whatever the bytes, nothing but a decode error comes of what is no page."""
    assert fail(body).page == 3
