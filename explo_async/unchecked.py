"""`consistency="off"`: one pass over the pages that the totals tell of, and no proof of anything. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.evidence import Entry
from explo_async.plan import page_count

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from explo_async.evidence import Ask, Doubt


class UncheckedSweep:
    """Stands where the ledger stands, and never asks for a page again."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.doubt: Doubt | None = None
        self.duplicates = 0
        self.totals: list[int] = []
        self.asked_again: set[int] = set()
        self.total = 0
        self._numbers: list[int] = []
        self.unique = 0
        self._connected = 0
        self.closed = True
        self._ended: set[int] = set()

    @property
    def moment(self) -> int:
        """The number of answers so far."""
        return len(self._numbers)

    @property
    def goal(self) -> int:
        """The last page by the latest total."""
        return max(1, page_count(self.total, self.size))

    def add(
        self, ask: Ask, *, total: int, keys: Sequence[Hashable | None], sent: int, has_next: bool | None = None
    ) -> Entry:
        """Note the total and that the page is there."""
        del sent, has_next
        self._numbers.append(ask.number)
        self.unique += len(keys)
        self.total = total
        if total not in self.totals:
            self.totals.append(total)
        self._end(ask.number)
        return Entry(len(self._numbers) - 1)

    def holds(self, index: int) -> bool:
        """Tell whether all pages before that of an answer are there."""
        return self._numbers[index] <= self._connected

    def past_end(self, number: int) -> None:
        """Note that the list ends before page `number`."""
        self.total = min(self.total, (number - 1) * self.size)
        self._end(number)

    def wanted(self, pending: Collection[Ask], *, swept: int) -> list[Ask]:
        """Nothing."""
        del pending, swept
        return []

    def missing(self) -> list[int]:
        """Return the pages that the list has by the latest total and that were not answered."""
        pages = range(self._connected + 1, page_count(self.total, self.size) + 1)
        return [number for number in pages if number not in self._ended]

    def _end(self, number: int) -> None:
        self._ended.add(number)
        while self._connected + 1 in self._ended:
            self._connected += 1
            self._ended.discard(self._connected)
