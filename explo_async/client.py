"""`ExploClient`: configuration, the session, and whatever all calls of one client share."""

from __future__ import annotations

import asyncio
import os
import weakref
from random import SystemRandom
from typing import TYPE_CHECKING, Self

from msgspec import UNSET

from explo_async.arguments import spell
from explo_async.checks import check_count, check_kind, check_seconds
from explo_async.configuration import digest_account, resolve_base_url, resolve_proxy, resolve_token
from explo_async.customers import Customers
from explo_async.decode.single import read_text
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, QUOTA_REQUESTS, QUOTA_SECONDS
from explo_async.errors import ClientClosed, ConfigurationError
from explo_async.group_tags import GroupTags
from explo_async.observer import NOBODY, Guarded, Observer
from explo_async.pacing.open_slots import import_stores, open_slots
from explo_async.pacing.quota import RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.shared_quota import SharedQuota, resolve_shared_quota
from explo_async.wire.attempts import make_repeating
from explo_async.wire.deadline import in_time
from explo_async.wire.page_source import PageSource
from explo_async.wire.pool import BorrowedPool, OwnPool, limits_of
from explo_async.wire.transport import AiohttpTransport
from explo_async.wire.verb import GENERATE_JWT
from explo_async.wire.verb_source import VerbSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    import aiohttp
    from yarl import URL

    from explo_async.arguments import Flag, Text, Texts
    from explo_async.engine.run import Stoppable
    from explo_async.wire.pool import Pool

DEFAULT_RATE_LIMIT = RateLimit(QUOTA_REQUESTS, per=QUOTA_SECONDS)
"""Explo's documented quota for each requesting address."""
DEFAULT_MAX_RESPONSE_BYTES = 32 * 2**20
"""A page of 1000 customers is below 5 MiB."""


class ExploClient:
    """A client for one team of Explo, for one event loop; use it as `async with ExploClient() as explo:`.

    `token` and `base_url` fall back to EXPLO_TOKEN and EXPLO_BASE_URL, then https://api.explo.co. A given `session`
    is used and never closed. At most `max_concurrency` requests are on their way at once, and no more than
    `rate_limit` allows (None turns the client's own quota off; a 429 is heeded all the same). An attempt may take
    `request_timeout` seconds, body included; an answer at most `max_response_bytes` after decompression. With
    `hedge_after` a page that is not answered by so many seconds is asked for once more, and the first answer counts.
    `trace_configs` are aiohttp's, for the client's own session; they see the request's headers, and so the token.
    With `trust_env` that session goes through the proxy that HTTPS_PROXY names, save for the hosts in NO_PROXY.
    An `observer` hears of each request, list and round as it happens.

    Raises `ConfigurationError` for arguments that cannot work, before any request.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | URL | None = None,
        session: aiohttp.ClientSession | None = None,
        max_concurrency: int = DEFAULT_MAX_CONCURRENCY,
        rate_limit: RateLimit | SharedQuota | None = DEFAULT_RATE_LIMIT,
        retry: RetryPolicy | None = None,
        request_timeout: float = 30.0,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        hedge_after: float | None = None,
        trace_configs: Sequence[aiohttp.TraceConfig] = (),
        trust_env: bool = False,
        observer: Observer | None = None,
    ) -> None:
        self._token = resolve_token(token, os.environ)
        self._base_url = resolve_base_url(base_url, os.environ)
        check_count("max_concurrency", max_concurrency)
        check_count("max_response_bytes", max_response_bytes)
        check_seconds("request_timeout", request_timeout)
        if hedge_after is not None:
            check_seconds("hedge_after", hedge_after)
        check_kind("rate_limit", rate_limit, RateLimit, SharedQuota)
        check_kind("retry", retry, RetryPolicy)
        check_kind("observer", observer, Observer)
        if rate_limit is DEFAULT_RATE_LIMIT:
            rate_limit = resolve_shared_quota(os.environ) or rate_limit
        if isinstance(rate_limit, SharedQuota):
            # What it needs is imported, and found missing, before an event loop has to wait for that.
            import_stores(rate_limit)
        for name, given in (("trace_configs", trace_configs), ("trust_env", trust_env)):
            if session is not None and given:
                msg = f"{name} is for the client's own session, and `session` was given"
                raise ConfigurationError(msg, advice="give it to that session")
        self._proxy = resolve_proxy(self._base_url, os.environ) if trust_env else None
        self._trace_configs = list(trace_configs)
        self._max_concurrency = max_concurrency
        self._rate_limit = rate_limit
        self._policy = retry or RetryPolicy()
        self._request_timeout = request_timeout
        self._max_response_bytes = max_response_bytes
        self._hedge_after = hedge_after
        self._borrowed = session
        self._pool: OwnPool | None = None
        self._pages: PageSource | None = None
        self._home: tuple[asyncio.AbstractEventLoop, int] | None = None
        self._closed = False
        self._runs: weakref.WeakSet[Stoppable] = weakref.WeakSet()
        self._verbs: VerbSource | None = None
        self.observer: Observer = NOBODY if observer is None else Guarded(observer)
        self.customers: Customers = Customers(self._open, self._open_verbs, self._runs.add, self.account_digest)
        self.group_tags: GroupTags = GroupTags(lambda: self._open().gate, self._open_verbs)

    def __repr__(self) -> str:
        state = ", closed" if self._closed else ""
        return f"ExploClient(base_url={str(self._base_url)!r}, max_concurrency={self._max_concurrency}{state})"

    async def generate_jwt(
        self,
        provided_id: str,
        *,
        embed_id: str,
        expires_in: float | None = None,
        key_id: Text = UNSET,
        chart_id: Text = UNSET,
        rb_allowed_features: Texts = UNSET,
        disable_editable_section_editing: Flag = UNSET,
        embed_origin: Text = UNSET,
        timeout: float | None = None,
    ) -> str:
        """Return a JWT by which a customer sees an embedded dashboard, for `expires_in` seconds (by default a day).

        Without `key_id` Explo may make a key for it. A JWT is a credential: it is nowhere logged or shown.
        """
        body = spell(
            provided_id=provided_id,
            embed_id=embed_id,
            key_id=key_id,
            chart_id=chart_id,
            rb_allowed_features=rb_allowed_features,
            disable_editable_section_editing=disable_editable_section_editing,
            embed_origin=embed_origin,
        )
        if expires_in is not None:
            check_seconds("expires_in", expires_in)
            # An ISO 8601 duration, though the documentation calls it a date ("Generate JWT").
            body["expiration"] = f"PT{expires_in:.10g}S"
        verbs = self._open_verbs()
        async with in_time(self._open().gate, timeout) as clock:
            return read_text(await verbs.call(GENERATE_JWT, body, clock=clock), "jwt")

    @property
    def origin(self) -> str:
        """The address below which the API lies."""
        return str(self._base_url)

    @property
    def max_concurrency(self) -> int:
        """How many requests may be under way at once."""
        return self._max_concurrency

    def time_for(self, requests: int) -> float:
        """Return the seconds that the quota makes so many requests take at least, others going on as they do."""
        return self._open().gate.time_for(requests)

    def account_digest(self, salt: bytes) -> bytes:
        """Return 16 bytes that tell this client's token and address from others, and give neither away."""
        return digest_account(self._token, self._base_url, salt)

    async def close(self) -> None:
        """End every call under way with `ClientClosed`, and close the session if it is the client's own."""
        self._closed = True
        for run in list(self._runs):
            await run.cut_off(ClientClosed("the client was closed while the list was fetched"))
        if self._pool is not None:
            await self._pool.close()
        if self._pages is not None:
            # At the end: what the pool has just broken off gives its slots back.
            await self._pages.gate.close()

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def _open(self) -> PageSource:
        """Return the way to the pages, made at the first use; refuse a use that cannot work."""
        loop = asyncio.get_running_loop()
        if self._closed:
            msg = "the client is closed"
            raise ClientClosed(msg, advice="make a new one")
        if self._home is None:
            self._home = (loop, os.getpid())
        if self._home != (loop, os.getpid()):
            where = "event loop" if self._home[1] == os.getpid() else "process"
            msg = f"the client belongs to another {where}"
            raise ClientClosed(msg, advice="make one client for each event loop and process")
        if self._pages is None:
            self._pages = self._make_pages(loop)
        return self._pages

    def _open_verbs(self) -> VerbSource:
        """Return the way to the other endpoints."""
        self._open()
        assert self._verbs is not None  # noqa: S101 -- made with the pages
        return self._verbs

    def _make_pages(self, loop: asyncio.AbstractEventLoop) -> PageSource:
        pool: Pool
        concurrency = self._max_concurrency
        if self._borrowed is None:
            pool = self._pool = OwnPool(
                limit=concurrency, trace_configs=self._trace_configs, proxy=self._proxy.url if self._proxy else None
            )
        else:
            pool = BorrowedPool(self._borrowed)
            concurrency = min([concurrency, *limits_of(self._borrowed)])
        draw = SystemRandom().random
        origin = str(self._base_url.origin())
        slots = open_slots(self._rate_limit, origin, request_timeout=self._request_timeout, draw=draw)
        repeating = make_repeating(self._policy, slots, clock=loop.time, draw=draw, observer=self.observer)
        transport = AiohttpTransport(
            pool,
            decompresses=self._borrowed is None or self._borrowed.auto_decompress,
            base_url=self._base_url,
            token=self._token,
            gate=repeating.gate,
            policy=self._policy,
            request_timeout=self._request_timeout,
            max_response_bytes=self._max_response_bytes,
        )
        pages = PageSource(
            transport=transport, repeating=repeating, max_concurrency=concurrency, hedge_after=self._hedge_after
        )
        self._verbs = VerbSource(caller=transport, repeating=repeating, slots=pages.slots)
        return pages
