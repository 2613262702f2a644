"""The coverage ledger: which part of the list has been proved complete, and which pages to ask for again. Pure.

Why a closed chain misses no stable row (one that exists from the first request to the last):

Each answer is a snapshot of a contiguous interval of the list at one moment. Take a stable row y that is in no
snapshot of the chain. Page 1 starts the list, so y stands after all its rows. If y stands after all rows of one
snapshot and the next shares a row x with it, then y stands after x there too, and, not being in it, after all of
its rows. Two adjacent full pages of the same total are two intervals of the same list: y stands after the second
as well. So y stands after the last snapshot, which ends the list: a contradiction.

It assumes that the rows that stay keep their relative order, that ids are unique and not used again, and that the
total belongs to the same moment as the rows. Shared rows alone assume nothing else ("verified"); equal totals also
assume that no deletion and insertion cancelled out between the two reads, which is the blind spot of "checked".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.components import Components
from explo_async.evidence import Ask, Doubt, Entry, Snapshot
from explo_async.patience import Patience
from explo_async.plan import bridge, page_count, rows_due
from explo_async.sightings import Sightings
from explo_async.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence


class Ledger:
    """Keeps the chain of snapshots of a listing whose pages have `size` rows.

    `verified` trusts no equal totals: each boundary is bridged by a page of another size.
    """

    def __init__(self, size: int, *, verified: bool = False) -> None:
        self.size = size
        self.totals: list[int] = []
        """The distinct totals in the order in which they were first seen."""
        self.asked_again: set[int] = set()
        self.total = 0
        """The list's size as the latest answer told; after an answer past the end, its upper bound."""
        self._verified = verified
        self._snapshots: list[Snapshot] = []
        self._components = Components()
        self._sightings = Sightings()
        self._slots = Slots(self._components.together)
        self._past_ends = 0
        self._bridged: dict[int, int] = {}
        self._start = self._end = -1
        self._patience = Patience(verified=verified)
        self._calm = not verified
        self._epoch_total: int | None = None

    @property
    def doubt(self) -> Doubt | None:
        """Why the chain cannot be closed, once that is certain."""
        return self._patience.doubt

    @property
    def moment(self) -> int:
        """The number of answers so far: what a request notes when it is sent, to be handed to `add`."""
        return len(self._snapshots)

    @property
    def unique(self) -> int:
        """Distinct rows seen."""
        return len(self._sightings)

    @property
    def duplicates(self) -> int:
        """Rows that came again."""
        return self._sightings.duplicates

    @property
    def goal(self) -> int:
        """The page with which the chain ends, as far as is known: the first that ended the list, or the last."""
        return self._slots.first_end or max(1, page_count(self.total, self.size))

    @property
    def connected(self) -> int:
        """How many pages from the first on are proved to miss nothing between them."""
        return self._slots.connected

    @property
    def closed(self) -> bool:
        """Whether the chain reaches from page 1 to an end of the list."""
        return self._chained and (self._epoch_total is None or self._sightings.in_epoch == self._epoch_total)

    def add(
        self, ask: Ask, *, total: int, keys: Sequence[Hashable | None], sent: int, has_next: bool | None = None
    ) -> Entry:
        """Enter an answer and say what is new in it.

        `keys` holds the id of each row in order, None where it could not be read; `sent` is `moment` as it was
        when the request went out; `has_next` is what the answer says of a page after this one, if it says so.
        """
        index = len(self._snapshots)
        in_slot = ask.size == self.size
        number = ask.number if in_slot else (ask.number - 1) * ask.size // self.size + 1
        entry = self._sightings.enter(index, number, keys)
        whole = entry.fresh is None or len(set(keys) - {None}) == len(keys)
        due = rows_due(ask.number, self.size, total)
        fit = whole and (not in_slot or (len(keys) == due and not (has_next and ask.number * self.size >= total)))
        ends_list = fit and in_slot and (ask.number - 1) * self.size + len(keys) == total
        snapshot = Snapshot(index, sent, ask.number, total, len(keys), fit, ends_list)
        self._snapshots.append(snapshot)
        self._components.add()
        self._note_total(total)
        if not fit:
            self._calm = False
            self._patience.flaw = "total_wrong" if whole else "unreadable_id" if None in keys else "duplicate_ids"
        if entry.fresh is not None:
            self._meet_again(snapshot, entry, whole=whole, in_slot=in_slot)
        if in_slot:
            self._enter_slot(snapshot)
        return entry

    def recall(self, keys: Sequence[Hashable | None]) -> None:
        """Enter the next rows of those that a former run gave in order; all of them before the first answer.

        That run's chain proved that a stable row which is not among them stands after all of them, and so after
        every snapshot that shares a row with them. Its totals are of another time: here they link nothing.
        """
        index, number = len(self._snapshots), self._slots.highest + 1
        self._sightings.enter(index, number, keys)
        self._snapshots.append(Snapshot(index, 0, number, -1, len(keys), fit=False, ends_list=False))
        self._components.add()
        self._components.join(0, index)
        self._slots.put(self._snapshots[index])
        self._start = 0
        self._calm = False

    def holds(self, index: int) -> bool:
        """Tell whether an answer hangs together with page 1, so that no row before its rows can be missing."""
        start = self._slots.get(1)
        return start is not None and self._components.together(index, start.index)

    def past_end(self, number: int) -> None:
        """Enter the answer that there is no page `number`; only for pages after the first."""
        if self.total <= (number - 1) * self.size:
            return
        if self._epoch_total is not None:
            self._patience.flaw = "total_wrong"
        self._patience.note_result(number, fruitful=False)
        self.total = (number - 1) * self.size
        self._past_ends += 1
        self._calm = False
        self._epoch_total = None
        self._slots.remove(number)

    def wanted(self, pending: Collection[Ask], *, swept: int) -> list[Ask]:
        """Return the pages to ask for again, each counted against the bound; sets `doubt` when it is reached.

        `pending` are the asks whose answers are still due, `swept` is the highest page asked for so far.
        """
        if self._calm or self.doubt or self.closed:
            return []
        asks = [ask for ask in self._doubtful(pending, swept) if ask not in pending]
        if self._chained and not pending and not asks:
            asks = self._restart(swept)
        if not self._patience.spend(asks):
            return []
        self.asked_again.update(ask.number for ask in asks)
        return asks

    def missing(self) -> list[int]:
        """Return the pages that the list has by the latest total and that were not answered."""
        return [number for number in range(1, page_count(self.total, self.size) + 1) if number not in self._slots]

    @property
    def _chained(self) -> bool:
        end = self._slots.get(self.goal)
        return end is not None and end.ends_list and self.connected >= end.number

    def _note_total(self, total: int) -> None:
        if total not in self.totals:
            self.totals.append(total)
        if self._sightings.epoch == len(self._snapshots) - 1:
            self._epoch_total = total
        elif total != self._epoch_total:
            self._epoch_total = None
            self._calm = False
        self.total = total
        self._past_ends = 0
        self._patience.grow(page_count(total, self.size))

    def _meet_again(self, snapshot: Snapshot, entry: Entry, *, whole: bool, in_slot: bool) -> None:
        """Join an answer with those that it shares rows with."""
        self._calm = False
        if not whole:
            return
        for index in entry.shared:
            self._components.join(index, snapshot.index)
        if in_slot and not entry.fresh and len(entry.shared) == 1:
            other = self._snapshots[min(entry.shared)]
            if other.number != snapshot.number and (other.rows, other.total) == (snapshot.rows, snapshot.total):
                self._patience.note_echo()

    def _enter_slot(self, snapshot: Snapshot) -> None:
        number = snapshot.number
        former = self._slots.get(number)
        if former is not None:
            same = (former.total, former.rows, former.fit) == (snapshot.total, snapshot.rows, snapshot.fit)
            self._patience.note_result(number, fruitful=snapshot.fit or not same)
        self._slots.put(snapshot)
        # The start of the list, and its end, are rows that all snapshots which reach them share.
        if number == 1:
            self._start = self._share(self._start, snapshot)
        if snapshot.ends_list:
            self._end = self._share(self._end, snapshot)
        for left, right in self._slots.neighbours(number):
            self._link(left, right)

    def _share(self, former: int, snapshot: Snapshot) -> int:
        if former >= self._sightings.epoch:
            self._components.join(former, snapshot.index)
        return snapshot.index

    def _link(self, left: Snapshot, right: Snapshot) -> None:
        alike = left.total == right.total and left.fit and right.fit
        if alike and not self._verified and not self._changed_between(left, right):
            self._components.join(left.index, right.index)

    def _changed_between(self, one: Snapshot, other: Snapshot) -> bool:
        """Tell whether an answer that certainly lies between two others had another total than they."""
        if self._calm:
            return False
        first, second = (one, other) if one.index < other.index else (other, one)
        between = self._snapshots[first.index + 1 : second.sent]
        return any(answer.sent > first.index and answer.total != first.total for answer in between)

    def _doubtful(self, pending: Collection[Ask], swept: int) -> list[Ask]:
        """Find the broken links and the pages whose re-reading can mend them, lowest first."""
        if self._past_ends > 1:
            # Several answers past the end: only page 1 surely tells how long the list is now.
            return [Ask(1, self.size)]
        goal = self.goal
        unanswered = range(self.connected + 1, min(goal, swept) + 1)
        asks = [Ask(number, self.size) for number in unanswered if number not in self._slots]
        for left, right in self._slots.broken_links(goal):
            if not any(Ask(page.number, self.size) in pending for page in (left, right)):
                asks += self._mend(left, right, pending)
        end = self._slots.get(goal)
        if end is not None and not end.ends_list:
            asks.append(Ask(goal, self.size))
        return list(dict.fromkeys(asks))

    def _mend(self, left: Snapshot, right: Snapshot, pending: Collection[Ask]) -> list[Ask]:
        stale = [Ask(page.number, self.size) for page in (left, right) if page.total != self.total or not page.fit]
        if stale:
            return stale
        if self._verified and (span := bridge(left.number * self.size, self.size)):
            ask = Ask(*span)
            if ask in pending:
                return []
            tries = self._bridged[left.number] = self._bridged.get(left.number, 0) + 1
            return [ask] if tries % 2 else [Ask(left.number, self.size), Ask(right.number, self.size)]
        return [Ask(min(left, right, key=lambda page: page.index).number, self.size)]

    def _restart(self, swept: int) -> list[Ask]:
        """Begin anew: every total was the same, yet the rows do not add up to it."""
        if not self._patience.restart():
            return []
        numbers = [number for number in self._slots if number <= swept]
        self._sightings.begin_epoch(len(self._snapshots))
        self._slots.clear()
        return [Ask(number, self.size) for number in numbers]
