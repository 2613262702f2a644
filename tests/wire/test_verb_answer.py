"""What an endpoint's answer says: its object, or the error that it stands for."""

from __future__ import annotations

import pytest

from explo_async.errors import (
    APIError,
    AuthenticationError,
    DecodeError,
    ExploError,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
)
from explo_async.wire.verb import DELETE_CUSTOMER, GENERATE_JWT
from explo_async.wire.verb_answer import read_verb_answer
from tests.helpers.scripted import reply_of


@pytest.mark.parametrize("body", [b'{"success": 1, "x": 2}', b'{"success": true, "x": 2}'])
def test_success_is_the_object(body: bytes) -> None:
    """As a number, as documented, or as a boolean."""
    found = read_verb_answer(reply_of(200, body), DELETE_CUSTOMER)
    assert isinstance(found, dict)
    assert found["x"] == 2


def test_an_endpoint_that_has_no_success_needs_none() -> None:
    """But what says that it failed has failed."""
    assert read_verb_answer(reply_of(200, b'{"jwt": "x"}'), GENERATE_JWT) == {"jwt": "x"}
    assert isinstance(read_verb_answer(reply_of(200, b'{"jwt": "x", "success": 0}'), GENERATE_JWT), APIError)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            200,
            b'{"success": 0, "detail": "No."}',
            APIError,
            "delete_customer: the server answered 200 with success: 0: No.",
        ),
        (200, b'{"success": "1"}', APIError, "the server answered 200 with success: '1'"),
        (200, b"{}", APIError, "the server answered 200 without `success`"),
        (200, b"[]", DecodeError, "$ is a list, not an object"),
        (200, b"<html>", DecodeError, "it looks like HTML"),
        (400, b'{"detail": "Bad tag."}', APIError, "400 Bad Request: Bad tag.; the server did not take the arguments"),
        (401, b"{}", AuthenticationError, "mistyped, revoked or absent"),
        (403, b"{}", PermissionDenied, "a read-only token changes nothing"),
        (
            404,
            b'{"detail": "Not found."}',
            NotFound,
            "there is no such customer or tag, or not in the group of this token",
        ),
        (404, b"<html>", APIError, "check base_url: this endpoint is not at this address"),
        (404, b"[1]", APIError, "check base_url: this endpoint is not at this address"),
        (405, b"{}", APIError, "something in between drops the last slash"),
        (429, b"{}", RateLimited, "others behind the same address use up the quota"),
        (503, b"", ServerError, "503 Service Unavailable"),
    ],
)
def test_what_fails(status: int, body: bytes, kind: type[ExploError], message: str) -> None:
    """Each status is an error of its kind, and says what to do; a page for people is no customer that is absent."""
    found = read_verb_answer(reply_of(status, body), DELETE_CUSTOMER)
    assert type(found) is kind
    assert message in str(found)
    assert getattr(found, "status", status) == status
