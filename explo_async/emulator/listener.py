"""The aiohttp side: listens on the loopback address, and ends with no task and no socket left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    from aiohttp.web_protocol import RequestHandler

HOST = "127.0.0.1"


class Listener:
    """A listening socket and its connections; every request goes to `handle`."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        self._server = _Server(self._guard)
        self._runner = _Runner(self._server, self._cancel_handling)
        self._handle = handle
        self._handling: WeakSet[asyncio.Task[None]] = WeakSet()

    @property
    def open_connections(self) -> int:
        """How many clients' connections are open, idle ones included."""
        return len(self._server.transports)

    async def start(self, port: int, ssl_context: SSLContext | None) -> int:
        """Listen on this port, or on a free one for 0, and return its number; OSError when it is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port, ssl_context=ssl_context).start()
        number: int = self._runner.addresses[0][1]
        return number

    async def close(self) -> None:
        """Stop listening, end what is under way, and return when every connection is gone."""
        await self._runner.cleanup()
        await self._server.end_connections()

    async def _guard(self, request: web.BaseRequest) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker: a coroutine runs in a task
        self._handling.add(task)
        return await self._handle(request)

    def _cancel_handling(self) -> None:
        for task in self._handling:
            task.cancel()


class _Server(web.Server):
    """Knows its connections by their transports, and when the last one is gone."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        # handler_cancellation: a request whose client has left must not go on waiting.
        super().__init__(handle, handler_cancellation=True, access_log=None)
        self.transports: dict[RequestHandler, asyncio.Transport] = {}
        self._last_gone = asyncio.Event()

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self.transports[handler] = transport

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        del self.transports[handler]
        if not self.transports:
            self._last_gone.set()

    async def end_connections(self) -> None:
        for transport in self.transports.values():
            # Over TLS a plain close waits for the peer's goodbye.
            transport.abort()
        if self.transports:
            self._last_gone.clear()
            await self._last_gone.wait()


class _Runner(web.ServerRunner):
    """Ends the requests under way when no new ones are read any more; aiohttp then waits for their tasks."""

    def __init__(self, server: web.Server, end_requests: Callable[[], None]) -> None:
        super().__init__(server, shutdown_timeout=10.0)
        self._end_requests = end_requests

    async def shutdown(self) -> None:
        self._end_requests()
