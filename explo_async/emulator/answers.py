"""An answer as a value, and the fixed ones of Django REST framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


@frozen
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(factory=lambda: {"Content-Type": JSON})


def detail(status: int, text: str, **headers: str) -> Answer:
    """Return an error in the framework's form; `Retry_After="1"` becomes the header `Retry-After`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, msgspec.json.encode({"detail": text}), {"Content-Type": JSON} | named)


INVALID_TOKEN = detail(401, "Invalid token.", WWW_Authenticate="Token")
INVALID_TOKEN_403 = detail(403, "Invalid token.")
FORBIDDEN = detail(403, "You do not have permission to perform this action.")
NOT_FOUND = detail(404, "Not found.")
INVALID_PAGE = detail(404, "Invalid page.")


def method_not_allowed(method: str = "GET") -> Answer:
    """Return the refusal of every method but this one."""
    return detail(405, "Method not allowed.", Allow=method)
