"""Requests going out, page by page and pass by pass, until the proof is there; and what each answer leads to."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeAlias

from attrs import asdict

from explo_async.completeness.doubts import explain_doubt
from explo_async.decode.page import DecodedPage, RowT
from explo_async.engine.eta import add_wait, make_progress
from explo_async.engine.first_page import FirstPage, begin
from explo_async.engine.head_start import HeadStart
from explo_async.engine.passes import Passes
from explo_async.engine.tasks import Asked, Tasks
from explo_async.engine.telling import Telling
from explo_async.errors import ClientClosed, ListingChanged
from explo_async.plan import COUNT, Ask
from explo_async.progress import Progress
from explo_async.wire.page_source import Trip

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.completeness.coverage import Coverage
    from explo_async.completeness.doubts import Doubt
    from explo_async.engine.intake import Intake
    from explo_async.engine.listing import Listing
    from explo_async.engine.waiter import Waiter
    from explo_async.engine.window import Window
    from explo_async.wire.call import Call
    from explo_async.wire.page_source import PageSource

Result: TypeAlias = FirstPage[RowT] | DecodedPage[RowT] | None
"""What a task brings: page 1 and what it leads to, another page, or None for one past the end."""


class Dispatch(Generic[RowT]):
    """Asks for what is wanted next, as far as there is room; `ended` hears why that is over, None when all is done.

    It owns the tasks, one for each page under way. Their results are entered in callbacks of the loop, so the consumer
    never waits inside a scope of theirs (PEP 789), and leaving at any moment is a plain cancellation.
    """

    def __init__(
        self,
        pages: PageSource,
        listing: Listing,
        call: Call[RowT],
        intake: Intake[RowT],
        waiter: Waiter,
        window: Window,
        ended: Callable[[BaseException | None], None],
    ) -> None:
        self.is_over: bool = False
        self._pages = pages
        self._listing = listing
        self._call = call
        self._intake = intake
        self._waiter = waiter
        self._window = window
        self._ended = ended
        self._began = asyncio.get_running_loop().time()
        self._passes = Passes()
        self._tasks: Tasks[Result[RowT]] = Tasks(self._settle)
        self._head_start: HeadStart[Result[RowT]] = HeadStart(pages, listing)
        self._telling = listing.on_progress and Telling(listing.on_progress, self._make_progress, ended)
        if self._telling:
            self._telling.watch(pages.gate.waits, call.stats)
        first = Asked(Ask(1, listing.page_size), is_first=True)
        self._tasks.start(first, begin(pages, listing, call, intake.delivery.handing, self._trip(first)))
        while self._passes.asked < self._head_start.pages and self._has_room():
            self._start(self._passes.next(self._head_start.size))

    @property
    def elapsed(self) -> float:
        """Seconds since the first request was asked for."""
        return asyncio.get_running_loop().time() - self._began

    def pump(self) -> None:
        """Start what may be started, and end when nothing is left to do."""
        coverage = self._intake.coverage
        if self.is_over or coverage is None:
            return
        stats = self._call.stats
        self._passes.follow(coverage, stats.pages)
        for ask in coverage.wanted(self._tasks.asks(), swept=self._passes.asked, oldest=self._tasks.oldest):
            stats.refetched += ask != COUNT
            self._start(ask, is_count=ask == COUNT)
        self._passes.follow(coverage, stats.pages)
        self._sweep(coverage)
        is_still = not self._tasks and self._passes.is_over(coverage)
        if coverage.doubt and (is_still or self._passes.number > 1):
            self._ended(self._explain(coverage, coverage.doubt))
        elif is_still and coverage.closed:
            self._ended(None)
        elif is_still:
            msg = "the ledger wants no page and is not closed"
            raise AssertionError(msg)

    def stop(self) -> None:
        """Ask for nothing more, and cancel what is under way."""
        self.is_over = True
        if self._telling:
            self._telling.stop()
        self._tasks.cancel()

    async def wait(self) -> None:
        """Wait until nothing is under way."""
        await self._tasks.wait()

    def _sweep(self, coverage: Coverage) -> None:
        """Ask for the next pages of the pass."""
        while self._passes.may_go_on(coverage, self._tasks.oldest) and self._has_room():
            self._call.stats.refetched += self._passes.number > 1
            self._start(self._passes.next(coverage.sweep_size))

    def _has_room(self) -> bool:
        delivery, under_way = self._intake.delivery, len(self._tasks)
        stats, out = self._call.stats, self._tasks.out
        # Those that are decoded are received, and not among its pages yet.
        page_bytes = stats.bytes_received / max(1, stats.pages + under_way - out)
        waiting, is_starved = len(delivery), self._waiter.is_asleep
        if self._window.has_room(
            out=out, under_way=under_way, waiting=waiting, is_starved=is_starved, page_bytes=page_bytes
        ):
            return True
        # Pages may wait for one that is not asked for yet: then nobody else would ever make room.
        coverage = self._intake.coverage
        return not under_way and coverage is not None and not delivery.is_ready(coverage)

    def _start(self, ask: Ask, *, is_count: bool = False) -> None:
        asked = Asked(ask, is_count=is_count)
        self._tasks.start(asked, self._pages.get(ask, self._call, self._trip(asked)))

    def _trip(self, asked: Asked) -> Trip:
        def arrive() -> None:
            self._tasks.note_arrival(asked)
            # What goes out next need not wait until this is decoded.
            if self._intake.coverage and not self.is_over:
                self._sweep(self._intake.coverage)

        return Trip(partial(self._tasks.note_sent, asked), arrive)

    def _settle(self, asked: Asked, task: asyncio.Task[Result[RowT]]) -> None:
        """Take in what a task has brought: a callback of the loop."""
        if self._intake.coverage is None and not (asked.is_first or task.cancelled() or self.is_over):
            # Asked for on a hint: what it is worth shows with page 1.
            self._head_start.early.append((asked, task))
            return
        if task.cancelled():
            # Nobody here cancelled it: aiohttp does so to whoever waits for a connection of a session that closes.
            self._ended(ClientClosed("the session was closed while it was in use", page=asked.ask.number))
        elif error := task.exception():
            self._ended(error)
        elif not self.is_over:
            try:
                self._enter(asked, task.result())
                self.pump()
            except Exception as bug:  # noqa: BLE001 -- the consumer must get it, not the loop's log
                self._ended(bug)
        self._waiter.wake()

    def _enter(self, asked: Asked, result: Result[RowT]) -> None:
        if isinstance(result, FirstPage):
            self._enter_first(asked, result)
            return
        coverage, oldest = self._intake.coverage, self._tasks.oldest
        assert coverage is not None  # noqa: S101 -- for the type checker: page 1 made it
        self._intake.enter(coverage, asked, result, oldest=oldest, now=time.time(), elapsed=self.elapsed)
        if result is not None:
            if coverage.inversions:
                self._pages.distrust_order()
            if self._telling:
                self._telling.tell()

    def _enter_first(self, asked: Asked, first: FirstPage[RowT]) -> None:
        self._intake.coverage = first.coverage
        asked.ask = Ask(1, first.coverage.size)
        self._enter(asked, first.page)
        if not self._head_start.holds(self._pages.dialect, first.coverage.size):
            self._passes.asked = 1
            self._tasks.drop()
        self._passes.asked = max(self._passes.asked, first.swept)
        for early, task in self._head_start.early:
            self._enter(early, task.result())

    def _make_progress(self) -> Progress:
        gate, stats, coverage = self._pages.gate, self._call.stats, self._intake.coverage
        waiting = gate.waits.of(stats)
        if coverage is None:
            return add_wait(Progress(**asdict(stats)), waiting, elapsed=self.elapsed, quota_time=0.0)
        goal, to_come = self._passes.goal(coverage, exact=self._listing.consistency == "exact")
        to_come += len(self._tasks)
        quota_time = gate.time_for(to_come)
        progress = make_progress(
            stats,
            goal=goal,
            total=coverage.total,
            to_come=to_come,
            first_took=self._intake.first_took,
            concurrency=self._pages.max_concurrency,
            quota_time=quota_time,
        )
        return add_wait(progress, waiting, elapsed=self.elapsed, quota_time=quota_time)

    def _explain(self, coverage: Coverage, doubt: Doubt) -> ListingChanged:
        consistency, totals = self._listing.consistency, coverage.totals
        what, advice = explain_doubt(doubt, consistency, totals=totals, total=coverage.total, unique=coverage.unique)
        return ListingChanged(what, advice=advice, report=self._intake.report(done=False))
