"""A proxy for https: takes CONNECT, and hands through what comes, or refuses."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@define
class TunnelProxy:
    """Answers every CONNECT with `status`; after a 200 it is a tunnel."""

    status: int = 200
    port: int = 0
    heads: list[str] = field(factory=list)
    """What it was asked for in clear."""
    seen: bytearray = field(factory=bytearray)
    """What clients sent through the tunnels."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        writer.write(f"HTTP/1.1 {self.status} So\r\n\r\n".encode())
        if self.status == 200:
            host, _, port = head.split()[1].partition(":")
            answers, requests = await asyncio.open_connection(host, int(port))
            await asyncio.gather(
                self._pass_on(reader, requests, self.seen), self._pass_on(answers, writer, bytearray())
            )
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                seen += data
                writer.write(data)
        writer.close()


@asynccontextmanager
async def proxying(status: int = 200) -> AsyncIterator[TunnelProxy]:
    """Run such a proxy on this machine."""
    proxy = TunnelProxy(status)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    async with server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy
