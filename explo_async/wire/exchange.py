"""One request on its way, under the quota and against the clock."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp

from explo_async.pacing.outage import AWAY_STATUSES
from explo_async.pacing.retry import is_retryable
from explo_async.wire.aiohttp_errors import translate
from explo_async.wire.retry_after import parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.gate import Gate
    from explo_async.pacing.lease import Lease
    from explo_async.progress import FetchStats


class Connection:
    """What is known of the connection of a request."""

    def __init__(self, *, is_reused: bool) -> None:
        self.is_reused = is_reused
        """Whether it is taken to have been used before."""


_sending: ContextVar[Connection] = ContextVar("explo_async_sending")
"""That of the task: what a trace config is told names no request.

Not the exchange: a connection in the pool keeps the context that it was opened in, and by the exchange a whole listing.
"""


async def note_reuse(_: aiohttp.ClientSession, __: object, ___: object) -> None:
    """Note that a request goes out on a connection that had been used before: for a trace config."""
    _sending.get().is_reused = True


class Exchange:
    """One request on its way: takes a slot of the quota for each real send, and starts the attempt's time with it.

    It is *stale* when its connection was closed while it lay idle: it had been used before, and broke before a byte of
    the answer had come. aiohttp does not tell a reset within the headers from one before them, so that counts as well.
    """

    def __init__(
        self,
        gate: Gate,
        stats: FetchStats,
        deadline: float,
        seconds: float,
        on_sent: Callable[[Lease], None],
        first_pause: float,
        *,
        is_reused: bool,
        is_repeat: bool,
    ) -> None:
        self.stats = stats
        self.scope: asyncio.Timeout = asyncio.timeout(None)
        self.leases: list[Lease] = []
        self._connection = Connection(is_reused=is_reused)
        self.is_stale: bool = False
        self._gate = gate
        self._deadline = deadline
        self._seconds = seconds
        self._on_sent = on_sent
        self._first_pause = first_pause
        self._is_repeat = is_repeat

    async def send(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Let one real send go out, when it may: a middleware of aiohttp's, for each request that it makes of ours."""
        lease = await self._take()
        token = _sending.set(self._connection)
        try:
            response = await handler(request)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            # aiohttp sends a GET again by itself after these two; as another error it does not.
            failure = translate(error, origin=str(request.url.origin()), closed=False)
            self.is_stale = self._is_stale(error)
            if self.is_stale:
                self._gate.lost_stale(lease)
            elif is_retryable(failure):
                self._gate.lost(lease)
        except asyncio.CancelledError:
            if self.scope.expired():
                self._gate.lost(lease)
            raise
        else:
            self._hear(lease, response)
            return response
        finally:
            _sending.reset(token)
            self._gate.ended(lease)
        raise failure

    async def _take(self) -> Lease:
        """Wait for a slot of the quota and take it; from then on the attempt's time runs."""
        self.scope.reschedule(None)
        with self._gate.waits.counted(self.stats):
            lease = await self._gate.take(deadline=self._deadline)
        self.leases.append(lease)
        self.stats.requests += 1
        self._gate.observer.request_sent()
        self.scope.reschedule(asyncio.get_running_loop().time() + self._seconds)
        self._on_sent(lease)
        return lease

    def _is_stale(self, error: aiohttp.ClientOSError | aiohttp.ServerDisconnectedError) -> bool:
        if self._is_repeat or not self._connection.is_reused or isinstance(error, aiohttp.ClientConnectorError):
            return False
        # Closed within the headers, the error holds what came of them.
        return isinstance(error, aiohttp.ClientOSError) or isinstance(error.message, str)

    def _hear(self, lease: Lease, response: aiohttp.ClientResponse) -> None:
        """Note what the headers say: what is still to come must let nobody else out before."""
        if response.status in AWAY_STATUSES:
            given = response.headers
            asked = parse_retry_after(given.getall("Retry-After", ()), date=given.get("Date"), now=datetime.now(UTC))
            self._gate.lost(lease, asked=asked)
            return
        self._gate.answered(lease)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            # Nobody else may go out while the body, which says for how long, is still to come.
            self._gate.throttled(lease, self._first_pause)
