"""One run over the list: page 1, the rest fanned out, pages asked for again until the proof is there.

A `Fetch` owns its tasks, one for each page under way. Their results are entered in callbacks of the loop, so the
consumer never waits inside a scope of theirs (PEP 789), and leaving at any moment is a plain cancellation.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Generic, TypeAlias

from explo_async.completeness.doubts import explain_doubt
from explo_async.decode.page import DecodedPage, RowKind, RowT
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.engine.first_page import FirstPage, begin
from explo_async.engine.head_start import HeadStart
from explo_async.engine.intake import Intake
from explo_async.engine.passes import Passes
from explo_async.engine.reporting import describe_end, make_progress
from explo_async.engine.tasks import Asked, Tasks
from explo_async.engine.waiter import Waiter
from explo_async.engine.window import Window
from explo_async.errors import ClientClosed, ExploError, ListingChanged
from explo_async.plan import COUNT, Ask
from explo_async.wire.call import Call
from explo_async.wire.page_source import Trip

if TYPE_CHECKING:
    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Coverage
    from explo_async.delivery.arrival import Delivery, RowPage
    from explo_async.engine.listing import Listing
    from explo_async.models import FetchReport
    from explo_async.progress import FetchStats
    from explo_async.wire.page_source import PageSource

Result: TypeAlias = FirstPage[RowT] | DecodedPage[RowT] | None
"""What a task brings: page 1 and what it leads to, another page, or None for one past the end."""

logger = logging.getLogger("explo_async")


class Fetch(Generic[RowT]):
    """One run over the list, begun at once. `window` bounds the pages under way and not yet delivered, together."""

    def __init__(
        self,
        pages: PageSource,
        listing: Listing,
        kind: RowKind[RowT],
        delivery: Delivery[RowT],
        *,
        window: int | None,
    ) -> None:
        self.over: asyncio.Event = asyncio.Event()
        self._pages = pages
        self._listing = listing
        self._kind = kind
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._intake = Intake(listing, delivery)
        self._passes = Passes()
        self._window = Window(pages.max_concurrency, window)
        self._waiter = Waiter()
        self._failure: BaseException | None = None
        self._is_failure_told = False
        deadline = inf if listing.timeout is None else self._began + listing.timeout
        self._alarm = self._loop.call_at(deadline, self._expire) if deadline < inf else None
        self._call = Call(
            decode=kind.decode,
            stats=self.stats,
            filters=listing.filters,
            deadline=deadline,
            collect_invalid=listing.invalid == "collect",
        )
        self._tasks: Tasks[Result[RowT]] = Tasks(self._settle)
        self._head_start: HeadStart[Result[RowT]] = HeadStart(pages, listing)
        first = Asked(Ask(1, listing.page_size), is_first=True)
        self._tasks.start(first, begin(pages, listing, self._call, delivery.handing, self._trip(first)))
        while self._passes.asked < self._head_start.pages and self._has_room():
            self._start(self._passes.next(listing.page_size))

    @property
    def stats(self) -> FetchStats:
        """The counters as they stand."""
        return self._intake.stats

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""
        return self._intake.total_count

    @property
    def is_decided(self) -> bool:
        """Whether nothing that comes can change the verdict: the end, or that there will be no proof."""
        coverage = self._intake.coverage
        return self.over.is_set() or (coverage is not None and coverage.doubt is not None)

    def report(self) -> FetchReport:
        """Say what the run has shown so far."""
        return self._intake.report(done=self._is_done)

    async def next_page(self) -> RowPage[RowT] | None:
        """Wait for the next rows that may be delivered; None at the end. Raises what ended the run."""
        while True:
            # A list that changed is still delivered: its rows come before the error. Of others the error has them.
            if self._failure and not isinstance(self._failure, ListingChanged):
                await self._raise_failure()
            page = self._intake.take(freely=self.is_decided)
            if page is not None:
                self._pump()
                # The rows may all be there already: a consumer that awaits nothing else must not starve the loop.
                await asyncio.sleep(0)
                return page
            if self.over.is_set():
                await self._raise_failure()
                return None
            await self._waiter.sleep()

    async def everything(self) -> list[RowT]:
        """Wait for the end and return all rows in listing order. Raises what ended the run."""
        await self.over.wait()
        await self._raise_failure()
        rows: list[RowT] = []
        for piece in self._intake.rest():
            rows += piece
            await asyncio.sleep(0)
        self.stats.customers = len(rows)
        return rows

    def fail(self, failure: BaseException) -> None:
        """End the run with an error, which the consumer gets at its next step."""
        if self.over.is_set():
            return
        self._failure = failure
        self._end()
        if isinstance(failure, ExploError):
            failure.stats = self.stats
            failure.missing_pages = self._intake.missing()

    async def cut_off(self, failure: ExploError) -> None:
        """End the run with an error from elsewhere, and wait until nothing is under way; what came is for the error."""
        if self._is_done:
            self.abandon()
        self.fail(failure)
        await self._tasks.wait()

    async def aclose(self) -> None:
        """End the run and wait until nothing of it is left."""
        self.abandon()
        await self._tasks.wait()
        self._intake.close(done=self._is_done)

    def abandon(self) -> None:
        """End the run because nobody wants its rows; who waits for them all the same must not take it for the end."""
        if self._failure is None and (not self.over.is_set() or len(self._intake.delivery)):
            self._failure = ClientClosed("the stream was closed before its end")
        if not self.over.is_set():
            self._end()
        self._intake.delivery = AsTheyCome()

    @property
    def _is_done(self) -> bool:
        return self.over.is_set() and self._failure is None

    async def _raise_failure(self) -> None:
        """Raise what ended the run, if something did, with the rows that nobody was given before."""
        failure = self._failure
        if failure is None:
            return
        if isinstance(failure, ExploError) and not self._is_failure_told:
            self._is_failure_told = True
            customers = failure.customers = []
            for piece in self._intake.rest():
                customers += self._kind.to_customers(piece)
                await asyncio.sleep(0)
        raise failure

    # Requests going out.

    def _pump(self) -> None:
        """Start what may be started, and end the run when nothing is left to do."""
        coverage = self._intake.coverage
        if self.over.is_set() or coverage is None:
            return
        self._passes.follow(coverage, self.stats.pages)
        for ask in coverage.wanted(self._tasks.asks(), swept=self._passes.asked, oldest=self._tasks.oldest):
            self.stats.refetched += ask != COUNT
            self._start(ask, is_count=ask == COUNT)
        self._passes.follow(coverage, self.stats.pages)
        self._sweep(coverage)
        if coverage.doubt and self._passes.number > 1:
            self._fail_unproved(coverage, coverage.doubt)
            return
        if self._tasks or not self._passes.is_over(coverage):
            return
        if coverage.doubt:
            self._fail_unproved(coverage, coverage.doubt)
        elif coverage.closed:
            self._end()
        else:
            msg = "the ledger wants no page and is not closed"
            raise AssertionError(msg)

    def _sweep(self, coverage: Coverage) -> None:
        """Ask for the next pages of the pass."""
        while self._passes.may_go_on(coverage, self._tasks.oldest) and self._has_room():
            self.stats.refetched += self._passes.number > 1
            self._start(self._passes.next(coverage.sweep_size))

    def _has_room(self) -> bool:
        waiting, under_way = len(self._intake.delivery), len(self._tasks)
        is_starved = self._waiter.is_asleep
        if self._window.has_room(out=self._tasks.out, under_way=under_way, waiting=waiting, is_starved=is_starved):
            return True
        # Pages may wait for one that is not asked for yet: then nobody else would ever make room.
        coverage = self._intake.coverage
        return not under_way and coverage is not None and not self._intake.delivery.is_ready(coverage)

    def _start(self, ask: Ask, *, is_count: bool = False) -> None:
        asked = Asked(ask, is_count=is_count)
        self._tasks.start(asked, self._pages.get(ask, self._call, self._trip(asked)))

    def _trip(self, asked: Asked) -> Trip:
        def arrive() -> None:
            self._tasks.note_arrival(asked)
            # What goes out next need not wait until this is decoded.
            if self._intake.coverage and not self.over.is_set():
                self._sweep(self._intake.coverage)

        return Trip(partial(self._tasks.note_sent, asked), arrive)

    # Answers coming in: callbacks of the loop.

    def _settle(self, asked: Asked, task: asyncio.Task[Result[RowT]]) -> None:
        if self._intake.coverage is None and not (asked.is_first or task.cancelled() or self.over.is_set()):
            # Asked for on a hint: what it is worth shows with page 1.
            self._head_start.early.append((asked, task))
            return
        if task.cancelled():
            # Nobody here cancelled it: aiohttp does so to whoever waits for a connection of a session that closes.
            self.fail(ClientClosed("the session was closed while it was in use", page=asked.ask.number))
        elif error := task.exception():
            self.fail(error)
        elif not self.over.is_set():
            try:
                self._enter(asked, task.result())
                self._pump()
            except Exception as bug:  # noqa: BLE001 -- the consumer must get it, not the loop's log
                self.fail(bug)
        self._waiter.wake()

    def _enter(self, asked: Asked, result: Result[RowT]) -> None:
        if isinstance(result, FirstPage):
            self._enter_first(asked, result)
            return
        coverage, elapsed = self._intake.coverage, self._loop.time() - self._began
        assert coverage is not None  # noqa: S101 -- for the type checker: page 1 made it
        self._intake.enter(coverage, asked, result, oldest=self._tasks.oldest, now=time.time(), elapsed=elapsed)
        if result is not None:
            if coverage.inversions:
                self._pages.distrust_order()
            self._tell_progress(coverage)

    def _enter_first(self, asked: Asked, first: FirstPage[RowT]) -> None:
        size = first.coverage.size
        self._intake.coverage = first.coverage
        asked.ask = Ask(1, size)
        self._enter(asked, first.page)
        if not self._head_start.holds(self._pages.dialect, size):
            self._passes.asked = 1
            self._tasks.drop()
        self._passes.asked = max(self._passes.asked, first.swept)
        for early, task in self._head_start.early:
            self._enter(early, task.result())

    def _tell_progress(self, coverage: Coverage) -> None:
        if self._listing.on_progress is None:
            return
        goal, to_come = self._passes.goal(coverage, exact=self._listing.consistency == "exact")
        to_come += len(self._tasks)
        progress = make_progress(
            self.stats,
            goal=goal,
            total=coverage.total,
            to_come=to_come,
            first_took=self._intake.first_took,
            concurrency=self._pages.max_concurrency,
            quota_time=self._pages.gate.time_for(to_come),
        )
        self._listing.on_progress(progress)

    # The end.

    def _fail_unproved(self, coverage: Coverage, doubt: Doubt) -> None:
        consistency, totals = self._listing.consistency, coverage.totals
        what, advice = explain_doubt(doubt, consistency, totals=totals, total=coverage.total, unique=coverage.unique)
        self.fail(ListingChanged(what, advice=advice, report=self.report()))

    def _expire(self) -> None:
        self.fail(self._pages.gate.time_is_over(self._listing.timeout or 0.0))

    def _end(self) -> None:
        self.over.set()
        self.stats.elapsed = self._loop.time() - self._began
        if self._alarm:
            self._alarm.cancel()
        logger.info(describe_end(self.stats, self._listing.consistency, self._failure))
        self._tasks.cancel()
        self._waiter.wake()
