"""`consistency="exact"`: the list as it was at one moment, on no other ground than that ids are unique. Pure.

The list is swept, then a COUNT is taken at T, by a request that is sent after the last answer of the sweep has
arrived; after its answer the list is swept again, and so on. Let X be the rows that were seen before T as well as
after T. Each of them was there before and after, and an id is not created again (assumption K): so it was there at T.
If X has as many rows as the COUNT at T told, it *is* the list at T. Neither the order of rows matters, nor when the
server counts and reads, nor whether changes cancel out.

"Before" and "after" are all that was seen before T and after it, in however many sweeps. Each two sweeps have a T
between them, and every T remains a candidate: where ties hide rows from a sweep, further ones make X grow until it
has all; a row that went after T before it was read again keeps X too small for good, and then a later T takes its
place. From the third sweep on the pages have other sizes, since a database sorts ties by what it is asked for.

A row's first and last sweep are all that has to be remembered of it: it is in the X of the T after sweep t if first
<= t < last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.completeness.evidence import Entry, Findings
from explo_async.completeness.handing import Handing, HandingOn
from explo_async.completeness.row_memory import Instant, RowMemory
from explo_async.completeness.sweeps import Sweeps
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.plan import COUNT, rows_due

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.plan import Ask

MOST_SWEEPS = 6
"""Five moments at which the list can be had; each further sweep costs as much as the first."""


@frozen
class Snapshot:
    """The rows of the list at the moment after sweep `sweep`."""

    sweep: int
    memory: RowMemory
    later: range
    """The places of the answers that came after it."""

    def takes(self, index: int) -> bool:
        return index in self.later

    def has(self, provided_id: str) -> bool:
        return self.memory.was_there(provided_id, self.sweep)


class ExactSnapshot:
    """Stands where the ledger stands; see `Coverage` for what each name means.

    Rows that go to the consumer before the end are those that were seen in an earlier sweep as well; "in order" only as
    long as no row stands before them that was not, since that one may have to come first: then the next sweep goes on.
    What was handed on, also by a former run (`recall`), must be part of the list in the end.
    """

    inversions = 0

    def __init__(self, size: int, *, handing: Handing = "at the end", largest: int = MAX_PAGE_SIZE) -> None:
        self.size = size
        self.asked_again: set[int] = set()
        self.doubt: Doubt | None = None
        self._is_handed_on = handing != "at the end"
        self._sweeps = Sweeps(size, largest=largest)
        self._memory = RowMemory()
        self._handing_on = HandingOn(self._memory, handing)
        self._entered = 0
        self._sweep_began = [0, 0]
        self._answered: set[int] = set()
        self._counting = False

    @property
    def sweep(self) -> int:
        return self._sweeps.number

    @property
    def sweep_size(self) -> int:
        return self._sweeps.page_size

    @property
    def goal(self) -> int:
        return self._sweeps.goal

    @property
    def totals(self) -> list[int]:
        return self._sweeps.totals

    @property
    def total(self) -> int:
        return self._sweeps.total

    @property
    def unique(self) -> int:
        return len(self._memory)

    @property
    def duplicates(self) -> int:
        return self._handing_on.duplicates

    @property
    def closed(self) -> bool:
        return self._find_instant() is not None

    @property
    def findings(self) -> Findings:
        found = self._find_instant()
        if found is None:
            return Findings()
        return Findings(basis="exact", moment=self._memory.instants[found].when)

    @property
    def selection(self) -> Snapshot | None:
        found = self._find_instant()
        if found is None:
            return None
        return Snapshot(found, self._memory, range(self._sweep_began[found + 1], self._entered))

    def recall(self, keys: Iterable[Hashable]) -> None:
        """Enter rows that a former run has handed on: they were seen before every moment of this one."""
        self._memory.recall(keys)

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
        del sent, arrived, oldest, has_next
        index = self._entered
        self._entered += 1
        self._sweeps.note_total(total)
        if self._counting:
            self._counting = False
            self._memory.instants[self.sweep] = Instant(total, when)
            self._begin_sweep()
            return Entry(index, [], skips=True, withdraws=True)
        if self._sweeps.is_outgrown:
            self.doubt = "too_many_changes"
        self._answered.add(ask.number)
        if ask.size > self.size and len(keys) < rows_due(ask, total):
            self._sweeps.clamp()
        if None in keys:
            self.doubt = self.doubt or "unreadable_id"
        return self._handing_on.enter(index, ask.number, keys, sweep=self.sweep)

    def picture_of(self, index: int) -> int | None:
        del index
        return None

    def past_end(self, ask: Ask, *, sent: int, arrived: int, oldest: int | None) -> None:
        del sent, arrived, oldest
        self._entered += 1
        self._sweeps.note_end(ask.first)

    def may_sweep(self, oldest: int | None) -> bool:
        del oldest
        return not self._counting

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        del oldest
        if pending or swept < self.goal or self.doubt or self.closed:
            return []
        if self._memory.lost(self.sweep) and self._memory.lost(self.sweep - 1):
            self.doubt = "handed_out"
        elif self.sweep >= MOST_SWEEPS:
            self.doubt = self._name_doubt()
        if self.doubt:
            return []
        self._counting = True
        return [COUNT]

    def holds(self, index: int) -> bool:
        return self._handing_on.holds(index)

    def missing(self) -> list[int]:
        return [number for number in range(1, self.goal + 1) if number not in self._answered]

    def _name_doubt(self) -> Doubt:
        if len(self.totals) > 1:
            return "too_many_changes"
        return "total_wrong" if self.unique < self.total else "unordered"

    def _begin_sweep(self) -> None:
        # A size shows what ties hid from another one, and needs a second sweep as well.
        self._sweeps.begin(self.sweep // 2)
        self._sweep_began.append(self._entered)
        self._answered.clear()
        self._handing_on.begin_sweep()

    def _find_instant(self) -> int | None:
        return self._memory.find(all_handed=self._is_handed_on)
