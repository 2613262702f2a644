"""What of aiohttp's errors reaches a message: its own words, never what the server sent."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp.http import HttpProcessingError, HttpVersion11, RawResponseMessage
from multidict import CIMultiDict, CIMultiDictProxy

from explo_async import TransportError
from explo_async.wire.aiohttp_errors import translate

SECRET = "t0ken-of-somebody"
QUOTE = f"\n\n  b'{SECRET}'\n    ^"
HEADERS = CIMultiDictProxy(CIMultiDict({"X": SECRET}))
HALF = RawResponseMessage(HttpVersion11, 200, SECRET, HEADERS, ((b"X", SECRET.encode()),), False, None, False, False)


def response_error(message: str) -> aiohttp.ClientResponseError:
    """Make the error for an answer that is not HTTP."""
    return aiohttp.ClientResponseError(None, (), status=400, message=message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (response_error("Invalid header token:" + QUOTE), "not valid HTTP (ClientResponseError: Invalid header token)"),
        (response_error(f"Bad status line {SECRET!r}"), "not valid HTTP (ClientResponseError: Bad status line)"),
        (response_error(""), "not valid HTTP (ClientResponseError)"),
        (HttpProcessingError(code=400, message=SECRET), "not valid HTTP (HttpProcessingError)"),
        (aiohttp.ClientPayloadError(f"400, message:\n  {SECRET}"), "broke off (ClientPayloadError)"),
        (
            aiohttp.ClientPayloadError(f"<ContentLengthError: 400, message='Not enough data to satisfy. {SECRET}'>"),
            "broke off (ClientPayloadError: Not enough data to satisfy)",
        ),
        (
            aiohttp.ClientPayloadError("400, message:\n  Can not decode content-encoding: gzip"),
            "broke off (ClientPayloadError: Can not decode content-encoding: gzip)",
        ),
        (aiohttp.ServerDisconnectedError(), "broke off (ServerDisconnectedError: Server disconnected)"),
        (aiohttp.ServerDisconnectedError(HALF), "broke off (ServerDisconnectedError: the headers were cut off)"),
        (ConnectionResetError(104, "reset by peer"), "broke off (ConnectionResetError: [Errno 104] reset by peer)"),
        (ValueError(SECRET), "broke off (ValueError)"),
    ],
    ids=lambda value: value.split("(")[1] if isinstance(value, str) else "",
)
def test_a_message_quotes_nothing_of_the_answer(error: Exception, words: str) -> None:
    """The error says what aiohttp found wrong in one line, without the bytes that it found there."""
    failure = translate(error, origin="https://api.explo.co", closed=False)
    assert isinstance(failure, TransportError)
    assert failure.what.endswith(words)
    assert SECRET not in repr(failure.__dict__) + str(failure)
