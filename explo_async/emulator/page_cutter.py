"""Pages cut from the list as encoded bytes, each encoded once as long as the list stays as it is."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec
from attrs import evolve

from explo_async.emulator.answers import INVALID_PAGE, JSON, Answer
from explo_async.emulator.dialect import PageQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.dialect import Dialect

_Page = tuple[PageQuery, int]
"""A page and the count that it tells."""

KEPT_BYTES = 32 << 20
"""Bodies kept beside the prepared ones; the oldest goes first."""


class PageCutter:
    """Cuts pages from a list of customers, as a count of them says that may be of another moment.

    `total_error` is added to every count. `origin` is needed for the links only. `all_below`: a filter by parent shows
    all descendants.
    """

    def __init__(
        self,
        book: CustomerBook,
        dialect: Dialect,
        *,
        compress: bool = False,
        total_error: int = 0,
        origin: str = "",
        all_below: bool = False,
    ) -> None:
        self.origin = origin
        self._all_below = all_below
        self._book = book
        self._dialect = dialect
        self._compress = compress
        self._total_error = total_error
        self._forget()

    def count(self, listing: PageQuery) -> int:
        """Return the total that is told for this part of the list as it is now."""
        return max(0, len(self._rows(listing)) + self._total_error)

    def refuse(self, listing: PageQuery, count: int) -> Answer | None:
        """Return the answer for a page that by this count does not exist; None for one that does."""
        if listing.page is None:
            return INVALID_PAGE
        past_end = listing.page > 1 and (listing.page - 1) * listing.page_size >= count
        return INVALID_PAGE if past_end and self._dialect.past_end == "404" else None

    def cut(self, listing: PageQuery, count: int, *, compressed: bool = False) -> Answer:
        """Return the answer for this page of the list as it is now; `compressed`: the client can read gzip."""
        rows = self._rows(listing)
        body = self._prepared.get((listing, count)) or self._kept.get((listing, count))
        if body is None:
            body = self._encode(listing, rows, count)
            if self._book.order.fixed:
                self._keep((listing, count), body)
        if compressed and self._compress:
            return Answer(200, body[1], {"Content-Type": JSON, "Content-Encoding": "gzip"})
        return Answer(200, body[0], {"Content-Type": JSON})

    def prepare(self, page_size: int) -> None:
        """Encode every page of this size now, however much memory they take, until the list changes.

        Does nothing where each query finds another order, for then each page has to be cut when it is asked for.
        """
        self._forget()
        first = PageQuery(page=1, page_size=min(page_size, self._dialect.max_page_size))
        if self._book.order.fixed:
            rows, count = self._rows(first), self.count(first)
            for page in range(1, -(-count // first.page_size) + 1):
                listing = evolve(first, page=page)
                self._prepared[listing, count] = self._encode(listing, rows, count)

    def _forget(self) -> None:
        self._version = self._book.version
        self._prepared: dict[_Page, tuple[bytes, bytes]] = {}
        self._kept: dict[_Page, tuple[bytes, bytes]] = {}
        self._kept_bytes = 0
        self._selected: dict[tuple[str | None, str | None, str | None], Sequence[int]] = {}

    def _rows(self, listing: PageQuery) -> Sequence[int]:
        if self._version != self._book.version:
            self._forget()
        part = (listing.parent_provided_id, listing.hierarchy_level_name, listing.access_group)
        if part not in self._selected:
            self._selected[part] = self._book.select(*part, all_below=self._all_below)
        return self._selected[part]

    def _encode(self, listing: PageQuery, rows: Sequence[int], count: int) -> tuple[bytes, bytes]:
        # As Django's paginator does: not the rows say where the list ends, but the count.
        start = ((listing.page or 1) - 1) * listing.page_size
        found = self._book.order.read(rows, start, min(start + listing.page_size, count))
        body = msgspec.json.encode(self._dialect.word(listing, self._book.records(found), count, self.origin))
        return body, gzip.compress(body, compresslevel=1) if self._compress else b""

    def _keep(self, page: _Page, body: tuple[bytes, bytes]) -> None:
        self._kept[page] = body
        self._kept_bytes += sum(map(len, body))
        while self._kept_bytes > KEPT_BYTES:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._kept_bytes -= sum(map(len, oldest))
