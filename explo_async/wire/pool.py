"""The connections that requests go out on: the client's own, or those of a session that it was given."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import aiohttp

from explo_async.wire.exchange import note_reuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from yarl import URL

READ_BUFFER_BYTES = 2**18


class Pool(Protocol):
    """Where the transport gets its sessions."""

    tells_reuse: bool
    """Whether an `Exchange` hears that its connection had been used before."""

    def use(self, *, is_fresh: bool) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
        """Give a session for one request, with `is_fresh` one that opens a connection for it, if it can be had."""

    def distrust(self, session: aiohttp.ClientSession) -> None:
        """Leave the idle connections of a session unused from now on, if that can be done."""


class BorrowedPool:
    """A session of the caller's: used as it is, and never closed."""

    tells_reuse: bool = False

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @asynccontextmanager
    async def use(self, *, is_fresh: bool) -> AsyncIterator[aiohttp.ClientSession]:
        """Give the session, whatever is asked for."""
        del is_fresh
        yield self._session

    def distrust(self, session: aiohttp.ClientSession) -> None:
        """Do nothing: its connections are its owner's."""


class OwnPool:
    """The client's own sessions: one at a time, replaced when its idle connections turn out to be closed."""

    tells_reuse: bool = True

    def __init__(
        self, *, limit: int, trace_configs: Sequence[aiohttp.TraceConfig] = (), proxy: URL | None = None
    ) -> None:
        self._limit = limit
        self._proxy = proxy
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(note_reuse)
        self._trace_configs = [*trace_configs, trace]
        self._current = self._make()
        self._fresh: aiohttp.ClientSession | None = None
        """Keeps no connection: each of its requests opens one."""
        self._users: dict[aiohttp.ClientSession, int] = {}

    @asynccontextmanager
    async def use(self, *, is_fresh: bool) -> AsyncIterator[aiohttp.ClientSession]:
        """Give the session of now, or the one that keeps no connection."""
        session = self._current
        if is_fresh:
            session = self._fresh = self._fresh or self._make(keeps=False)
        self._users[session] = self._users.get(session, 0) + 1
        try:
            yield session
        finally:
            self._users[session] -= 1
            if not self._users[session]:
                del self._users[session]
                if session not in {self._current, self._fresh}:
                    await session.close()

    def distrust(self, session: aiohttp.ClientSession) -> None:
        """Go on with a new session; the old one is closed when its last request has ended."""
        if session is self._current:
            self._current = self._make()

    async def close(self) -> None:
        """Close all sessions, those of requests under way too."""
        for session in {self._current, *self._users, *([self._fresh] if self._fresh else ())}:
            await session.close()

    def _make(self, *, keeps: bool = True) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._limit, force_close=not keeps),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=READ_BUFFER_BYTES,
            trace_configs=self._trace_configs,
            proxy=self._proxy,
        )


def limits_of(session: aiohttp.ClientSession) -> list[int]:
    """Return how many connections a session allows: the time of an attempt must not run while it waits for one."""
    connector = session.connector
    return [limit for limit in (connector.limit, connector.limit_per_host) if limit > 0] if connector else []
