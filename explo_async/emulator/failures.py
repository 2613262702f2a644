"""What an endpoint refuses, and the forms in which a deployment may say so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from explo_async.emulator.answers import JSON, Answer, detail

if TYPE_CHECKING:
    from explo_async.emulator.behaviour import Behaviour


class Refused(Exception):
    """An endpoint does not do what it was asked; nothing was changed."""

    def __init__(self, text: str, kind: Literal["invalid", "unknown", "media"] = "invalid") -> None:
        super().__init__(text)
        self.text = text
        self.kind = kind
        """Whether the customer is not there, the body is no JSON, or something else is wrong with the request."""


def no_customer() -> Refused:
    """Return the refusal for an id or a token that belongs to no customer that the team's token reaches."""
    return Refused("Customer not found.", "unknown")


def tell(refused: Refused, behaviour: Behaviour) -> Answer:
    """Word a refusal as this deployment does."""
    if refused.kind == "media":
        # Django REST framework reads the body before an endpoint sees it.
        return detail(415, refused.text)
    if refused.kind == "unknown":
        status = int(behaviour.unknown_customer)
    else:
        status = 200 if behaviour.failures == "status_200" else 400
    if status == 200 or behaviour.failures != "detail":  # noqa: PLR2004 - HTTP
        body = msgspec.json.encode({"success": 0, "error": refused.text})
        return Answer(status, body, {"Content-Type": JSON})
    return detail(status, refused.text)
