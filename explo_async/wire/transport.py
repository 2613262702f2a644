"""The aiohttp adapter: one request out, one whole `Answer` or one error of ours back."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import hdrs
from aiohttp.http import HttpProcessingError
from attrs import field, frozen

from explo_async.errors import ExploError, RequestTimeout, ResponseTooLarge
from explo_async.pacing.retry import RetryPolicy, throttle_pause
from explo_async.wire.aiohttp_errors import translate
from explo_async.wire.answer import Answer, read_answer, redact
from explo_async.wire.blame import is_of_caller
from explo_async.wire.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yarl import URL

    from explo_async.pacing.gate import Gate
    from explo_async.pacing.lease import Lease
    from explo_async.progress import FetchStats
    from explo_async.wire.pool import Pool
    from explo_async.wire.verb import Verb

FIRST_PAUSE = 1.0
"""Seconds for which a 429 stops everything before its body has been read."""
_JSON = {hdrs.CONTENT_TYPE: "application/json"}
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


@frozen
class Request:
    """What goes out."""

    method: str
    url: URL
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What no error may show, beside the token."""
    is_sent_once: bool = False
    """Whether a repeat could do something else than the first."""


class AiohttpTransport:
    """Sends with the token, under the quota, within `request_timeout` seconds an attempt; the token stays in here."""

    def __init__(
        self,
        pool: Pool,
        *,
        decompresses: bool,
        base_url: URL,
        token: str,
        gate: Gate,
        policy: RetryPolicy,
        request_timeout: float,
        max_response_bytes: int,
    ) -> None:
        self._pool = pool
        self._has_answered = False
        self._base_url = base_url
        self._token = token
        self._headers = {
            "Explo-Authorization": f"Token {token}",
            hdrs.ACCEPT: "application/json",
            # The totals and rows of a cached page belong to another moment than those of its neighbours.
            hdrs.CACHE_CONTROL: "no-cache",
        }
        if not decompresses:
            self._headers[hdrs.ACCEPT_ENCODING] = "identity"
        self._gate = gate
        self._policy = policy
        self._request_timeout = request_timeout
        self._max_response_bytes = max_response_bytes

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        page: int,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Send one request, as `Transport` says."""
        request = Request(hdrs.METH_GET, self._base_url.joinpath(path.lstrip("/")).with_query(query))
        return await self._ask(request, page=page, stats=stats, deadline=deadline, on_sent=on_sent)

    async def call(
        self,
        verb: Verb,
        body: bytes,
        *,
        secrets: tuple[str, ...],
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Send one request to an endpoint, as `Caller` says."""
        url = self._base_url.joinpath(verb.endpoint.path.lstrip("/"))
        request = Request(verb.endpoint.method, url, body=body, secrets=secrets, is_sent_once=not verb.is_repeatable)
        return await self._ask(request, page=None, stats=stats, deadline=deadline, on_sent=on_sent)

    async def _ask(
        self,
        request: Request,
        *,
        page: int | None,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        first_pause = min(FIRST_PAUSE, self._policy.throttle_wait)
        make = partial(Exchange, self._gate, stats, deadline, self._request_timeout, on_sent, first_pause)
        # What must not be sent twice goes on a connection of its own: after one that was closed while it lay idle,
        # nobody could tell whether the request had reached the server.
        exchange, outcome = await self._send(request, make, is_fresh=request.is_sent_once)
        if exchange.is_stale:
            exchange, outcome = await self._send(request, make, is_fresh=True)
        # Raised out here so that no error of aiohttp's, whose repr shows the token, hangs on it as its context.
        if isinstance(outcome, ExploError):
            outcome.page = page
            raise outcome
        self._note(outcome, exchange)
        return outcome

    async def _send(
        self, request: Request, make: Callable[..., Exchange], *, is_fresh: bool
    ) -> tuple[Exchange, Answer | ExploError]:
        """Send one request, maybe on a fresh connection; one that was stale casts doubt on all that lie idle."""
        is_reused = self._has_answered and not self._pool.tells_reuse
        exchange = make(is_reused=is_reused, is_repeat=is_fresh)
        async with self._pool.use(is_fresh=is_fresh) as session:
            outcome = await self._try(session, request, exchange)
            self._judge(session, exchange)
        return exchange, outcome

    def _judge(self, session: aiohttp.ClientSession, exchange: Exchange) -> None:
        if exchange.is_stale:
            self._pool.distrust(session)

    async def _try(self, session: aiohttp.ClientSession, request: Request, exchange: Exchange) -> Answer | ExploError:
        """Send one request and return the answer, or the failure in our words; what is the caller's own is raised."""
        try:
            async with exchange.scope:
                return await self._exchange(session, request, exchange)
        except TimeoutError:
            what = f"no whole answer within request_timeout={self._request_timeout:g} s"
            return RequestTimeout(what, advice="raise request_timeout, or ask for smaller pages")
        except ExploError as error:
            return error
        # RuntimeError is aiohttp's word for a session that was closed.
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, RuntimeError) as error:
            if not isinstance(error, aiohttp.ClientError | OSError) and is_of_caller(error):
                raise
            return translate(error, origin=str(self._base_url.origin()), closed=session.closed)

    async def _exchange(self, session: aiohttp.ClientSession, request: Request, exchange: Exchange) -> Answer:
        async with session.request(
            request.method,
            request.url,
            data=request.body or None,
            # No variable of this function: reporters of errors show those, and the token is in here.
            headers=self._headers | (_JSON if request.body else {}),
            allow_redirects=False,
            raise_for_status=False,
            timeout=_NO_TIMEOUT,
            # Middlewares of a request replace those of the session; a borrowed session may have its own.
            middlewares=(*(getattr(session, "_middlewares", None) or ()), exchange.send),
        ) as response:
            self._has_answered = True
            body = await self._read(response)
            if response.status != HTTPStatus.OK or request.secrets:
                for secret in (self._token, *request.secrets):
                    body = redact(body, secret)
            return read_answer(response.status, response.headers, body, datetime.now(UTC))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        most = self._max_response_bytes
        size = 0
        chunks = []
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > most:
                response.close()
                what = f"the decompressed answer is larger than max_response_bytes={most}"
                raise ResponseTooLarge(what, advice="raise max_response_bytes, or ask for smaller pages")
            chunks.append(chunk)
        return b"".join(chunks)

    def _note(self, answer: Answer, exchange: Exchange) -> None:
        exchange.stats.bytes_received += len(answer.body)
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            for lease in exchange.leases:
                self._gate.accepted(lease)
            return
        exchange.stats.rate_limited += 1
        self._gate.observer.throttled()
        for lease in exchange.leases:
            self._gate.throttled(lease, throttle_pause(self._policy, answer.retry_after))
            self._gate.tell_pause(lease)
