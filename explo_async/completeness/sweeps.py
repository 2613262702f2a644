"""The sweeps over a list: which one is under way, in pages of what size, and how far it goes. Pure."""

from __future__ import annotations

from explo_async.plan import other_size, page_count

GROWTH, MARGIN = 2, 20
"""A list may become GROWTH times as long as it was at first, and MARGIN pages more: it can double during a run, and one
of a page or two may be added to all the same. What grows beyond that might grow for ever."""


class Sweeps:
    """Counts sweeps from 1. `largest` is the most rows that the server gives at once."""

    def __init__(self, size: int, *, largest: int) -> None:
        self.size = size
        self.page_size: int = size
        """Rows a page of the sweep that is under way; `size` is that of the listing."""
        self.number: int = 1
        self.largest: int = max(size, largest)
        self.total: int = 0
        """The list's size as the latest answer told; after an answer past the end, its upper bound."""
        self.totals: list[int] = []
        """The distinct totals in the order in which they were first told."""
        self.first_pages: int = 0
        """How many pages the list had at first, and 1 if it had none; 0 as long as no answer has told."""

    @property
    def goal(self) -> int:
        """The last page of this sweep."""
        return max(1, page_count(min(self.total, self._most_pages * self.size), self.page_size))

    @property
    def is_outgrown(self) -> bool:
        """Whether the list has become too long to go after it."""
        return page_count(self.total, self.size) > self._most_pages

    @property
    def _most_pages(self) -> int:
        return GROWTH * self.first_pages + MARGIN

    def note_total(self, total: int) -> None:
        """Enter the total that an answer told."""
        if total not in self.totals:
            self.totals.append(total)
        self.total = total
        self.first_pages = self.first_pages or max(1, page_count(total, self.size))

    def note_end(self, most: int) -> None:
        """Enter an answer that showed the total to be at most so much."""
        self.total = min(self.total, most)

    def clamp(self) -> None:
        """Note that the server gives no more rows at once than a page of the listing has."""
        self.largest = self.size

    def begin(self, turn: int) -> None:
        """Begin the next sweep, in pages of the `turn`th other size, or of that of the listing where `turn` is 0."""
        self.number += 1
        self.page_size = other_size(self.size, turn, largest=self.largest) if turn else self.size
