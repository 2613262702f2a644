"""What an endpoint's answer says: its object, or the error that it stands for. Pure.

How Explo words a failure is not documented, save that `success` is 1 if the call worked and 0 if not: so an error
status is a failure, and so is a 200 whose `success` is not 1.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from explo_async.decode.envelope import parse_body
from explo_async.errors import (
    APIError,
    AuthenticationError,
    DecodeError,
    ExploError,
    NotFound,
    PermissionDenied,
    RateLimited,
)
from explo_async.nesting import decode_json
from explo_async.wire.answer import error_of, read_detail

if TYPE_CHECKING:
    from explo_async.wire.answer import Answer
    from explo_async.wire.verb import Verb

_ADVICE: dict[int, tuple[type[APIError], str]] = {
    400: (APIError, "the server did not take the arguments; see its words"),
    401: (AuthenticationError, "check the token (argument `token` or EXPLO_TOKEN): it is mistyped, revoked or absent"),
    403: (PermissionDenied, "this token may not do that: a read-only token changes nothing"),
    404: (NotFound, "there is no such customer or tag, or not in the group of this token"),
    405: (APIError, "check base_url: Explo answers so when something in between drops the last slash"),
    429: (RateLimited, "others behind the same address use up the quota; try again later or lower rate_limit"),
}
_NO_ENDPOINT = "check base_url: this endpoint is not at this address"


def read_verb_answer(answer: Answer, verb: Verb) -> dict[str, Any] | ExploError:
    """Return the object of an answer, or the error that it stands for; the error holds nothing of the object."""
    error = error_of(answer, page=None, advice=_ADVICE)
    if isinstance(error, NotFound) and not _is_object(answer.body):
        # Django REST framework's 404 is an object, one of a wrong address is a page for people.
        return APIError(error.what, status=error.status, detail=error.detail, advice=_NO_ENDPOINT)
    if error is not None:
        return error
    try:
        found = parse_body(answer.body, page=None)
    except DecodeError as failure:
        return failure
    success = found.get("success", 1 if not verb.has_success else None)
    if success in (1, True):
        return found
    said = "without `success`" if success is None else f"with success: {success!r:.20}"
    detail = read_detail(answer.body)
    what = f"{verb.name}: the server answered 200 {said}" + (f": {detail}" if detail else "")
    return APIError(what, status=HTTPStatus.OK.value, detail=detail, advice="see the server's words, or ask Explo")


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(decode_json(body), dict)
    except ValueError:
        return False
