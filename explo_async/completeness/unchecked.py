"""`consistency="off"`: one sweep over the pages that the totals tell of, and no proof of anything. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.evidence import Entry, Findings
from explo_async.plan import page_count

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.plan import Ask


class UncheckedSweep:
    """Stands where the ledger stands, and never asks for a page again; see `Coverage` for what each name means."""

    sweep = 1
    inversions = 0
    selection = None
    closed = True

    def __init__(self, size: int) -> None:
        self.size = size
        self.sweep_size: int = size
        self.doubt: Doubt | None = None
        self.duplicates = 0
        self.totals: list[int] = []
        self.asked_again: set[int] = set()
        self.total: int = 0
        self._numbers: list[int] = []
        self.unique: int = 0
        self._connected = 0
        self._ended: set[int] = set()

    @property
    def goal(self) -> int:
        return max(1, page_count(self.total, self.size))

    @property
    def findings(self) -> Findings:
        return Findings()

    def add(
        self,
        ask: Ask,
        *,
        total: int,
        keys: Sequence[Hashable | None],
        sent: int,
        arrived: int,
        oldest: int | None,
        has_next: bool | None = None,
        when: tuple[float, float] = (0.0, 0.0),
    ) -> Entry:
        del sent, arrived, oldest, has_next, when
        self._numbers.append(ask.number)
        self.unique += len(keys)
        self.total = total
        if total not in self.totals:
            self.totals.append(total)
        self._end(ask.number)
        return Entry(len(self._numbers) - 1)

    def holds(self, index: int) -> bool:
        return self._numbers[index] <= self._connected

    def picture_of(self, index: int) -> int | None:
        del index
        return None

    def past_end(self, ask: Ask, *, sent: int, arrived: int, oldest: int | None) -> None:
        del sent, arrived, oldest
        self.total = min(self.total, ask.first)
        self._end(ask.number)

    def may_sweep(self, oldest: int | None) -> bool:
        del oldest
        return True

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        del pending, swept, oldest
        return []

    def missing(self) -> list[int]:
        pages = range(self._connected + 1, page_count(self.total, self.size) + 1)
        return [number for number in pages if number not in self._ended]

    def _end(self, number: int) -> None:
        self._ended.add(number)
        while self._connected + 1 in self._ended:
            self._connected += 1
            self._ended.discard(self._connected)
