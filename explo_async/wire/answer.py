"""What came back from one request: reading it, and the error that its status calls for. Pure."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import msgspec
from attrs import frozen

from explo_async.endpoint import INVALID_PAGE
from explo_async.errors import (
    APIError,
    AuthenticationError,
    NotFound,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    ServerError,
    TransportError,
)
from explo_async.nesting import decode_json
from explo_async.text import one_line, shorten
from explo_async.wire.retry_after import parse_age, parse_retry_after, parse_throttle_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from multidict import MultiMapping

    from explo_async.pacing.lease import Lease
    from explo_async.progress import FetchStats

_ADVICE: dict[int, tuple[type[APIError], str]] = {
    400: (APIError, "the server did not understand the query; check the filters"),
    401: (AuthenticationError, "check the token (argument `token` or EXPLO_TOKEN): it is mistyped, revoked or absent"),
    403: (PermissionDenied, "this token may not list customers; use one of a group that sees them"),
    404: (NotFound, "check base_url: the list of customers is not at this address"),
    405: (APIError, "check base_url: this address does not take GET; Explo answers so when the last slash is missing"),
    429: (RateLimited, "others behind the same address use up the quota; try again later or lower rate_limit"),
}


@frozen(kw_only=True)
class Answer:
    """What came back from one request, read once for everybody who asks."""

    status: int
    body: bytes
    """Decompressed."""
    detail: str | None = None
    """What an error answer says in words."""
    retry_after: float | None = None
    """Seconds that the server wants to be left alone, as the header or, in a 429, the words ask; None without."""
    age: int = 0
    """Seconds that a cache had kept the answer."""


class Transport(Protocol):
    """What the engine needs of the network; tests put a script in its place."""

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        page: int,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Send one request and return the whole answer, whatever its status; raise only errors of this package.

        `on_sent` is called at the moment of each real sending, after any wait for the quota or for an outage to end.
        """


def read_answer(status: int, headers: MultiMapping[str], body: bytes, now: datetime) -> Answer:
    """Read an answer; from `now` a Retry-After counts that names a date, where the answer has no date of its own."""
    detail = None if status == HTTPStatus.OK else read_detail(body)
    retry_after = parse_retry_after(headers.getall("Retry-After", ()), date=headers.get("Date"), now=now)
    if retry_after is None and status == HTTPStatus.TOO_MANY_REQUESTS:
        retry_after = parse_throttle_message(detail)
    return Answer(status=status, body=body, detail=detail, retry_after=retry_after, age=parse_age(headers.get("Age")))


def error_of(
    answer: Answer, *, page: int | None, advice: Mapping[int, tuple[type[APIError], str]] | None = None
) -> APIError | TransportError | None:
    """Return the error that the status calls for, None for a 200; by default with the advice for a page of the list."""
    status = answer.status
    if status == HTTPStatus.OK:
        if answer.age == 0:
            return None
        what = f"the answer comes from a cache, {answer.age} s old, and may not fit its neighbours"
        return TransportError(what, page=page, advice="make the proxy in between cache nothing of this address")
    if 300 <= status < 400:  # noqa: PLR2004 -- the class of redirects
        what = f"the server answered {_name(status)}, a redirect, which is refused so that the token stays put"
        return RedirectRefused(what, page=page, advice="check base_url: name the final address, with https")
    if 200 <= status < 300:  # noqa: PLR2004 -- a success without the page
        what = f"the server answered {_name(status)} in place of a page"
        return TransportError(what, page=page, advice="try again later")
    detail, retry_after = answer.detail, answer.retry_after
    what = f"the server answered {_name(status)}" + (f": {detail}" if detail else "")
    if status >= 500:  # noqa: PLR2004 -- the class of server errors
        later = "Explo has a problem; try again later"
        return ServerError(what, status=status, detail=detail, retry_after=retry_after, page=page, advice=later)
    kind, hint = (advice or _ADVICE).get(status, (APIError, "the request was refused; see the server's words"))
    return kind(what, status=status, detail=detail, retry_after=retry_after, page=page, advice=hint)


def read_detail(body: bytes) -> str | None:
    """Take what an error answer says in words, at most 200 printable characters; never raises.

    That is Django REST framework's `detail` (also `message`, `error`) or the beginning of a plain text. None for HTML
    and for other JSON, which could hold anything, a credential too.
    """
    try:
        answer = decode_json(body)
    except ValueError:
        answer = body[:4000].decode("utf-8-sig", "replace").lstrip()
        if answer.startswith(("<", "{", "[")):
            return None
    if isinstance(answer, dict):
        answer = next((answer[key] for key in ("detail", "message", "error") if isinstance(answer.get(key), str)), None)
    if not isinstance(answer, str):
        return None
    return shorten(one_line(answer[:4000]), 200) or None


def is_past_end(error: APIError | TransportError | None) -> bool:
    """Tell whether an answer is the 404 for a page past the end of the list."""
    return isinstance(error, NotFound) and INVALID_PAGE in (error.detail or "").lower()


def redact(body: bytes, secret: str) -> bytes:
    """Put three stars for a secret that an error answer repeats, however JSON spells it."""
    if b"\\" in body:
        # What is no JSON stays: nobody will read an escape in it.
        with suppress(ValueError):
            body = msgspec.json.encode(decode_json(body))
    for spelled in (secret.encode(), msgspec.json.encode(secret)[1:-1]):
        body = body.replace(spelled, b"***")
    return body


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
