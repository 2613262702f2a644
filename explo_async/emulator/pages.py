"""Pages cut from the list as encoded bytes, each encoded once as long as the list stays as it is."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec
from attrs import evolve

from explo_async.emulator.answers import INVALID_PAGE, JSON, Answer
from explo_async.emulator.dialect import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.emulator.customers import CustomerBook
    from explo_async.emulator.dialect import Dialect

KEPT_BYTES = 32 << 20
"""Bodies kept beside the prepared ones; the oldest goes first."""


class PageCutter:
    """Cuts pages from a list of customers. `origin` is needed for the links only."""

    def __init__(self, book: CustomerBook, dialect: Dialect, *, compress: bool = False, origin: str = "") -> None:
        self.origin = origin
        self._book = book
        self._dialect = dialect
        self._compress = compress
        self._forget()

    def cut(self, listing: Listing, *, compressed: bool = False) -> Answer:
        """Return the answer for this page of the list as it is now; `compressed`: the client can read gzip."""
        if self._version != self._book.version:
            self._forget()
        if listing.page is None:
            return INVALID_PAGE
        rows = self._rows(listing)
        past_end = listing.page > 1 and (listing.page - 1) * listing.page_size >= len(rows)
        if past_end and self._dialect.past_end == "404":
            return INVALID_PAGE
        body = self._prepared.get(listing) or self._kept.get(listing)
        if body is None:
            body = self._encode(listing, rows)
            self._keep(listing, body)
        if compressed and self._compress:
            return Answer(200, body[1], {"Content-Type": JSON, "Content-Encoding": "gzip"})
        return Answer(200, body[0], {"Content-Type": JSON})

    def prepare(self, page_size: int) -> None:
        """Encode every page of this size now, however much memory they take, until the list changes."""
        self._forget()
        first = Listing(page=1, page_size=min(page_size, self._dialect.max_page_size))
        rows = self._rows(first)
        for page in range(1, -(-len(rows) // first.page_size) + 1):
            listing = evolve(first, page=page)
            self._prepared[listing] = self._encode(listing, rows)

    def _forget(self) -> None:
        self._version = self._book.version
        self._prepared: dict[Listing, tuple[bytes, bytes]] = {}
        self._kept: dict[Listing, tuple[bytes, bytes]] = {}
        self._kept_bytes = 0
        self._selected: dict[tuple[str | None, str | None], Sequence[int]] = {}

    def _rows(self, listing: Listing) -> Sequence[int]:
        part = (listing.parent_provided_id, listing.hierarchy_level_name)
        if part not in self._selected:
            self._selected[part] = self._book.select(*part)
        return self._selected[part]

    def _encode(self, listing: Listing, rows: Sequence[int]) -> tuple[bytes, bytes]:
        start = ((listing.page or 1) - 1) * listing.page_size
        records = self._book.records(rows[start : start + listing.page_size])
        body = msgspec.json.encode(self._dialect.word(listing, records, len(rows), self.origin))
        return body, gzip.compress(body, compresslevel=1) if self._compress else b""

    def _keep(self, listing: Listing, body: tuple[bytes, bytes]) -> None:
        self._kept[listing] = body
        self._kept_bytes += sum(map(len, body))
        while self._kept_bytes > KEPT_BYTES:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._kept_bytes -= sum(map(len, oldest))
