"""The latest answer for each page of a listing, and how far they hang together from page 1 on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.plan import page_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.completeness.reading import Reading
    from explo_async.plan import Ask


def whole_pages(ask: Ask, rows: int, *, size: int) -> range:
    """Return the pages of `size` rows that an answer consists of; none if one of them may begin or end within it."""
    number = ask.first // size + 1
    return range(number, number + page_count(rows, size) if ask.size % size == 0 else number)


def pages_touched(ask: Ask, rows: int, *, size: int) -> range:
    """Return the pages of `size` rows that share a row, or where it has none the first place, with such an answer."""
    return range(ask.first // size + 1, (ask.first + max(1, rows) - 1) // size + 2)


class PageSlots:
    """One slot for each page number; `together` tells whether the answers of two places hang together."""

    def __init__(self, together: Callable[[int, int], bool]) -> None:
        self.highest: int = 0
        """The highest page number that was ever answered."""
        self._together = together
        self._latest: dict[int, Reading] = {}
        self._prefix = 0
        self._answered = 0

    def __contains__(self, number: int) -> bool:
        return number in self._latest

    @property
    def connected(self) -> int:
        """How many pages from the first on hang together."""
        while (following := self._latest.get(self._prefix + 1)) is not None and (
            self._prefix == 0 or self._together(self._latest[self._prefix].index, following.index)
        ):
            self._prefix += 1
        return self._prefix

    @property
    def answered(self) -> int:
        """How many pages from the first on were answered, whatever they showed."""
        while self._answered + 1 in self._latest:
            self._answered += 1
        return self._answered

    def get(self, number: int) -> Reading | None:
        """Return the latest answer for a page."""
        return self._latest.get(number)

    def put(self, number: int, reading: Reading) -> None:
        """Enter the latest answer for a page."""
        self._prefix = min(self._prefix, number - 1)
        self._latest[number] = reading
        self.highest = max(self.highest, number)

    def remove(self, number: int) -> None:
        """Note that there is no such page any more."""
        self._prefix = min(self._prefix, number - 1)
        self._latest.pop(number, None)

    def has_flaw(self, goal: int) -> bool:
        """Tell whether the latest answer for a page up to this one is not fit."""
        return any(not reading.fit for page, reading in self._latest.items() if page <= goal)

    def has_rows_after(self, number: int) -> bool:
        """Tell whether the latest answer for a page after this one shows rows."""
        return any(reading.rows for page, reading in self._latest.items() if page > number)

    def broken_links(self, goal: int) -> Iterator[tuple[int, Reading, Reading]]:
        """Give the pages up to one that do not hang together with the next one, lowest first, and both answers."""
        for number in range(max(1, self.connected), min(goal, self.highest)):
            left, right = self._latest.get(number), self._latest.get(number + 1)
            if left is not None and right is not None and not self._together(left.index, right.index):
                yield number, left, right
