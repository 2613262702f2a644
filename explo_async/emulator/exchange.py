"""One request under way: what a fault can do to it, down to the bytes and the socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from explo_async.emulator.answers import Answer

_NO_LINGER = struct.pack("ii", 1, 0)


class Exchange:
    """A request, the good answer to it, and the connection to write to instead of giving an answer."""

    def __init__(self, request: web.BaseRequest, do: Callable[[], Answer]) -> None:
        self.request = request
        self._do = do
        self._good: Answer | None = None
        self.status: int | None = None
        """The status sent; None as long as none was."""

    @property
    def good(self) -> Answer:
        """The good answer. Who asks first has the request done, which for a write is more than to read."""
        return self.do()

    def do(self) -> Answer:
        """Do what the request asks for unless it is done, and return the good answer."""
        if self._good is None:
            self._good = self._do()
        return self._good

    def give(self, answer: Answer | None) -> web.Response:
        """Return the response for this answer; for None, one that aiohttp drops on the closed connection."""
        if answer is None:
            return web.Response()
        self.status = answer.status
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def write_head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send a status line and these headers, no others."""
        self.status = status
        reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        self.write("\r\n".join([*lines, "", ""]).encode())

    def start_good(self, headers: Mapping[str, str] | None = None) -> None:
        """Send the head of the good answer, on a connection that ends with it; the body is to follow."""
        framing = {"Content-Length": str(len(self.good.body)), "Connection": "close"}
        self.write_head(self.good.status, dict(self.good.headers if headers is None else headers) | framing)

    def write(self, data: bytes) -> None:
        """Send bytes as they are; they are lost when the client has left."""
        if self.request.transport is not None:
            self.request.transport.write(data)

    def close(self) -> None:
        """Close the connection cleanly: what was written before still arrives."""
        if self.request.transport is not None:
            self.request.transport.close()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        transport = self.request.transport
        if transport is not None:
            # Without this, closing a socket ends in a clean FIN.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            transport.abort()

    async def hang(self) -> None:
        """Wait until the client leaves or the emulator closes: either cancels the request."""
        await asyncio.get_running_loop().create_future()
