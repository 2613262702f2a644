"""Gets one page: a slot of the semaphore for each send, attempts with back-off between them, the decoded page."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import stamina
from attrs import define, field, frozen

from explo_async.errors import ExploError, NotFound, RateLimited
from explo_async.pacing.retry import GiveUp, RetryBudget, RetryPolicy, decide_retry
from explo_async.wire.answer import error_of, is_past_end
from explo_async.wire.dialect import Dialect, learn, other_path, query
from explo_async.wire.hedge import first_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.decode.page import DecodedPage
    from explo_async.pacing.gate import Gate
    from explo_async.plan import Ask
    from explo_async.wire.answer import Answer
    from explo_async.wire.call import Call, Filters
    from explo_async.wire.transport import Transport

MOST_TOTALS = 1000
"""Lists whose size is remembered; a service may ask for one of each of its tenants."""

logger: logging.Logger = logging.getLogger("explo_async")


def _ignore() -> None:
    """Do nothing with the news that a request was sent."""


@frozen
class Trip:
    """Whom to tell when a request really goes out, and when its attempt has ended, with an answer or without."""

    on_sent: Callable[[], None] = _ignore
    on_arrival: Callable[[], None] = _ignore


@define(kw_only=True)
class PageSource:
    """The way to the pages of one deployment; one per client, shared by everything that the client does."""

    transport: Transport
    gate: Gate
    policy: RetryPolicy
    budget: RetryBudget
    max_concurrency: int
    clock: Callable[[], float]
    draw: Callable[[], float]
    dialect: Dialect = field(factory=Dialect)
    hedge_after: float | None = None
    """Seconds after which a page is asked for once more on another connection."""
    trusts_order: bool = True
    """False once this deployment was seen to send its rows in an order that is not stable."""
    totals: dict[Filters, int] = field(factory=dict)
    """The sizes of lists as they were seen last, for the next time."""
    _slots: asyncio.Semaphore = field(init=False)
    _decode_turn: asyncio.Lock = field(init=False, factory=asyncio.Lock)

    def __attrs_post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.max_concurrency)

    async def first(self, size: int, call: Call, trip: Trip | None = None) -> tuple[DecodedPage, int | None]:
        """Get page 1 and learn from it; return it with the page size that the server applies (None: no telling)."""
        while True:
            try:
                page = await self._get(1, size, call, trip)
            except NotFound as error:
                elsewhere = other_path(self.dialect)
                if elsewhere is None:
                    raise
                page, applied = await self._first_elsewhere(elsewhere, size, call, error, trip)
                return page, applied
            lesson = learn(self.dialect, asked=size, rows=len(page.provided_ids), total_count=page.total_count)
            self.dialect = lesson.dialect
            if lesson.ignored:
                logger.warning("the server ignores the page size: it sends %s rows a page", lesson.applied)
            if not lesson.ask_again:
                return page, lesson.applied

    async def _first_elsewhere(
        self, elsewhere: Dialect, size: int, call: Call, not_found: NotFound, trip: Trip | None
    ) -> tuple[DecodedPage, int | None]:
        usual, self.dialect = self.dialect, elsewhere
        try:
            return await self.first(size, call, trip)
        except NotFound:
            self.dialect = usual
        raise not_found

    def remember_total(self, filters: Filters, total: int) -> None:
        """Note the size of a list, for the next time that it is fetched."""
        self.totals.pop(filters, None)
        self.totals[filters] = total
        if len(self.totals) > MOST_TOTALS:
            del self.totals[next(iter(self.totals))]

    def distrust_order(self) -> None:
        """Note that the order of rows is not stable here; says so once."""
        if self.trusts_order:
            self.trusts_order = False
            logger.warning(
                "the server sends its rows in an order that is not stable; only counts are trusted from now on"
            )

    async def get(self, ask: Ask, call: Call, trip: Trip | None = None) -> DecodedPage | None:
        """Get any page; None when it is past the end of the list."""
        try:
            return await self._get(ask.number, ask.size, call, trip)
        except NotFound as error:
            if is_past_end(error):
                return None
            raise

    async def _get(self, number: int, size: int, call: Call, trip: Trip | None) -> DecodedPage:
        attempts = _Attempts(self, number, call)
        async for attempt in stamina.retry_context(on=attempts, attempts=None, timeout=None):
            with attempt:
                page = await self._attempt(number, size, call, trip or Trip())
        self.budget.earn(attempts.failures)
        return page

    async def _attempt(self, number: int, size: int, call: Call, trip: Trip) -> DecodedPage:
        asked = query(
            self.dialect,
            page=number,
            page_size=size,
            parent_provided_id=call.filters.parent_provided_id,
            hierarchy_level_name=call.filters.hierarchy_level_name,
        )

        async def send(on_sent: Callable[[], None]) -> Answer:
            def note() -> None:
                on_sent()
                trip.on_sent()

            async with self._slots:
                return await self.transport.get(
                    self.dialect.path, asked, page=number, stats=call.stats, deadline=call.deadline, on_sent=note
                )

        try:
            answer = await (send(_ignore) if self.hedge_after is None else first_answer(send, self.hedge_after))
        finally:
            trip.on_arrival()
        error = error_of(answer, page=number)
        if error is not None:
            raise error
        # One page a turn of the loop: answers that arrive together must not be decoded in one piece.
        async with self._decode_turn:
            page = call.decode(answer.body, page=number, collect_invalid=call.collect_invalid)
            await asyncio.sleep(0)
        return page


class _Attempts:
    """What stamina asks after each failure of one page: once more, and after how long."""

    def __init__(self, pages: PageSource, number: int, call: Call) -> None:
        self.failures = 0
        self._pages = pages
        self._number = number
        self._call = call
        self._throttled_since: float | None = None

    def __call__(self, failure: BaseException) -> bool | float:
        if not isinstance(failure, ExploError):
            return False
        now = self._pages.clock()
        if isinstance(failure, RateLimited):
            self._throttled_since = now if self._throttled_since is None else self._throttled_since
        else:
            self._throttled_since = None
            self.failures += 1
        decision = decide_retry(
            self._pages.policy,
            failure,
            attempt=self.failures,
            throttled_for=0.0 if self._throttled_since is None else now - self._throttled_since,
            budget_left=self._pages.budget.left,
            time_left=self._call.deadline - now,
            draw=self._pages.draw(),
        )
        if isinstance(decision, GiveUp):
            failure.attempts = max(1, self.failures)
            failure.what += f" ({decision.reason})" if decision.reason else ""
            return False
        self._call.stats.retries += 1
        if decision.counts:
            self._pages.budget.spend()
        seconds = max(decision.wait, self._pages.gate.paused_for)
        logger.warning("page %d: %s; asking again in %.2f s", self._number, failure.what, seconds)
        return decision.wait
