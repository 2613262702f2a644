"""Pages asked for together with page 1, on the word of somebody who knows how long the list was last time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from explo_async.engine.tasks import ResultT
from explo_async.plan import page_count
from explo_async.wire.dialect import query

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
        self._filters = listing.filters
        self._spoken = self._spell(pages.dialect)

    def holds(self, dialect: Dialect, size: int) -> bool:
        """Tell whether the pages were asked for as page 1 shows that they must be; forget those that came if not."""
        if self._spell(dialect) != self._spoken or size != self.size:
            for _, task in self.early:
                # An exception that nobody looks at is logged as never retrieved.
                _ = task.cancelled() or task.exception()
            self.early.clear()
            return False
        return True

    def _spell(self, dialect: Dialect) -> tuple[str, dict[str, str]]:
        """Return what tells a request in this dialect from one in another."""
        filters = self._filters
        return dialect.path, query(
            dialect,
            page=1,
            page_size=self.size,
            parent_provided_id=filters.parent_provided_id,
            hierarchy_level_name=filters.hierarchy_level_name,
        )
