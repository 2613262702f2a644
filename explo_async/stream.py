"""`CustomerStream`: the customers as they come, one by one or page by page."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from explo_async.decode.page import CUSTOMERS, RowKind, RowT
from explo_async.decode.records import RECORDS
from explo_async.models import CustomerPage
from explo_async.progress import FetchStats
from explo_async.record import RecordPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import TracebackType

    from explo_async.delivery.arrival import RowPage
    from explo_async.engine.fetch import Fetch
    from explo_async.engine.run import Run
    from explo_async.models import Customer, FetchReport
    from explo_async.progress import WaitingFor
    from explo_async.record import Record

PageT = TypeVar("PageT")


class Begin(Protocol):
    """Begins the run of a stream."""

    def __call__(self, kind: RowKind[RowT], /) -> Fetch[RowT]:
        """Send the first request; raises what the client refuses."""


class CustomerStream:
    """The customers of a listing while it is fetched; nothing is sent before the first step.

    `async for customer in stream` gives each customer once. Leaving the loop ends what is under way; inside
    `async with stream:` it has ended when the block is left. A stream can be gone through once, by one task.
    Only its end tells that the list is complete: until then what came is provisional.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._run: Run | None = None

    @property
    def stats(self) -> FetchStats:
        """The counters as they stand."""
        return self._run.stats if self._run else FetchStats()

    @property
    def waiting_for(self) -> WaitingFor | None:
        """What the next request waits for, as in `Progress`; None when none waits."""
        waiting = self._run.waiting if self._run else None
        return waiting.what if waiting else None

    @property
    def wait_left(self) -> float | None:
        """Seconds until the next request may go out; None when none waits, or when that is not known."""
        waiting = self._run.waiting if self._run else None
        return waiting.left if waiting else None

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""
        return self._run.total_count if self._run else None

    @property
    def report(self) -> FetchReport | None:
        """What the run has proved; None before it has ended, or is certain to prove nothing."""
        return self._run.report() if self._run and self._run.is_decided else None

    def __aiter__(self) -> AsyncIterator[Customer]:
        return _EachCustomer(self.pages())

    def pages(self) -> AsyncIterator[CustomerPage]:
        """Give the same customers page by page; a page holds only those that had not come before.

        Raises RuntimeError when the stream has been begun before.
        """
        return self._start(CUSTOMERS, _as_customer_page)

    def records(self) -> AsyncIterator[RecordPage]:
        """Give the same customers page by page, as records: half the work where no `Customer` is wanted.

        Raises RuntimeError when the stream has been begun before.
        """
        return self._start(RECORDS, _as_record_page)

    def rows(self, kind: RowKind[RowT]) -> AsyncIterator[RowPage[RowT]]:
        """Give the same customers page by page, as rows of a kind of their own: for other modules of this package."""
        return self._start(kind, _as_it_is)

    def _start(self, kind: RowKind[RowT], make_page: Callable[[RowPage[RowT]], PageT]) -> _Pages[RowT, PageT]:
        if self._run is not None:
            msg = "this stream has been begun before; make a new one with client.customers.stream()"
            raise RuntimeError(msg)
        self._run = fetch = self._begin(kind)
        return _Pages(fetch, make_page)

    async def aclose(self) -> None:
        """End what is under way and wait until nothing of it is left."""
        if self._run is not None:
            await self._run.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


class _Pages(Generic[RowT, PageT]):
    """Iterates the pages of a run, and abandons the run when the loop over them is left."""

    def __init__(self, fetch: Fetch[RowT], make_page: Callable[[RowPage[RowT]], PageT]) -> None:
        self._fetch = fetch
        self._make_page = make_page
        # A loop that is left drops its iterator, and nothing else: there is no other sign of it.
        weakref.finalize(self, fetch.abandon).atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PageT:
        page = await self._fetch.next_page()
        if page is None:
            raise StopAsyncIteration
        return self._make_page(page)


def _as_it_is(page: RowPage[RowT]) -> RowPage[RowT]:
    return page


def _as_customer_page(page: RowPage[Customer]) -> CustomerPage:
    return CustomerPage(number=page.number, page_size=page.page_size, total_count=page.total_count, customers=page.rows)


def _as_record_page(page: RowPage[Record]) -> RecordPage:
    return RecordPage(page.number, page.total_count, page.rows)


class _EachCustomer:
    """Iterates the customers of pages."""

    def __init__(self, pages: AsyncIterator[CustomerPage]) -> None:
        self._pages = pages
        self._rows: Iterator[Customer] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Customer:
        while True:
            for customer in self._rows:
                return customer
            self._rows = iter((await anext(self._pages)).customers)
