"""The emulator itself: which request gets which answer, and when."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any, Self

from explo_async.emulator.access import Token
from explo_async.emulator.answering import Answering
from explo_async.emulator.answers import Answer
from explo_async.emulator.api import Api
from explo_async.emulator.arrival import read_arrival
from explo_async.emulator.behaviour import Behaviour
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.changes import Change, Changes, Changing
from explo_async.emulator.clock import now
from explo_async.emulator.dialect import Dialect
from explo_async.emulator.editable import Editable
from explo_async.emulator.exchange import Exchange
from explo_async.emulator.lagging import Lagging
from explo_async.emulator.listener import HOST, Listener
from explo_async.emulator.order import OrderName, make_order
from explo_async.emulator.page_cutter import PageCutter
from explo_async.emulator.queries import Queries
from explo_async.emulator.refusals import Refusals
from explo_async.emulator.request_log import Observed, RequestLog
from explo_async.emulator.script import Script
from explo_async.emulator.team import make_team
from explo_async.emulator.writes import WriteLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from ssl import SSLContext
    from types import TracebackType

    from aiohttp import web

    from explo_async.emulator.faults import Fault, Randomly
    from explo_async.emulator.quota import Quota
    from explo_async.emulator.request_log import Seen


class Emulator(Editable, Observed):
    """A local Explo for `async with`: listens on the loopback address while the block runs.

    `customers` is a number of synthetic ones, each the same for the same `seed`, or records to serve
    (snake_case, each with its own `provided_id`); `parents` then says who is whose child, by id. An answer is sent
    `latency` seconds after it is decided, plus a random part of `jitter`. A refused request (wrong token, no such
    path, over the quota) meets no fault. Times are float seconds.

    As a Django site does, it takes a COUNT at arrival and reads the rows `between` seconds later, so a change may
    come in between; the page ends where the count says, and exists if the count says so. With `one_snapshot`
    the rows are those of the count's moment. `total_error` is added to every count, as if customers counted that
    this token cannot see, or did not. `order` is what rows are ordered by: something "unique", something with "ties"
    (neighbours come in an order drawn anew for each query), or "none" (`change` moves a customer to the end).
    `changes` are made at random while the block runs.

    Every endpoint of the Customer API and the Group Tag API works on the same customers. `levels` of the hierarchy, the
    highest first, and `group_tags` are those of the team (default: what its customers show). `tokens` stand in place of
    `token`, the first being the one to ask for. `behaviour` settles what Explo's documentation leaves open. A record
    that is given is shown as it is until a write has made it one of Explo's; without a `token` it cannot be deleted.
    """

    def __init__(  # noqa: PLR0913 - each is one way in which sites differ
        self,
        customers: int | Iterable[Mapping[str, Any]] = 25_000,
        *,
        seed: int = 0,
        token: str = "emulator-token",  # noqa: S107 - opens nothing but this emulator
        latency: float = 0.0,
        jitter: float = 0.0,
        quota: Quota | None = None,
        dialect: Dialect | None = None,
        faults: Sequence[Fault | Randomly] = (),
        parents: Mapping[str, str] | None = None,
        port: int = 0,
        gzip: bool = False,
        ssl_context: SSLContext | None = None,
        one_snapshot: bool = False,
        between: float = 0.0,
        order: OrderName = "unique",
        total_error: int = 0,
        changes: Changes | None = None,
        tokens: Sequence[Token] = (),
        behaviour: Behaviour | None = None,
        levels: Sequence[str] | None = None,
        group_tags: Sequence[str] | None = None,
    ) -> None:
        tokens = tokens or [Token(token)]
        self.token: str = tokens[0].token
        self.url: str = ""
        """Where it listens, without a slash at the end; empty until it does."""
        self.on_request: Callable[[Seen], object] | None = None
        """Called when a request has arrived and nothing is counted yet: may change the list."""
        self.on_rows: Callable[[Seen], object] | None = None
        """Called between the COUNT and the rows of a page that exists: may change the list."""
        self.on_answer: Callable[[Seen], object] | None = None
        """Called when the status of an answer is sent, or it is certain that none will be."""
        self.changed: list[Change] = []
        """What `changes` did, in that order."""
        behaviour = behaviour or Behaviour()
        customers = customers if isinstance(customers, int) else list(customers)
        self._team = make_team(customers, levels, group_tags)
        self._book = CustomerBook(
            customers,
            seed=seed,
            parents=parents,
            order=make_order(order, seed),
            with_inherited_tags=behaviour.group_tags == "inherited",
        )
        self._changing = None if changes is None else Changing(changes, self._book, self.changed)
        self._dialect = dialect or Dialect()
        self._writes = WriteLog()
        listed = Lagging(self._book, behaviour.lag if behaviour.list_after_write == "delayed" else None, now)
        self._api = api = Api(self._book, listed, self._team, behaviour, self._writes)
        self._cutter = PageCutter(
            listed.book,
            self._dialect,
            compress=gzip,
            total_error=total_error,
            all_below=behaviour.parent_filter == "descendants",
        )
        queries = Queries(self._cutter, listed, between=between, one_snapshot=one_snapshot)
        self._answering = Answering(queries, api, self._dialect, behaviour)
        self._latency, self._jitter = latency, jitter
        self._random = Random(seed)
        self._gate = Refusals(self._dialect, tokens, quota, behaviour)
        self._script = Script(faults, seed)
        self._journal = RequestLog()
        self._idle = asyncio.Event()
        self._idle.set()
        self._port, self._ssl_context = port, ssl_context
        self._listener: Listener | None = None

    async def __aenter__(self) -> Self:
        self._listener = Listener(self._handle)
        port = await self._listener.start(self._port, self._ssl_context)
        self.url = f"{'https' if self._ssl_context else 'http'}://{HOST}:{port}"
        self._cutter.origin = self.url
        if self._changing is not None:
            self._changing.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._listener is not None  # noqa: S101 - for the type checker: entered before it is left
        if self._changing is not None:
            self._changing.stop()
        await self._listener.close()

    @property
    def rate_limited(self) -> int:
        """How many requests the quota refused."""
        return self._gate.rate_limited

    @property
    def fullest_window(self) -> int:
        """How many requests of an address, or of all where they share a quota, came within any `per` seconds at most.

        Refused ones count. 0 without a quota.
        """
        return max((load.sliding for load in self._gate.loads), default=0)

    @property
    def fullest_fixed_window(self) -> int:
        """The same, within `per` seconds of those that follow each other from the first request."""
        return max((load.fixed for load in self._gate.loads), default=0)

    @property
    def open_connections(self) -> int:
        """How many connections are open, idle ones included."""
        return 0 if self._listener is None else self._listener.open_connections

    def prepare(self, page_size: int) -> None:
        """Encode all pages of this size now: until the list changes, serving them only hands out bytes.

        Not with `order="ties"`, where each query finds its own order.
        """
        self._cutter.prepare(page_size)

    async def drain(self) -> None:
        """Wait until no request is under way."""
        await self._idle.wait()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        arrival = await read_arrival(request, self._gate, self._dialect, self._api)
        seen = self._journal.arrive(arrival.seen)
        place = len(self._journal.log) - 1
        self._idle.clear()
        exchange: Exchange | None = None
        try:
            if self.on_request is not None:
                self.on_request(seen)
            allowed = self._gate.check(request.method, arrival.place, arrival.access, seen.at, request.remote)
            fault = None
            if isinstance(allowed, Answer):
                exchange = Exchange(request, lambda: allowed)
            else:
                fault = self._script.pick(seen)
                exchange = Exchange(request, await self._answering.prepare(*allowed, arrival, seen, self.on_rows))
            if fault is None or fault.done or not seen.writes:
                exchange.do()
            await self._travel()
            return exchange.give(await fault.happen(exchange) if fault else exchange.good)
        finally:
            # Before the last bytes leave: a client that counts its own requests may start the next one then.
            ended = self._journal.end(place, exchange.status if exchange else None)
            if self.on_answer is not None:
                self.on_answer(ended)
            if not self._journal.in_flight:
                self._idle.set()

    async def _travel(self) -> None:
        delay = self._latency + (self._random.uniform(0, self._jitter) if self._jitter else 0.0)
        if delay:
            await asyncio.sleep(delay)
