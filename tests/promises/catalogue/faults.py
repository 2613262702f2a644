"""Faults beyond those that the emulator brings."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING, Any, Literal

import brotli
import msgspec
from attrs import evolve, field, frozen
from multidict import CIMultiDict

from explo_async.emulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange

Encoding = Literal["gzip", "deflate", "br"]
_COMPRESS: dict[Encoding, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}


@frozen
class Raw(Fault):
    """These very bytes, after which the connection closes."""

    data: bytes
    later: bytes = b""
    """Sent when the first ones have been on their way for a moment."""

    async def happen(self, exchange: Exchange) -> None:
        """Write and close."""
        exchange.write(self.data)
        if self.later:
            await asyncio.sleep(0.02)
            exchange.write(self.later)
        exchange.close()


@frozen
class Headed(Fault):
    """An answer with these headers, of which some may come twice, and the good body unless the status is another."""

    headers: Callable[[], list[tuple[str, str]]]
    status: int = 200

    async def happen(self, exchange: Exchange) -> None:
        """Write head and body, and close."""
        body = exchange.good.body if self.status == 200 else b"{}"
        framing = [("Content-Length", str(len(body))), ("Connection", "close")]
        exchange.write_head(self.status, CIMultiDict([*self.headers(), *framing]))
        exchange.write(body)
        exchange.close()


@frozen
class Changed(Fault):
    """The good page, changed before it is written as JSON; what is no page stays."""

    change: Callable[[dict[str, Any]], Any] = field(eq=False)

    async def happen(self, exchange: Exchange) -> Answer:
        """Give the changed page."""
        if exchange.good.status != 200:
            return exchange.good
        page = msgspec.json.decode(exchange.good.body)
        return evolve(exchange.good, body=msgspec.json.encode(self.change(page)))


@frozen
class Rewritten(Fault):
    """The good page, its bytes changed."""

    change: Callable[[bytes], bytes] = field(eq=False)

    async def happen(self, exchange: Exchange) -> Answer:
        """Give the changed bytes."""
        return evolve(exchange.good, body=self.change(exchange.good.body))


@frozen
class Encoded(Fault):
    """The good page compressed, and then damaged: its middle overwritten, or its second half missing."""

    encoding: Encoding
    damage: Literal["good", "corrupt", "cut"] = "good"

    async def happen(self, exchange: Exchange) -> Answer:
        """Give the compressed page, the length of what is sent in its headers."""
        body = _COMPRESS[self.encoding](exchange.good.body)
        middle = len(body) // 2
        match self.damage:
            case "corrupt":
                body = body[:middle] + b"\xff" * 20 + body[middle + 20 :]
            case "cut":
                body = body[:middle]
        return evolve(exchange.good, body=body, headers={**exchange.good.headers, "Content-Encoding": self.encoding})


@frozen
class Bomb(Fault):
    """A compressed body of about a megabyte that a gigabyte of zeros comes out of."""

    encoding: Encoding = "gzip"

    async def happen(self, exchange: Exchange) -> Answer:
        """Give the bomb."""
        if self.encoding == "br":
            packer = brotli.Compressor(quality=5)
            body = b"".join(packer.process(bytes(2**20)) for _ in range(1024)) + packer.finish()
        else:
            deflating = zlib.compressobj(9, zlib.DEFLATED, 31 if self.encoding == "gzip" else 15)
            head, block = (deflating.compress(bytes(2**20)) + deflating.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
            # After a full flush the same input packs into the same bytes.
            body = head + block * 1023
        return evolve(exchange.good, body=body, headers={**exchange.good.headers, "Content-Encoding": self.encoding})


@frozen
class AnswerThenClose(Fault):
    """The good answer, on a connection that closes after it although the headers do not say so."""

    async def happen(self, exchange: Exchange) -> None:
        """Write the answer and close."""
        good = exchange.good
        exchange.write_head(good.status, {**good.headers, "Content-Length": str(len(good.body))})
        exchange.write(good.body)
        exchange.close()


@frozen
class CutAtTheEnd(Fault):
    """A body without a length, short of its last ten bytes: nothing of HTTP tells that it was cut."""

    async def happen(self, exchange: Exchange) -> None:
        """Write a part of the body and close."""
        exchange.write_head(200, {**exchange.good.headers, "Connection": "close"})
        exchange.write(exchange.good.body[:-10])
        exchange.close()
