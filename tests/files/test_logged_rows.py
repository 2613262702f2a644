"""Rows for a log: the same customers, or the same error, as by records, whatever text the server sent."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode.records import decode_records
from explo_async.errors import DecodeError
from explo_async.files.lines import decode_record, encode_lines
from explo_async.files.logged import FreeTextRecord
from explo_async.files.logged_rows import LOGGED_ROWS, decode_logged
from explo_async.files.raw_json import settle
from explo_async.record import Record, customer_of
from tests.helpers.record_strategy import fingerprint, lists_of_records, records

TEXTS = {
    "usual": '{"a":1}',
    "with spaces": '{ "a" : [1 , 2], "b": "x, y" }',
    "on two lines": '{"a":\n1}',
    "with a tab": '{"a":\t1}',
    "texts with what separates": '{"a":"x, y: z","b":"{ }"}',
    "escapes": '{"a":"\\u00e9\\n\\"\\/"}',
    "not ASCII": '{"é":"東京"}',
    "a key twice": '{"a":1,"a":2}',
    "floats": '{"a":1.50,"b":1E5,"c":-0.0,"d":1e-400}',
    "large integers": '{"a":18446744073709551616}',
    "a text like a large number": '{"a":"0e1234"}',
    "null": "null",
    "empty": "{}",
    "long": '{"a":"' + "x" * 300 + '"}',
    "long and with many brackets": '{"a":"' + "[" * 300 + '"}',
    "long and with many objects": '{"a":[' + "{}," * 200 + "{}]}",
    "deep": '{"a":' * 100 + "1" + "}" * 100,
    "too deep": '{"a":' * 129 + "1" + "}" * 129,
    "far too deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "infinite": '{"a":1e999}',
    "infinite with a plus": '{"a":1E+999}',
    "infinite by its digits": '{"a":' + "9" * 400 + ".0}",
    "too many digits": '{"a":' + "9" * 5000 + "}",
    "a list": "[]",
    "a number": "7",
    "no JSON": "{",
    "a comma too many": '{"a":1,}',
    "a word": '{"a":NaN}',
}


def body_of(text: bytes, name: str = "properties") -> bytes:
    """Write a page of three customers, of which the second has this text in a field."""
    usual = b'{"provided_id":"%d","token":"t","properties":{"p":1},"computed_properties":null}'
    odd = b'{"provided_id":"2","token":"t","' + name.encode() + b'":' + text + b"}"
    return b'{"total_count":3,"results":{"customers":[' + b",".join([usual % 1, odd, usual % 3]) + b"]}}"


def outcome(decode: Any, body: bytes) -> Any:
    """Return what the lines of the rows say, or the words of the error."""
    try:
        rows = decode(body, page=4).rows
    except DecodeError as error:
        return str(error)
    lines = encode_lines(rows, with_tokens=True).splitlines()
    assert len(lines) == len(rows)
    return fingerprint([decode_record(line) for line in lines])


@pytest.mark.parametrize("name", ["properties", "computed_properties"])
@pytest.mark.parametrize("case", TEXTS)
def test_a_text_is_what_it_is_by_records(case: str, name: str) -> None:
    """The same customer, or the same error."""
    body = body_of(TEXTS[case].encode(), name)
    assert outcome(decode_logged, body) == outcome(decode_records, body)


@pytest.mark.parametrize("text", [b'{"a":"\xff"}', b'{"\xc3":1}', b'{"a":"\\ud800"}'])
def test_what_is_no_text(text: bytes) -> None:
    """msgspec does not look at the UTF-8 of what it passes over."""
    assert outcome(decode_logged, body_of(text)) == outcome(decode_records, body_of(text))


@given(drawn=lists_of_records, indent=st.sampled_from([None, 0, 1]), ascii_only=st.booleans())
def test_any_customers(drawn: list[Record], indent: int | None, *, ascii_only: bool) -> None:
    """However the server spaces its JSON, and whatever it escapes."""
    rows = json.loads(b"[" + b",".join(encode_lines(drawn, with_tokens=True).splitlines()) + b"]")
    envelope = {"total_count": len(rows), "results": {"customers": rows}}
    body = json.dumps(envelope, indent=indent, ensure_ascii=ascii_only).encode()
    assert outcome(decode_logged, body) == outcome(decode_records, body) == fingerprint(drawn)


@given(record=records)
def test_rows_become_customers(record: Record) -> None:
    """For the handler of an error, which gets customers whatever was asked for."""
    body = msgspec.json.encode({"total_count": 1, "results": {"customers": [_row_of(record)]}})
    page = decode_logged(body, page=1)
    assert list(LOGGED_ROWS.to_customers(page.rows)) == [customer_of(record)]


def _row_of(record: Record) -> Any:
    return msgspec.json.decode(encode_lines([record], with_tokens=True))


def test_the_text_of_the_server_is_kept() -> None:
    """As long as it is compact: nothing is decoded, and numbers are written as they were."""
    page = decode_logged(body_of(b'{"a":1.50,"b":"x"}'), page=1)
    assert isinstance(page.rows[1], FreeTextRecord)
    assert b'"properties":{"a":1.50,"b":"x"}' in encode_lines(page.rows, with_tokens=False)


def test_spaces_between_values_are_taken_out_where_there_are_any() -> None:
    """Of that text alone; spaces within texts are no reason to write a number in another way."""
    texts = [b'{"a": 1.50}', b'{"a":1.50}', b"null"]
    assert list(map(bytes, settle(list(map(msgspec.Raw, texts))))) == [b'{"a":1.5}', b'{"a":1.50}', b"null"]
    with pytest.raises(ValueError, match="is no object"):
        settle([msgspec.Raw(b"[]")])
