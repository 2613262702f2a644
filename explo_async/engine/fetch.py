"""The engine: page 1, the rest fanned out, pages asked for again until the ledger is satisfied.

A `Fetch` owns its tasks, one for each page under way. Their results are entered in callbacks of the loop, so the
consumer never waits inside a scope of theirs (PEP 789), and leaving at any moment is a plain cancellation.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

from explo_async.completeness.doubts import explain_doubt
from explo_async.completeness.sightings import fingerprints
from explo_async.delivery.arrival import make_arrival, pick_rows
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.engine.first_page import begin
from explo_async.engine.head_start import HeadStart
from explo_async.engine.reporting import describe_end, make_progress, make_report
from explo_async.engine.tasks import Asked, Tasks
from explo_async.errors import ClientClosed, ExploError, ListingChanged
from explo_async.plan import COUNT, Ask
from explo_async.progress import FetchStats
from explo_async.wire.call import Call
from explo_async.wire.page_source import Trip

if TYPE_CHECKING:
    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Coverage
    from explo_async.completeness.exact import Handing
    from explo_async.decode.page import DecodedPage
    from explo_async.delivery.arrival import Delivery
    from explo_async.engine.first_page import FirstPage
    from explo_async.engine.listing import Listing
    from explo_async.models import Customer, CustomerPage, FetchReport, InvalidRecord
    from explo_async.wire.page_source import PageSource

_LEGS = 3
"""A page's time on the way, until a page asked for after it has come, and until all that was asked for before that."""

logger: logging.Logger = logging.getLogger("explo_async")


class Fetch:
    """One run over the list, begun at once. `window` bounds the pages under way and not yet delivered, together."""

    def __init__(self, pages: PageSource, listing: Listing, delivery: Delivery, *, window: int | None) -> None:
        self.stats: FetchStats = FetchStats()
        self.over: asyncio.Event = asyncio.Event()
        self._pages = pages
        self._listing = listing
        self._delivery = delivery
        self._window = window
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._first_took = 0.0
        deadline = inf if listing.timeout is None else self._began + listing.timeout
        self._alarm = self._loop.call_at(deadline, self._expire) if deadline < inf else None
        self._call = Call(
            stats=self.stats,
            filters=listing.filters,
            deadline=deadline,
            collect_invalid=listing.collect_invalid,
            decode=listing.decode,
        )
        self._ledger: Coverage | None = None
        self._size = listing.page_size
        self._pass = 1
        self._pages_before = 0
        self._swept = 0
        self._hint = HeadStart(pages, listing)
        self._invalid: dict[object, InvalidRecord] = {}
        self._failure: BaseException | None = None
        self._last_report: FetchReport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._under_way = Tasks(self._settle)
        first = Asked(Ask(1, self._size), is_first=True)
        beginning = begin(pages, listing, self._call, self._handing, self._trip(first))
        self._under_way.start(first, beginning)
        for number in range(2, self._hint.pages + 1):
            if not self._has_room():
                break
            self._swept = number - 1
            self._sweep_on(self._size)

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""
        if self._last_report:
            return self._last_report.total_count
        return self._ledger.total if self._ledger else None

    async def next_page(self) -> CustomerPage | None:
        """Wait for the next rows that may be delivered; None at the end. Raises what ended the run."""
        while True:
            page = self._delivery.take(self._ledger, freely=self.is_decided)
            if page is not None:
                self._pump()
                # The rows may all be there already: a consumer that awaits nothing else must not starve the loop.
                await asyncio.sleep(0)
                return page
            if self.over.is_set():
                if self._failure:
                    raise self._failure
                return None
            await self._change()

    async def everything(self) -> list[Customer]:
        """Wait for the end and return all rows in listing order. Raises what ended the run."""
        await self.over.wait()
        if self._failure:
            raise self._failure
        customers: list[Customer] = []
        for rows in self._delivery.rest(self._ledger):
            customers += rows
            await asyncio.sleep(0)
        self.stats.customers = len(customers)
        return customers

    def fail(self, failure: BaseException) -> None:
        """End the run with an error, which the consumer gets at its next step."""
        if self.over.is_set():
            return
        self._failure = failure
        self._end()
        if isinstance(failure, ExploError):
            failure.stats = self.stats
            failure.missing_pages = tuple(self._ledger.missing()) if self._ledger else (1,)
            # A list that changed is still delivered: its rows come before the error.
            if not isinstance(failure, ListingChanged) or isinstance(self._delivery, Kept):
                failure.customers = list(chain.from_iterable(self._delivery.rest(self._ledger)))

    async def aclose(self) -> None:
        """End the run and wait until nothing of it is left."""
        self.abandon()
        await self._under_way.wait()
        # Whoever keeps a stream for its report must not keep the ids of a million customers.
        self._last_report = self.report()
        self._ledger = None

    def abandon(self) -> None:
        """End the run because nobody wants its rows; who waits for them all the same must not take it for the end."""
        if self._failure is None and (not self.over.is_set() or len(self._delivery)):
            self._failure = ClientClosed("the stream was closed before its end")
        if not self.over.is_set():
            self._end()
        self._delivery = AsTheyCome()

    @property
    def is_decided(self) -> bool:
        """Whether nothing that comes can change the verdict: the end, or that there will be no proof."""
        return self.over.is_set() or self._has_failed

    def report(self) -> FetchReport:
        """Say what the run has shown so far."""
        if self._last_report:
            return self._last_report
        done = self.over.is_set() and self._failure is None
        return make_report(self._ledger, self._listing.consistency, self.stats, self._invalid.values(), done=done)

    # Requests going out.

    def _pump(self) -> None:
        """Start what may be started, and end the run when nothing is left to do."""
        ledger = self._ledger
        if self.over.is_set() or ledger is None:
            return
        self._follow(ledger)
        for ask in ledger.wanted(self._under_way.asks(), swept=self._swept, oldest=self._under_way.oldest):
            self.stats.refetched += ask != COUNT
            self._start(ask, is_count=ask == COUNT)
        self._follow(ledger)
        self._sweep(ledger)
        if ledger.doubt and self._pass > 1:
            self._fail_unproved(ledger, ledger.doubt)
            return
        if self._under_way or self._swept < ledger.goal:
            return
        if ledger.doubt:
            self._fail_unproved(ledger, ledger.doubt)
        elif ledger.closed:
            self._end()
        else:
            msg = "the ledger wants no page and is not closed"
            raise AssertionError(msg)

    def _follow(self, ledger: Coverage) -> None:
        """Begin with page 1 again where the ledger has begun another pass."""
        if ledger.sweep > self._pass:
            self._pass, self._swept, self._pages_before = ledger.sweep, 0, self.stats.pages

    def _sweep(self, ledger: Coverage) -> None:
        """Ask for the next pages of the pass; of a list without proof as well: what is there is to be found."""
        while self._swept < ledger.goal and self._may_sweep(ledger) and self._has_room():
            self.stats.refetched += self._pass > 1
            self._sweep_on(ledger.sweep_size)

    def _may_sweep(self, ledger: Coverage) -> bool:
        if ledger.doubt:
            return self._pass == 1
        return ledger.may_sweep(self._under_way.oldest)

    def _fail_unproved(self, ledger: Coverage, doubt: Doubt) -> None:
        consistency = self._listing.consistency
        what, advice = explain_doubt(doubt, consistency, totals=ledger.totals, total=ledger.total, unique=ledger.unique)
        self.fail(ListingChanged(what, advice=advice, report=self.report()))

    def _sweep_on(self, size: int) -> None:
        self._swept += 1
        self._start(Ask(self._swept, size))

    @property
    def _handing(self) -> Handing:
        if isinstance(self._delivery, Kept):
            return "at the end"
        return "in order" if isinstance(self._delivery, InOrder) else "as they come"

    @property
    def _has_failed(self) -> bool:
        """Whether there will be no proof; then what is held is of no further use in being held."""
        return self.over.is_set() or (self._ledger is not None and self._ledger.doubt is not None)

    def _has_room(self) -> bool:
        if self._window is None:
            # Beside those that decode or back off.
            most = self._pages.max_concurrency
            return self._under_way.out < most and len(self._under_way) < 2 * most
        kept = len(self._under_way) + len(self._delivery)
        # Rows wait for answers that are sent after theirs, and for what was under way with these: while the consumer
        # has nothing, as many pages more may be on these two legs.
        starved = self._waiter is not None and self._under_way.out < self._pages.max_concurrency
        if kept < (_LEGS * self._window if starved else self._window):
            return True
        # Pages may wait for one that is not asked for yet: then nobody else would ever make room.
        return not self._under_way and self._ledger is not None and not self._delivery.is_ready(self._ledger)

    def _start(self, ask: Ask, *, is_count: bool = False) -> None:
        asked = Asked(ask, is_count=is_count)
        self._under_way.start(asked, self._pages.get(ask, self._call, self._trip(asked)))

    def _trip(self, asked: Asked) -> Trip:
        def arrive() -> None:
            self._under_way.note_arrival(asked)
            # What goes out next need not wait until this is decoded.
            if self._ledger and not self.over.is_set():
                self._sweep(self._ledger)

        return Trip(partial(self._under_way.note_sent, asked), arrive)

    # Answers coming in: callbacks of the loop.

    def _settle(self, asked: Asked, task: asyncio.Task[Any]) -> None:
        if self._ledger is None and not (asked.is_first or task.cancelled() or self.over.is_set()):
            # Asked for on a hint: what it is worth shows with page 1.
            self._hint.early.append((asked, task))
            return
        if task.cancelled():
            # Nobody here cancelled it: aiohttp does so to whoever waits for a connection of a session that closes.
            self.fail(ClientClosed("the session was closed while it was in use", page=asked.ask.number))
        elif error := task.exception():
            self.fail(error)
        elif not self.over.is_set():
            try:
                if asked.is_first:
                    self._enter_first(asked, task.result())
                else:
                    self._enter(asked, task.result())
                self._pump()
            except Exception as bug:  # noqa: BLE001 -- the consumer must get it, not the loop's log
                self.fail(bug)
        self._wake()

    def _enter_first(self, asked: Asked, beginning: FirstPage) -> None:
        size = self._size = beginning.size
        self._ledger = beginning.ledger
        asked.ask = Ask(1, size)
        self._enter(asked, beginning.page)
        if not self._hint.holds(self._pages.dialect, size):
            self._swept = 1
            self._under_way.drop()
        self._swept = max(1, self._swept, beginning.swept)
        for early, task in self._hint.early:
            self._enter(early, task.result())

    def _enter(self, asked: Asked, page: DecodedPage | None) -> None:
        ledger, ask = self._ledger, asked.ask
        assert ledger is not None  # noqa: S101 -- for the type checker: page 1 made it
        oldest = self._under_way.oldest
        if page is None:
            ledger.past_end(ask, sent=asked.sent_at, arrived=asked.arrived, oldest=oldest)
            return
        ids = page.provided_ids
        # Two ids with one fingerprint are too much of a chance for what is to be exact.
        whole_ids = isinstance(self._delivery, Kept) or self._listing.consistency == "exact"
        entry = ledger.add(
            ask,
            total=page.total_count,
            keys=ids if whole_ids else fingerprints(ids),
            sent=asked.sent_at,
            arrived=asked.arrived,
            oldest=oldest,
            has_next=page.has_next,
            when=(asked.at, time.time()),
        )
        if ledger.inversions:
            self._pages.distrust_order()
        rows = pick_rows(page, entry.fresh)
        for record in page.invalid:
            if record.provided_id is None and ask.size != self._size:
                # On a page of another size it is the same row under another number.
                continue
            self._invalid.setdefault(record.provided_id or (record.page, record.row), record)
        stats = self.stats
        stats.pages += not asked.is_count
        stats.customers += len(rows)
        stats.duplicates = ledger.duplicates
        adjoins = self._listing.consistency == "checked"
        if rows or not entry.skips:
            self._delivery.put(
                make_arrival(
                    ask,
                    page,
                    entry,
                    rows,
                    size=self._size,
                    adjoins=adjoins,
                    all_rows=self._listing.consistency == "exact",
                )
            )
        if entry.withdraws:
            self._delivery.drop_rest(ledger)
        self._report_progress(ledger)

    def _report_progress(self, ledger: Coverage) -> None:
        self.stats.elapsed = self._loop.time() - self._began
        if self.stats.pages == 1:
            self._first_took = self.stats.elapsed
        if self._listing.on_progress is None:
            return
        # An exact list is swept twice at least.
        later = ledger.goal if self._listing.consistency == "exact" and self._pass == 1 else 0
        to_come = max(0, ledger.goal - self._swept) + len(self._under_way) + later
        progress = make_progress(
            self.stats,
            goal=self._pages_before + ledger.goal + later,
            total=ledger.total,
            to_come=to_come,
            first_took=self._first_took,
            concurrency=self._pages.max_concurrency,
            quota_time=self._pages.gate.time_for(to_come),
        )
        self._listing.on_progress(progress)

    # The end.

    def _expire(self) -> None:
        self.fail(self._pages.gate.time_is_over(self._listing.timeout or 0.0))

    def _end(self) -> None:
        self.over.set()
        self.stats.elapsed = self._loop.time() - self._began
        if self._alarm:
            self._alarm.cancel()
        logger.info(describe_end(self.stats, self._listing.consistency, self._failure))
        self._under_way.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def _change(self) -> None:
        if self._waiter is not None:
            msg = "another task is waiting for the next customers of this stream: one at a time"
            raise RuntimeError(msg)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
