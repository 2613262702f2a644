"""Pages asked for together with page 1, on the word of somebody who knows how long the list was last time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from explo_async.engine.tasks import ResultT
from explo_async.plan import page_count

if TYPE_CHECKING:
    import asyncio

    from explo_async.engine.listing import Listing
    from explo_async.engine.tasks import Asked
    from explo_async.wire.dialect import Dialect
    from explo_async.wire.page_source import PageSource


class HeadStart(Generic[ResultT]):
    """How many pages to ask for at once, and those that came before page 1, which tells what they are worth."""

    def __init__(self, pages: PageSource, listing: Listing) -> None:
        self.early: list[tuple[Asked, asyncio.Task[ResultT]]] = []
        self.size: int = pages.sizes.get(listing.page_size, listing.page_size)
        """Rows a page, as the server applied them last time."""
        self.pages: int = page_count(listing.expected_total or 0, self.size)
        if listing.resume_from:
            # Of these pages most are there.
            self.pages = 0
        elif listing.expected_total is None:
            # A size that only the client remembers must not cost a wait for the quota.
            remembered = page_count(pages.totals.get(listing.filters, 0), self.size)
            self.pages = remembered if pages.gate.time_for(remembered) == 0 else 0
        self._spoken = pages.dialect

    def holds(self, dialect: Dialect, size: int) -> bool:
        """Tell whether the pages were asked for as page 1 shows that they must be; forget those that came if not."""
        alike = (dialect.path, dialect.page_size_name) == (self._spoken.path, self._spoken.page_size_name)
        if not alike or size != self.size:
            self.early.clear()
            return False
        return True
