"""One request on its way, under the quota and against the clock."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp

from explo_async.wire.aiohttp_errors import translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.gate import Gate
    from explo_async.pacing.quota import Lease
    from explo_async.progress import FetchStats


class Exchange:
    """One request on its way: takes a slot of the quota for each real send, and starts the attempt's time with it."""

    def __init__(
        self,
        gate: Gate,
        stats: FetchStats,
        deadline: float,
        seconds: float,
        on_sent: Callable[[], None],
        first_pause: float,
    ) -> None:
        self.stats = stats
        self.scope: asyncio.Timeout = asyncio.timeout(None)
        self.leases: list[Lease] = []
        self._gate = gate
        self._deadline = deadline
        self._seconds = seconds
        self._on_sent = on_sent
        self._first_pause = first_pause

    async def send(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Let one real send go out, when it may: a middleware of aiohttp's, for each request that it makes of ours."""
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        self.scope.reschedule(None)
        lease = await self._gate.take(deadline=self._deadline)
        self.leases.append(lease)
        self.stats.quota_wait += clock() - asked_at
        self.stats.requests += 1
        self.scope.reschedule(clock() + self._seconds)
        self._on_sent()
        try:
            response = await handler(request)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            # aiohttp sends a GET again by itself after these two; as another error it does not.
            failure = translate(error, origin=str(request.url.origin()), closed=False)
        else:
            if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                # Nobody else may go out while the body, which says for how long, is still to come.
                self._gate.throttled(lease, self._first_pause)
            return response
        finally:
            self._gate.answered(lease)
        raise failure
