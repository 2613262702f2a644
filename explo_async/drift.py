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

from typing import TYPE_CHECKING, Literal

from attrs import define, frozen

from explo_async.plan import bridge, page_count, rows_due

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

MOST_ECHOES = 3
"""Pages with exactly the rows of another page, under the same total, before `page` counts as ignored."""
MOST_FRUITLESS = 2
"""Re-reads of one page that changed nothing before the server counts as contradicting itself."""

MARGIN = 20
"""Pages beyond twice the number at first after which the list counts as changing too fast."""

Doubt = Literal["page_ignored", "unordered", "total_wrong", "duplicate_ids", "unreadable_id", "too_many_changes"]
"""Why a chain cannot be closed."""


@frozen
class Ask:
    """A page to ask for; `size` differs from the listing's for a page that bridges a boundary."""

    number: int
    size: int


@frozen
class Entry:
    """What an answer brought: `index` is its place among the answers."""

    index: int
    fresh: list[int] | None = None
    """The positions of its rows that had not been seen before; None when that is all of them."""
    shared: frozenset[int] = frozenset()
    """The places of the answers that first brought those of its rows that had been seen before."""


@define(eq=False)
class _Snapshot:
    """One answer: page `number` when the list had `total` rows; `sent` and `index` order the events."""

    index: int
    sent: int
    number: int
    total: int
    rows: int
    fit: bool
    """Every row has a readable id, once, and there are as many as the total calls for."""
    ends_list: bool


class Ledger:
    """Keeps the chain of snapshots of a listing whose pages have `size` rows.

    `verified` trusts no equal totals: each boundary is bridged by a page of another size. Of a list that has n pages
    at first at most 2n + 20 pages are read, and at most 2n + 20 more asked for again (verified: 4n + 20).
    """

    def __init__(self, size: int, *, verified: bool = False) -> None:
        self.size = size
        self.doubt: Doubt | None = None
        """Set once it is certain that the chain cannot be closed within the bound."""
        self.duplicates = 0
        self.totals: list[int] = []
        """The distinct totals in the order in which they were first seen."""
        self.asked_again: set[int] = set()
        self.total = 0
        """The list's size as the latest answer told; after an answer past the end, its upper bound."""
        self._verified = verified
        self._snapshots: list[_Snapshot] = []
        self._parents: list[int] = []
        self._slots: dict[int, _Snapshot] = {}
        self._seen: dict[Hashable, int] = {}
        self._prefix = 0
        self._highest = 0
        self._first_pages = 0
        self._asks = 0
        self._past_ends = 0
        self._fruitless: dict[int, int] = {}
        self._bridged: dict[int, int] = {}
        self._start = self._end = -1
        self._echoes = 0
        self._flaw: Doubt | None = None
        self._calm = not verified
        self._epoch = 0
        self._epoch_rows = 0
        self._epoch_total: int | None = None
        self._restarts = 0

    @property
    def moment(self) -> int:
        """The number of answers so far: what a request notes when it is sent, to be handed to `add`."""
        return len(self._snapshots)

    @property
    def unique(self) -> int:
        """Distinct rows seen."""
        return len(self._seen)

    @property
    def goal(self) -> int:
        """The page with which the chain ends, as far as is known: the first that ended the list, or the last."""
        last = max(1, page_count(self.total, self.size))
        if self._calm:
            return last
        return next((number for number in sorted(self._slots) if self._slots[number].ends_list), last)

    @property
    def connected(self) -> int:
        """How many pages from the first on are proved to miss nothing between them."""
        while (following := self._slots.get(self._prefix + 1)) is not None and (
            self._prefix == 0 or self._root(self._slots[self._prefix].index) == self._root(following.index)
        ):
            self._prefix += 1
        return self._prefix

    @property
    def closed(self) -> bool:
        """Whether the chain reaches from page 1 to an end of the list."""
        return self._chained and (self._epoch_total is None or self._epoch_rows == self._epoch_total)

    def add(self, ask: Ask, *, total: int, keys: Sequence[Hashable | None], sent: int) -> Entry:
        """Enter an answer and say what is new in it.

        `keys` holds the id of each row in order, None where it could not be read; `sent` is `moment` as it was
        when the request went out.
        """
        index = len(self._snapshots)
        distinct: dict[Hashable, int] = dict.fromkeys(keys, index)
        distinct.pop(None, None)
        in_slot = ask.size == self.size
        whole = len(distinct) == len(keys)
        fit = whole and (not in_slot or len(keys) == rows_due(ask.number, self.size, total))
        ends_list = fit and in_slot and (ask.number - 1) * self.size + len(keys) == total
        snapshot = _Snapshot(index, sent, ask.number, total, len(keys), fit, ends_list)
        self._snapshots.append(snapshot)
        self._parents.append(index)
        self._note_total(total)
        if not fit:
            self._calm = False
            self._flaw = "total_wrong" if whole else "unreadable_id" if None in keys else "duplicate_ids"
        if whole and self._seen.keys().isdisjoint(distinct):
            self._epoch_rows += len(distinct)
            self._seen.update(distinct)
            entry = Entry(index)
        else:
            entry = self._meet_again(snapshot, keys, distinct, whole=whole, in_slot=in_slot)
        if in_slot:
            self._enter_slot(snapshot)
        return entry

    def holds(self, index: int) -> bool:
        """Tell whether an answer hangs together with page 1, so that no row before its rows can be missing."""
        return 1 in self._slots and self._root(index) == self._root(self._slots[1].index)

    def past_end(self, number: int) -> None:
        """Enter the answer that there is no page `number`; only for pages after the first."""
        if self.total <= (number - 1) * self.size:
            return
        if self._epoch_total is not None:
            self._flaw = "total_wrong"
        self._fruit(number, fruitful=False)
        self.total = (number - 1) * self.size
        self._past_ends += 1
        self._calm = False
        self._epoch_total = None
        if self._slots.pop(number, None):
            self._prefix = min(self._prefix, number - 1)

    def wanted(self, pending: Collection[Ask], *, swept: int) -> list[Ask]:
        """Return the pages to ask for again, each counted against the bound; sets `doubt` when it is reached.

        `pending` are the asks whose answers are still due, `swept` is the highest page asked for so far.
        """
        if self._calm or self.doubt or self.closed:
            return []
        asks = [ask for ask in self._doubtful(pending, swept) if ask not in pending]
        if self._chained and not pending and not asks:
            asks = self._restart(swept)
        if any(self._fruitless.get(ask.number, 0) >= MOST_FRUITLESS for ask in asks):
            self.doubt = self._flaw or "too_many_changes"
        elif self._asks + len(asks) > self._bound:
            self.doubt = "unordered" if self._restarts else "too_many_changes"
        if self.doubt:
            return []
        self._asks += len(asks)
        self.asked_again.update(ask.number for ask in asks)
        return asks

    def missing(self) -> list[int]:
        """Return the pages that the list has by the latest total and that were not answered."""
        return [number for number in range(1, page_count(self.total, self.size) + 1) if number not in self._slots]

    @property
    def _bound(self) -> int:
        return (4 if self._verified else 2) * self._first_pages + MARGIN

    @property
    def _chained(self) -> bool:
        end = self._slots.get(self.goal)
        return end is not None and end.ends_list and self.connected >= end.number

    def _note_total(self, total: int) -> None:
        if total not in self.totals:
            self.totals.append(total)
        if self._epoch == len(self._snapshots) - 1:
            self._epoch_total = total
        elif total != self._epoch_total:
            self._epoch_total = None
            self._calm = False
        self.total = total
        self._past_ends = 0
        pages = page_count(total, self.size)
        self._first_pages = self._first_pages or max(1, pages)
        if pages > 2 * self._first_pages + MARGIN:
            self.doubt = "too_many_changes"

    def _meet_again(
        self,
        snapshot: _Snapshot,
        keys: Sequence[Hashable | None],
        distinct: dict[Hashable, int],
        *,
        whole: bool,
        in_slot: bool,
    ) -> Entry:
        """Enter a page that has rows seen before, or one row twice: join what shares rows, find the new rows."""
        self._calm = False
        seen = self._seen
        shared = frozenset(seen[key] for key in distinct if key in seen)
        new = distinct.keys() - seen.keys()
        first_in_epoch = [key for key in distinct if seen.get(key, -1) < self._epoch]
        self._epoch_rows += len(first_in_epoch)
        repeated = not new
        seen.update(dict.fromkeys(first_in_epoch, snapshot.index))
        if whole:
            for index in shared:
                if index >= self._epoch:
                    self._join(index, snapshot.index)
            if in_slot and len(shared) == 1:
                self._note_echo(snapshot, self._snapshots[min(shared)], repeated=repeated)
        fresh = []
        for position, key in enumerate(keys):
            if key in new:
                fresh.append(position)
                new.discard(key)
        self.duplicates += sum(key is not None for key in keys) - len(fresh)
        return Entry(snapshot.index, fresh, shared)

    def _note_echo(self, snapshot: _Snapshot, other: _Snapshot, *, repeated: bool) -> None:
        if (
            repeated
            and other.number != snapshot.number
            and (other.rows, other.total) == (snapshot.rows, snapshot.total)
        ):
            self._echoes += 1
            if self._echoes >= MOST_ECHOES:
                self.doubt = "page_ignored"

    def _enter_slot(self, snapshot: _Snapshot) -> None:
        number = snapshot.number
        former = self._slots.get(number)
        if former is not None:
            same = (former.total, former.rows, former.fit) == (snapshot.total, snapshot.rows, snapshot.fit)
            self._fruit(number, fruitful=snapshot.fit or not same)
        self._slots[number] = snapshot
        # The start of the list, and its end, are rows that all snapshots which reach them share.
        if number == 1:
            self._start = self._share(self._start, snapshot)
        if snapshot.ends_list:
            self._end = self._share(self._end, snapshot)
        self._highest = max(self._highest, number)
        self._prefix = min(self._prefix, number - 1)
        for left, right in ((number - 1, number), (number, number + 1)):
            if left in self._slots and right in self._slots:
                self._link(self._slots[left], self._slots[right])

    def _share(self, former: int, snapshot: _Snapshot) -> int:
        if former >= self._epoch:
            self._join(former, snapshot.index)
        return snapshot.index

    def _fruit(self, number: int, *, fruitful: bool) -> None:
        self._fruitless[number] = 0 if fruitful else self._fruitless.get(number, 0) + 1

    def _link(self, left: _Snapshot, right: _Snapshot) -> None:
        alike = left.total == right.total and left.fit and right.fit
        if alike and not self._verified and not self._changed_between(left, right):
            self._join(left.index, right.index)

    def _join(self, one: int, other: int) -> None:
        self._parents[self._root(one)] = self._root(other)

    def _changed_between(self, one: _Snapshot, other: _Snapshot) -> bool:
        """Tell whether an answer that certainly lies between two others had another total than they."""
        if self._calm:
            return False
        first, second = (one, other) if one.index < other.index else (other, one)
        between = self._snapshots[first.index + 1 : second.sent]
        return any(answer.sent > first.index and answer.total != first.total for answer in between)

    def _root(self, index: int) -> int:
        parents = self._parents
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    def _doubtful(self, pending: Collection[Ask], swept: int) -> list[Ask]:
        """Find the broken links and the pages whose re-reading can mend them, lowest first."""
        if self._past_ends > 1:
            # Several answers past the end: only page 1 surely tells how long the list is now.
            return [Ask(1, self.size)]
        goal = self.goal
        asks = [Ask(number, self.size) for number in range(1, min(goal, swept) + 1) if number not in self._slots]
        for number in range(max(1, self.connected), min(goal, self._highest)):
            left, right = self._slots.get(number), self._slots.get(number + 1)
            if left is None or right is None or self._root(left.index) == self._root(right.index):
                continue
            neighbours = [Ask(number, self.size), Ask(number + 1, self.size)]
            if not any(ask in pending for ask in neighbours):
                asks += self._mend(left, right, pending)
        end = self._slots.get(goal)
        if end is not None and not end.ends_list:
            asks.append(Ask(goal, self.size))
        return list(dict.fromkeys(asks))

    def _mend(self, left: _Snapshot, right: _Snapshot, pending: Collection[Ask]) -> list[Ask]:
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
        self._restarts += 1
        if self._restarts > 1:
            self.doubt = self._flaw or "unordered"
            return []
        numbers = sorted(number for number in self._slots if number <= swept)
        self._epoch = len(self._snapshots)
        self._epoch_rows = 0
        self._slots.clear()
        self._prefix = 0
        return [Ask(number, self.size) for number in numbers]
