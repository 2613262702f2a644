"""Faults that break the connection or end it too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen, validators

from explo_async.emulator.faults.base import Fault

if TYPE_CHECKING:
    from explo_async.emulator.exchange import Exchange


@frozen
class Close(Fault):
    """The connection is closed cleanly before any answer, as on a keep-alive connection that was given up."""

    async def happen(self, exchange: Exchange) -> None:
        """Close."""
        exchange.close()


@frozen
class Reset(Fault):
    """A TCP reset before the headers, between two of them, or in the middle of the body."""

    when: Literal["before_headers", "in_headers", "in_body"] = field(
        default="before_headers", validator=validators.in_(("before_headers", "in_headers", "in_body"))
    )

    async def happen(self, exchange: Exchange) -> None:
        """Send what comes before the break, and break."""
        if self.when == "in_headers":
            exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: applic")
        elif self.when == "in_body":
            exchange.start_good()
            exchange.write(_first(exchange.good.body, 0.5))
        exchange.reset()


@frozen
class Truncate(Fault):
    """The full Content-Length, but only a part of the body: a fraction of it, or that many bytes."""

    keep: float | int = 0.5

    async def happen(self, exchange: Exchange) -> None:
        """Send the part and close."""
        exchange.start_good()
        exchange.write(_first(exchange.good.body, self.keep))
        exchange.close()


@frozen
class CutChunked(Fault):
    """A chunked body that ends after a complete chunk, without the chunk that says so."""

    keep: float | int = 0.5

    async def happen(self, exchange: Exchange) -> None:
        """Send one chunk and close."""
        exchange.write_head(exchange.good.status, {**exchange.good.headers, "Transfer-Encoding": "chunked"})
        chunk = _first(exchange.good.body, self.keep)
        exchange.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        exchange.close()


def _first(body: bytes, keep: float) -> bytes:
    return body[: keep if isinstance(keep, int) else int(len(body) * keep)]
