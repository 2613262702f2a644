"""One run over the list, as its consumer sees it: the next page or all of them, how it stands, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from math import inf
from typing import TYPE_CHECKING, Generic

from explo_async.decode.page import RowT
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.engine.dispatch import Dispatch
from explo_async.engine.intake import Intake
from explo_async.engine.report import describe_end
from explo_async.engine.waiter import Waiter
from explo_async.engine.window import Window
from explo_async.errors import ClientClosed, ExploError, ListingChanged
from explo_async.wire.call import Call

if TYPE_CHECKING:
    from explo_async.decode.page import RowKind
    from explo_async.delivery.arrival import Delivery, RowPage
    from explo_async.engine.listing import Listing
    from explo_async.models import FetchReport
    from explo_async.pacing.waits import Waiting
    from explo_async.progress import FetchStats
    from explo_async.wire.page_source import PageSource

logger: logging.Logger = logging.getLogger("explo_async")


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
        self._gate = pages.gate
        self._listing = listing
        self._kind = kind
        self._intake = Intake(listing, delivery)
        self._waiter = Waiter()
        self._failure: BaseException | None = None
        self._is_failure_told = False
        loop = asyncio.get_running_loop()
        deadline = inf if listing.timeout is None else loop.time() + listing.timeout
        call = Call(
            decode=kind.decode,
            stats=self.stats,
            filters=listing.filters,
            deadline=deadline,
            collect_invalid=listing.invalid == "collect",
        )
        room = Window(pages.max_concurrency, window)
        self._dispatch = Dispatch(pages, listing, call, self._intake, self._waiter, room, self._end)
        self._alarm = loop.call_at(deadline, self._expire) if deadline < inf else None

    @property
    def stats(self) -> FetchStats:
        """The counters as they stand."""
        return self._intake.stats

    @property
    def waiting(self) -> Waiting | None:
        """What the next request waits for, and for how long; None when none waits."""
        return self._gate.waits.of(self.stats)

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
        """Wait for the next rows that may be delivered; None at the end. Raises what ended the run.

        Cancelled meanwhile it ends the run: whoever keeps the stream, or the traceback, must not keep its requests.
        """
        try:
            return await self._next_page()
        except asyncio.CancelledError:
            self.abandon()
            raise

    async def _next_page(self) -> RowPage[RowT] | None:
        while True:
            # A list that changed is still delivered: its rows come before the error. Of others the error has them.
            if self._failure and not isinstance(self._failure, ListingChanged):
                await self._raise_failure()
            page = self._intake.take(freely=self.is_decided)
            if page is not None:
                self._dispatch.pump()
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

    async def cut_off(self, failure: ExploError) -> None:
        """End the run with an error from elsewhere, and wait until nothing is under way; what came is for the error."""
        if self._is_done:
            self.abandon()
        self._end(failure)
        await self._dispatch.wait()

    async def aclose(self) -> None:
        """End the run and wait until nothing of it is left."""
        self.abandon()
        await self._dispatch.wait()
        self._intake.close(done=self._is_done)

    def abandon(self) -> None:
        """End the run because nobody wants its rows; who waits for them all the same must not take it for the end."""
        closed = ClientClosed("the stream was closed before its end")
        if self._is_done and len(self._intake.delivery):
            self._failure = closed
        self._end(closed)
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

    def _expire(self) -> None:
        self._end(self._gate.time_is_over(self._listing.timeout or 0.0))

    def _end(self, failure: BaseException | None) -> None:
        """End the run, if it has not ended: with an error, which the consumer gets at his next step, or whole."""
        if self.over.is_set():
            return
        self._failure = failure
        self.over.set()
        self.stats.elapsed = self._dispatch.elapsed
        if self._alarm:
            self._alarm.cancel()
        logger.info(describe_end(self.stats, self._listing.consistency, failure))
        if isinstance(failure, ExploError):
            failure.stats = self.stats
            failure.missing_pages = self._intake.missing()
        self._dispatch.stop()
        self._waiter.wake()
        error = None if failure is None else type(failure).__name__
        self._gate.observer.list_ended(self.report().verdict, self.stats.customers, error)
