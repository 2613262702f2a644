"""Gets one page: a slot of the semaphore for each send, attempts with back-off between them, the decoded page."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field, frozen

from explo_async.errors import APIError, ExploError, NotFound
from explo_async.text import shorten
from explo_async.wire.answer import error_of, is_past_end
from explo_async.wire.attempts import Attempts, Repeating, out_of_time
from explo_async.wire.call import Filters
from explo_async.wire.dialect import Dialect, contradiction, learn, learn_filters, other_path, query
from explo_async.wire.hedge import first_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.decode.page import DecodedPage, RowT
    from explo_async.pacing.gate import Gate
    from explo_async.pacing.lease import Lease
    from explo_async.plan import Ask
    from explo_async.wire.answer import Answer, Transport
    from explo_async.wire.call import Call

MOST_REMEMBERED = 1000
"""Lists whose size is remembered; a service may ask for one of each of its tenants."""

KeyT = TypeVar("KeyT")

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
    repeating: Repeating
    max_concurrency: int
    dialect: Dialect = field(factory=Dialect)
    hedge_after: float | None = None
    """Seconds after which a page is asked for once more on another connection."""
    trusts_order: bool = True
    """False once this deployment was seen to send its rows in an order that is not stable."""
    totals: dict[Filters, int] = field(factory=dict)
    """How long lists were when they were seen last, for the next time."""
    sizes: dict[int, int] = field(factory=dict)
    """Rows a page as the server applied them last, for the sizes that were asked for."""
    _slots: asyncio.Semaphore = field(init=False)
    _decode_turn: asyncio.Lock = field(init=False, factory=asyncio.Lock)

    def __attrs_post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.max_concurrency)

    @property
    def slots(self) -> asyncio.Semaphore:
        """What bounds the requests under way."""
        return self._slots

    @property
    def gate(self) -> Gate:
        """What lets requests through."""
        return self.repeating.gate

    async def first(
        self, size: int, call: Call[RowT], trip: Trip | None = None, *, only_total: bool = False
    ) -> tuple[DecodedPage[RowT], int | None]:
        """Get page 1 and learn from it; return it with the page size that the server applies (None: no telling).

        With `only_total` the size does not matter: what would have to be asked for again is not learnt.
        """
        while True:
            try:
                page = await self._get(1, size, call, trip)
            except NotFound as error:
                elsewhere = other_path(self.dialect)
                if elsewhere is None:
                    raise
                page, applied = await self._first_elsewhere(elsewhere, size, call, error, trip, only_total=only_total)
                return page, applied
            if self._learn_filters(page, call):
                continue
            check_filters(page, call, number=1)
            lesson = learn(self.dialect, asked=size, rows=len(page.provided_ids), total_count=page.total_count)
            if only_total and (lesson.ask_again or lesson.ignored):
                return page, None
            self.dialect = lesson.dialect
            if lesson.ignored:
                logger.warning("the server ignores the page size: it sends %s rows a page", lesson.applied)
            if not lesson.ask_again:
                return page, lesson.applied

    def _learn_filters(self, page: DecodedPage[RowT], call: Call[RowT]) -> bool:
        """Learn from page 1 how the filters are spelled, and tell whether it must be asked for once more."""
        is_contradicted = _other_level(page, call) is not None
        dialect = learn_filters(self.dialect, is_camel=page.is_camel, is_contradicted=is_contradicted)
        asks_again = dialect != self.dialect and call.filters != Filters()
        self.dialect = dialect
        return asks_again

    async def _first_elsewhere(
        self,
        elsewhere: Dialect,
        size: int,
        call: Call[RowT],
        not_found: NotFound,
        trip: Trip | None,
        *,
        only_total: bool,
    ) -> tuple[DecodedPage[RowT], int | None]:
        usual, self.dialect = self.dialect, elsewhere
        try:
            return await self.first(size, call, trip, only_total=only_total)
        except NotFound:
            self.dialect = usual
        raise not_found

    def remember(self, filters: Filters, total: int, *, asked: int, applied: int) -> None:
        """Note how long a list is and how large its pages are, for the next time that it is fetched."""
        _note(self.totals, filters, total)
        _note(self.sizes, asked, applied)

    def distrust_order(self) -> None:
        """Note that the order of rows is not stable here; says so once."""
        if self.trusts_order:
            self.trusts_order = False
            logger.warning(
                "the server sends its rows in an order that is not stable; only counts are trusted from now on"
            )

    async def get(self, ask: Ask, call: Call[RowT], trip: Trip | None = None) -> DecodedPage[RowT] | None:
        """Get any page; None when it is past the end of the list."""
        try:
            page = await self._get(ask.number, ask.size, call, trip)
        except NotFound as error:
            if is_past_end(error):
                return None
            raise
        check_filters(page, call, number=ask.number)
        return page

    async def _get(self, number: int, size: int, call: Call[RowT], trip: Trip | None) -> DecodedPage[RowT]:
        attempts = Attempts(self.repeating, f"page {number}", stats=call.stats, deadline=call.deadline)
        while True:
            attempts.begin()
            try:
                page = await self._attempt(number, size, call, trip or Trip(), attempts)
            except ExploError as failure:
                wait = attempts.wait_after(failure)
                if wait is None and attempts.is_out_of_time:
                    raise out_of_time(failure, page=number) from failure
                if wait is None:
                    raise
            else:
                self.repeating.budget.earn(attempts.failures)
                return page
            await asyncio.sleep(wait)

    async def _attempt(
        self, number: int, size: int, call: Call[RowT], trip: Trip, attempts: Attempts
    ) -> DecodedPage[RowT]:
        asked = query(
            self.dialect,
            page=number,
            page_size=size,
            parent_provided_id=call.filters.parent_provided_id,
            hierarchy_level_name=call.filters.hierarchy_level_name,
        )

        async def send(on_sent: Callable[[], None]) -> Answer:
            def note(lease: Lease) -> None:
                attempts.sent(lease)
                on_sent()
                trip.on_sent()

            given_up = self.gate.outages_given_up
            async with self._slots:
                self.gate.check_outage(given_up)
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


def check_filters(page: DecodedPage[RowT], call: Call[RowT], *, number: int) -> None:
    """Raise for a page whose rows contradict the filter: the server ignores it, and would pass for another list.

    An `APIError`: the server understood the request in another way than it is documented. The arguments are right, and
    so is the page as a document.
    """
    level = _other_level(page, call)
    if level is None:
        return
    wanted = call.filters.hierarchy_level_name
    sent = shorten(repr(level), 60)
    what = f"the server ignores the filter hierarchy_level_name={wanted!r}: it sends customers of {sent}"
    advice = "list without filters, and choose by `hierarchy_level`"
    raise APIError(what, status=HTTPStatus.OK.value, page=number, advice=advice)


def _other_level(page: DecodedPage[RowT], call: Call[RowT]) -> str | None:
    return contradiction((row.hierarchy_level for row in page.rows), call.filters.hierarchy_level_name)


def _note(memory: dict[KeyT, int], key: KeyT, value: int) -> None:
    """Remember a value, and forget the oldest one where there are too many."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > MOST_REMEMBERED:
        del memory[next(iter(memory))]
