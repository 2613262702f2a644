"""Faults of time: answers that come late, little by little, or never."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen, validators

from explo_async.emulator.faults.base import Fault

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange


@frozen
class Slow(Fault):
    """The answer, or another fault, `seconds` later than usual; a write is done then, or with `done=True` before."""

    seconds: float
    then: Fault | None = None
    """Happens after the wait; its own `page`, `attempt`, `every` and `times` play no part."""

    async def happen(self, exchange: Exchange) -> Answer | None:
        """Wait, and go on."""
        await asyncio.sleep(self.seconds)
        return exchange.good if self.then is None else await self.then.happen(exchange)


@frozen
class Late(Fault):
    """The connection is closed without an answer, and a write is done `seconds` after that, whoever has left.

    So who sent it may find that it was not done, and then it is.
    """

    seconds: float

    async def happen(self, exchange: Exchange) -> None:
        """Close, and have it done later."""
        asyncio.get_running_loop().call_later(self.seconds, exchange.do)
        exchange.close()


@frozen
class Hang(Fault):
    """No answer at all, or none after half of the body, until the client leaves or the emulator closes."""

    when: Literal["headers", "body"] = field(default="headers", validator=validators.in_(("headers", "body")))

    async def happen(self, exchange: Exchange) -> None:
        """Send what comes before, and stay."""
        if self.when == "body":
            exchange.start_good()
            exchange.write(exchange.good.body[: len(exchange.good.body) // 2])
        await exchange.hang()


@frozen
class Trickle(Fault):
    """The good answer, its body a byte (or `chunk` bytes) every `interval` seconds."""

    interval: float
    chunk: int = field(default=1, kw_only=True, validator=validators.ge(1))

    async def happen(self, exchange: Exchange) -> None:
        """Send the body in drops, and close."""
        exchange.start_good()
        body = exchange.good.body
        for start in range(0, len(body), self.chunk):
            exchange.write(body[start : start + self.chunk])
            await asyncio.sleep(self.interval)
        exchange.close()
