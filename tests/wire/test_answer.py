"""The error that an answer's status calls for, with the server's words and what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from explo_async.errors import (
    APIError,
    AuthenticationError,
    ExploError,
    NotFound,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    ServerError,
    TransportError,
)
from explo_async.wire.answer import Answer, error_of, is_past_end, read_answer, redact
from tests.helpers.scripted import reply_of

REFUSED = "the request was refused; see the server's words"
DOWN = "Explo has a problem; try again later"
ELSEWHERE = "check base_url: name the final address, with https"
NO_GET = "check base_url: this address does not take GET; Explo answers so when the last slash is missing"
BUSY = "others behind the same address use up the quota; try again later or lower rate_limit"
NO_TOKEN = "check the token (argument `token` or EXPLO_TOKEN): it is mistyped, revoked or absent"


def test_good_answer() -> None:
    """A 200 calls for no error, whatever its body."""
    assert error_of(reply_of(200, b"<html>"), page=1) is None


@pytest.mark.parametrize(
    ("status", "kind", "name", "advice"),
    [
        (100, APIError, "100 Continue", REFUSED),
        (400, APIError, "400 Bad Request", "the server did not understand the query; check the filters"),
        (401, AuthenticationError, "401 Unauthorized", NO_TOKEN),
        (
            403,
            PermissionDenied,
            "403 Forbidden",
            "this token may not list customers; use one of a group that sees them",
        ),
        (404, NotFound, "404 Not Found", "check base_url: the list of customers is not at this address"),
        (405, APIError, "405 Method Not Allowed", NO_GET),
        (408, APIError, "408 Request Timeout", REFUSED),
        (409, APIError, "409 Conflict", REFUSED),
        (429, RateLimited, "429 Too Many Requests", BUSY),
        (499, APIError, "499", REFUSED),
        (500, ServerError, "500 Internal Server Error", DOWN),
        (502, ServerError, "502 Bad Gateway", DOWN),
        (503, ServerError, "503 Service Unavailable", DOWN),
        (504, ServerError, "504 Gateway Timeout", DOWN),
        (520, ServerError, "520", DOWN),
        (999, ServerError, "999", DOWN),
    ],
)
def test_status_to_error(status: int, kind: type[APIError], name: str, advice: str) -> None:
    """Each status has its class, its name in the message, and advice that fits."""
    error = error_of(reply_of(status), page=3)
    assert type(error) is kind
    assert isinstance(error, APIError)
    assert str(error) == f"page 3: the server answered {name}; {advice}"
    assert (error.status, error.detail, error.retry_after, error.page) == (status, None, None, 3)


@pytest.mark.parametrize("status", [413, 418, 422, 451])
def test_other_refusals(status: int) -> None:
    """Any other refusal is a plain APIError with its status."""
    error = error_of(reply_of(status), page=1)
    assert type(error) is APIError
    assert (error.status, error.advice) == (status, REFUSED)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (300, "300 Multiple Choices"),
        (301, "301 Moved Permanently"),
        (302, "302 Found"),
        (303, "303 See Other"),
        (304, "304 Not Modified"),
        (307, "307 Temporary Redirect"),
        (308, "308 Permanent Redirect"),
        (399, "399"),
    ],
)
def test_redirects(status: int, name: str) -> None:
    """Every redirect is refused, is not worth a repeat, and names neither the other address nor the body's words."""
    error = error_of(reply_of(status, b'{"detail": "https://elsewhere"}'), page=1)
    assert type(error) is RedirectRefused
    assert not error.retryable
    what = f"the server answered {name}, a redirect, which is refused so that the token stays put"
    assert str(error) == f"page 1: {what}; {ELSEWHERE}"


@pytest.mark.parametrize(
    ("status", "name"), [(201, "201 Created"), (204, "204 No Content"), (206, "206 Partial Content"), (299, "299")]
)
def test_success_without_a_page(status: int, name: str) -> None:
    """A success that is no 200 is no page, and worth a repeat."""
    error = error_of(reply_of(status, b"{}"), page=2)
    assert type(error) is TransportError
    assert error.retryable
    assert str(error) == f"page 2: the server answered {name} in place of a page; try again later"


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (400, b'{"detail": "Invalid filter."}', "Invalid filter."),
        (401, b'{"detail": "Invalid token."}', "Invalid token."),
        (404, b'{"detail": "Invalid page."}', "Invalid page."),
        (405, b'"Method not allowed"', "Method not allowed"),
        (500, b"Internal Server Error\n", "Internal Server Error"),
        (503, b'{"message": "down for maintenance"}', "down for maintenance"),
    ],
)
def test_detail(status: int, body: bytes, detail: str) -> None:
    """What the server says in words is in the message and on the error."""
    error = error_of(reply_of(status, body), page=1)
    assert isinstance(error, APIError)
    assert error.detail == detail
    assert f": {detail}; " in str(error)


@pytest.mark.parametrize(
    "body", [b"<html><body>Bad gateway", b'{"token": "secret"}', b"[1]", b"", b"\xff\xfe", b"[" * 10_000], ids=repr
)
def test_no_detail(body: bytes) -> None:
    """HTML, other JSON and what is not text are not repeated."""
    error = error_of(reply_of(502, body), page=1)
    assert isinstance(error, APIError)
    assert error.detail in {None, "\N{REPLACEMENT CHARACTER}" * 2}
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("status", "header", "detail", "wait"),
    [
        pytest.param(429, None, "", None, id="neither"),
        pytest.param(429, "7", "", 7.0, id="header"),
        pytest.param(429, None, "Expected available in 42 seconds.", 42.0, id="message"),
        pytest.param(429, "7", "Expected available in 42 seconds.", 7.0, id="header before message"),
        pytest.param(429, "0", "Expected available in 42 seconds.", 0.0, id="header of 0 before message"),
        pytest.param(503, "7", "", 7.0, id="header of a 503"),
        pytest.param(503, None, "Expected available in 42 seconds.", None, id="message of a 503"),
        pytest.param(403, "7", "", 7.0, id="header of a 403"),
        pytest.param(403, None, "Expected available in 42 seconds.", None, id="message of a 403"),
    ],
)
def test_retry_after(status: int, header: str | None, detail: str, wait: float | None) -> None:
    """The wait that the header asks for, in a 429 without one that which the message names; also on the error."""
    headers = {} if header is None else {"retry_after": header}
    answer = reply_of(status, f'{{"detail": "{detail}"}}'.encode(), **headers)
    assert answer.retry_after == wait
    error = error_of(answer, page=1)
    assert isinstance(error, APIError)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("error", "past_end"),
    [
        (NotFound("", status=404, detail="Invalid page."), True),
        (NotFound("", status=404, detail="INVALID PAGE (7): that page contains no results"), True),
        (NotFound("", status=404, detail="Not found."), False),
        (NotFound("", status=404, detail=None), False),
        (APIError("", status=400, detail="Invalid page."), False),
        (TransportError("Invalid page."), False),
        (None, False),
    ],
    ids=repr,
)
def test_is_past_end(error: APIError | TransportError | None, past_end: bool) -> None:
    """A 404 that speaks of an invalid page is the end of the list; another 404 is a wrong address."""
    assert is_past_end(error) is past_end


@pytest.mark.parametrize(
    ("body", "secret", "left"),
    [
        (b'{"detail": "no s3cr3t."}', "s3cr3t", b'{"detail": "no ***."}'),
        (b"s3cr3t, s3cr3t", "s3cr3t", b"***, ***"),
        (b'{"detail": "\\u0073\\u0033cr3t"}', "s3cr3t", b'{"detail":"***"}'),
        (b'{"detail": "a\\"b"}', 'a"b', b'{"detail":"***"}'),
        (b'<p>C:\\ a"b a\\"b', 'a"b', b"<p>C:\\ *** ***"),
        (b"\\" + b"[" * 100_000, "s3cr3t", b"\\" + b"[" * 100_000),
        (b'{"detail": "no"}', "s3cr3t", b'{"detail": "no"}'),
    ],
    ids=["JSON", "text", "escaped", "quote", "not JSON", "nested", "absent"],
)
def test_redact(body: bytes, secret: str, left: bytes) -> None:
    """A secret that a body repeats is put out of sight, however it is spelled."""
    assert redact(body, secret) == left


def test_fresh_answer() -> None:
    """An answer asks for no wait and has no age unless its headers say so."""
    answer = reply_of(200)
    assert (answer.retry_after, answer.age) == (None, 0)


def test_what_the_headers_say() -> None:
    """Each header counts, the longer wait of two; a date counts from the server's own clock, else from this one."""
    now = datetime(2031, 5, 20, 12, tzinfo=UTC)
    headers = CIMultiDict([("retry-after", "5"), ("Retry-After", "Tue, 20 May 2031 12:00:30 GMT"), ("AGE", "7")])
    assert read_answer(429, headers, b"", now) == Answer(status=429, body=b"", retry_after=30.0, age=7)
    headers["Date"] = "Tue, 20 May 2031 12:00:10 GMT"
    assert read_answer(429, headers, b"", now).retry_after == 20.0


@pytest.mark.parametrize(("status", "detail"), [(200, None), (404, "no")])
def test_words_are_an_error_answers(status: int, detail: str | None) -> None:
    """The body of a page is not looked at for words."""
    assert reply_of(status, b'{"detail": "no"}').detail == detail


def test_every_error_is_ours() -> None:
    """No status leads to anything but an error of this package."""
    errors = [error_of(reply_of(status), page=1) for status in range(100, 1000)]
    assert [status for status, error in enumerate(errors, start=100) if not isinstance(error, ExploError)] == [200]
