"""Faults that are whole answers of another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from explo_async.emulator.answers import JSON, Answer
from explo_async.emulator.faults.base import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.emulator.exchange import Exchange

_SIGN_IN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"


@frozen
class Status(Fault):
    """Another status, with this body (JSON unless `headers` say otherwise) and these headers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict, hash=False)

    async def happen(self, exchange: Exchange) -> Answer:  # noqa: ARG002
        """Give the answer."""
        return Answer(self.status, self.body, {"Content-Type": JSON} | dict(self.headers))


@frozen
class Body(Fault):
    """Any body, as it stands; an encoding is only claimed in the headers, never applied."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(factory=dict, hash=False)

    async def happen(self, exchange: Exchange) -> Answer:  # noqa: ARG002
        """Give the answer."""
        return Answer(self.status, self.body, {"Content-Type": self.content_type} | dict(self.headers))


@frozen
class Html(Fault):
    """The page of a proxy or a captive portal."""

    status: int = 200

    async def happen(self, exchange: Exchange) -> Answer:  # noqa: ARG002
        """Give the answer."""
        return Answer(self.status, _SIGN_IN, {"Content-Type": "text/html; charset=utf-8"})


@frozen
class Redirect(Fault):
    """A redirect; `location=None` leaves the header out."""

    status: int
    location: str | None

    async def happen(self, exchange: Exchange) -> Answer:  # noqa: ARG002
        """Give the answer."""
        return Answer(self.status, b"", {} if self.location is None else {"Location": self.location})


@frozen
class ContentType(Fault):
    """The good body under another content type; None: under none at all."""

    value: str | None

    async def happen(self, exchange: Exchange) -> Answer | None:
        """Give the answer, or write it where the server would add a content type of its own."""
        good = exchange.good
        headers = {name: value for name, value in good.headers.items() if name != "Content-Type"}
        if self.value is not None:
            return evolve(good, headers=headers | {"Content-Type": self.value})
        exchange.start_good(headers)
        exchange.write(good.body)
        exchange.close()
        return None
