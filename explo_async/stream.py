"""`CustomerStream`: the customers as they come, one by one or page by page."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Self, cast

from explo_async.decode.page import decode_page
from explo_async.decode.records import decode_records
from explo_async.progress import FetchStats
from explo_async.record import RecordPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import TracebackType

    from explo_async.decode.page import Decode
    from explo_async.engine.fetch import Fetch
    from explo_async.models import Customer, CustomerPage, FetchReport
    from explo_async.record import Record


class CustomerStream:
    """The customers of a listing while it is fetched; nothing is sent before the first step.

    `async for customer in stream` gives each customer once. Leaving the loop ends what is under way; inside
    `async with stream:` it has ended when the block is left. A stream can be gone through once, by one task.
    Only its end tells that the list is complete: until then what came is provisional.
    """

    def __init__(self, begin: Callable[[Decode], Fetch]) -> None:
        self._begin = begin
        self._fetch: Fetch | None = None

    @property
    def stats(self) -> FetchStats:
        """The counters as they stand."""
        return self._fetch.stats if self._fetch else FetchStats()

    @property
    def total_count(self) -> int | None:
        """The list's size as the latest answer told; None before the first."""
        return self._fetch.total_count if self._fetch else None

    @property
    def report(self) -> FetchReport | None:
        """What the run has proved; None before it has ended, or is certain to prove nothing."""
        return self._fetch.report() if self._fetch and self._fetch.is_decided else None

    def __aiter__(self) -> AsyncIterator[Customer]:
        return _Customers(self.pages())

    def pages(self) -> AsyncIterator[CustomerPage]:
        """Give the same customers page by page; a page holds only those that had not come before.

        Raises RuntimeError when the stream has been begun before.
        """
        return self._start(decode_page)

    def records(self) -> AsyncIterator[RecordPage]:
        """Give the same customers page by page, as records: half the work where no `Customer` is wanted.

        Raises RuntimeError when the stream has been begun before.
        """
        return _Records(self._start(decode_records))

    def _start(self, decode: Decode) -> _Pages:
        if self._fetch is not None:
            msg = "this stream has been begun before; make a new one with client.customers.stream()"
            raise RuntimeError(msg)
        self._fetch = self._begin(decode)
        return _Pages(self._fetch)

    async def aclose(self) -> None:
        """End what is under way and wait until nothing of it is left."""
        if self._fetch is not None:
            await self._fetch.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


class _Pages:
    """Iterates the pages of a run, and abandons the run when the loop over them is left."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        # A loop that is left drops its iterator, and nothing else: there is no other sign of it.
        weakref.finalize(self, fetch.abandon).atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> CustomerPage:
        page = await self._fetch.next_page()
        if page is None:
            raise StopAsyncIteration
        return page


class _Records:
    """Iterates pages that were decoded to records."""

    def __init__(self, pages: AsyncIterator[CustomerPage]) -> None:
        self._pages = pages

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RecordPage:
        page = await anext(self._pages)
        return RecordPage(page.number, page.total_count, cast("tuple[Record, ...]", page.customers))


class _Customers:
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
