"""What an error answer says in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.wire.answer import read_detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"detail": "Invalid page."}', "Invalid page."),
        (b'{"message": "Too many requests"}', "Too many requests"),
        (b'{"error": "no", "message": "because"}', "because"),
        (b'{"detail": ["a"], "error": "b"}', "b"),
        (b'"Method not allowed"', "Method not allowed"),
        (b"Method not allowed\n", "Method not allowed"),
        (b"\xef\xbb\xbfno", "no"),
        (b"404 Not Found", "404 Not Found"),
        (b"bad \xff byte", "bad \N{REPLACEMENT CHARACTER} byte"),
        (b'{"detail": "red \\u001b[31m\\r\\nINFO all is well\\u202e"}', "red [31m INFO all is well"),
        (b"x" * 200, "x" * 200),
        (b"x" * 201, "x" * 197 + "..."),
        (b'{"detail": "' + b"y" * 9000 + b'"}', "y" * 197 + "..."),
        (b'{"detail": ""}', None),
        (b'{"detail": 7}', None),
        (b'{"results": {"customers": []}}', None),
        (b'{"detail": "cut of', None),
        (b'["a"]', None),
        (b'[{"token": "secret', None),
        (b"404", None),
        (b"null", None),
        (b"", None),
        (b" \r\n", None),
        (b"\x00\x01", None),
        (b"  <!DOCTYPE html><p>Bad gateway", None),
        (b"[" * 100_000, None),
    ],
)
def test_detail(body: bytes, detail: str | None) -> None:
    """The server's own words are taken where they are words, printable and short."""
    assert read_detail(body) == detail


@given(st.binary(max_size=300) | st.text(st.characters(codec="utf-8"), max_size=300).map(str.encode))
def test_any_bytes(body: bytes) -> None:
    """Whatever the bytes, one printable line of at most 200 characters comes of them, or None."""
    detail = read_detail(body)
    assert detail is None or (detail.isprintable() and 0 < len(detail) <= 200 and detail == detail.strip())
