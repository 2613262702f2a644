"""The coverage ledger of "checked" and "verified": which pages to ask for next until the list is proved. Pure.

What the answers prove is in `proof`. The ledger reads each page once; then what is broken is mended (`repairs`), and
when nothing is left to mend a COUNT closes the list.

Once rows contradict O, only the counts are left: the list is swept again, in pages of another size since a database
sorts ties by what it is asked for, until all the answers of one picture have shown as many distinct rows as it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.limits import RereadLimit
from explo_async.completeness.proof import UNKNOWN, Proof
from explo_async.completeness.repairs import find_bridges, find_stale, find_unanswered, group
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.plan import COUNT, other_size, page_count

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Entry, Findings, Reading
    from explo_async.plan import Ask


class Ledger:
    """Stands between the engine and the proof; see `Coverage` for what each name means.

    `verified` trusts no equal totals, save one at the end. `trusts_order` False: this server was seen to contradict O.
    `largest` is the most rows that the server gives at once.
    """

    selection = None

    def __init__(
        self, size: int, *, verified: bool = False, trusts_order: bool = True, largest: int = MAX_PAGE_SIZE
    ) -> None:
        self.size = size
        self.sweep_size: int = size
        self.sweep: int = 1
        self.totals: list[int] = []
        self.total: int = 0
        self.asked_again: set[int] = set()
        self._verified = verified
        self._proof = Proof(size, verified=verified, trusts_order=trusts_order)
        self._chain = self._proof.chain
        self._limit = RereadLimit(verified=verified)
        self._bridged: dict[int, int] = {}
        self._largest = max(size, largest)
        self._calm = not verified
        self._counted_goal = 0
        self._counts = False
        self._counted_at = -1

    @property
    def doubt(self) -> Doubt | None:
        return self._limit.doubt

    @property
    def contradictions(self) -> int:
        return self._proof.contradictions

    @property
    def inversions(self) -> int:
        return self._proof.inversions

    @property
    def unique(self) -> int:
        return len(self._proof.sightings)

    @property
    def duplicates(self) -> int:
        return self._proof.sightings.duplicates

    @property
    def goal(self) -> int:
        return max(1, min(page_count(self.total, self.sweep_size), self._limit.most_pages))

    @property
    def connected(self) -> int:
        """How many pages from the first on are proved to miss nothing between them."""
        return self._chain.connected

    @property
    def closed(self) -> bool:
        return self._proof.basis is not None

    @property
    def findings(self) -> Findings:
        return self._proof.findings

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
        del when
        moments = (sent, arrived)
        self._note_total(total)
        if ask == COUNT and self._counts:
            self._counts = False
            entry = self._proof.enter_count(total, moments=moments, oldest=oldest)
            self._counted_at = len(self._chain)
            return entry
        reading, entry = self._proof.enter(ask, total, keys, moments=moments, oldest=oldest, more=has_next)
        self._calm = self._calm and reading.fit and entry.fresh is None
        if not reading.fit:
            self._limit.flaw = _flaw_of(reading, keys)
        elif not entry.fresh and len(entry.shared) == 1:
            self._note_echo(reading, self._chain[min(entry.shared)])
        if self._verified and self.contradictions:
            self._limit.doubt = self.doubt or "unordered"
        self._enter_pages(ask, reading)
        return entry

    def recall(self, keys: Sequence[Hashable | None]) -> None:
        """Enter the next rows of those that a former run gave in order; all of them before the first answer.

        That run's chain proved that a stable row which is not among them stands after all of them, and so after
        every answer that shares a row with them. Its totals are of another time: here they link nothing.
        """
        number = self._chain.pages.highest + 1
        if reading := self._proof.recall(number, keys):
            self._chain.pages.put(number, reading)
        self._calm = False

    def holds(self, index: int) -> bool:
        if self._proof.trusts_order:
            return self._chain.holds(index)
        return self.sweep > 1 or self._chain[index].number <= self._chain.pages.answered

    def picture_of(self, index: int) -> int | None:
        return self._chain[index].picture if self._proof.trusts_order and not self._verified else None

    def past_end(self, ask: Ask, *, sent: int, arrived: int, oldest: int | None) -> None:
        most = ask.first
        number = most // self.size + 1
        is_news = self.total > most
        if is_news:
            self._limit.flaw = "total_wrong"
            self._limit.note_result(number, fruitful=self._proof.pictures.current is None)
            self.total = most
            self._calm = False
            self._chain.pages.remove(number)
        self._proof.enter_past_end(ask, moments=(sent, arrived), oldest=oldest, is_news=is_news)

    def may_sweep(self, oldest: int | None) -> bool:
        # What is sent while an answer of another total may still come is in no still picture, and asked for again.
        return self._verified or self._proof.pictures.is_clear(oldest)

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        idle = not pending and swept >= self.goal
        if self.doubt or (self._calm and not idle) or not self.may_sweep(oldest) or (idle and self.closed):
            return []
        asks = list(dict.fromkeys(self._find_repairs(pending, swept)))
        if idle and not asks:
            asks = self._conclude()
        pages = {ask.number for ask in asks if ask.size == self.size}
        if not self._limit.spend(len(asks), pages, otherwise="too_many_changes" if self.totals[1:] else "unordered"):
            return []
        self.asked_again.update(ask.first // self.size + 1 for ask in asks if ask != COUNT)
        return asks

    def missing(self) -> list[int]:
        return [number for number in range(1, page_count(self.total, self.size) + 1) if number not in self._chain.pages]

    # What an answer changes.

    def _note_total(self, total: int) -> None:
        if total not in self.totals:
            self.totals.append(total)
        self._calm = self._calm and len(self.totals) == 1
        self.total = total
        self._limit.grow(page_count(total, self.size))
        if self.sweep > 1 and self.goal > self._counted_goal:
            self._limit.take(self.goal - self._counted_goal)
            self._counted_goal = self.goal

    def _note_echo(self, reading: Reading, other: Reading) -> None:
        alike = (other.rows, other.total) == (reading.rows, reading.total)
        if alike and other.number != reading.number and reading.rows > 1:
            self._limit.note_echo()

    def _enter_pages(self, ask: Ask, reading: Reading) -> None:
        if ask.size > self.size and not reading.fit:
            # It was clamped, or cannot be read: so much at once is not asked for again.
            self._largest = self.size
        elif ask.size == self.size:
            former = self._chain.pages.get(reading.number)
            if former is not None and former.total != UNKNOWN:
                same = (former.total, former.rows, former.fit) == (reading.total, reading.rows, reading.fit)
                self._limit.note_result(reading.number, fruitful=reading.fit or not same)
            self._chain.pages.put(reading.number, reading)
        else:
            for number in self._pages_of(ask, reading.rows):
                self._chain.pages.put(number, reading)

    def _pages_of(self, ask: Ask, rows: int) -> range:
        """Return the pages that an answer with so many rows is, or consists of."""
        number = ask.first // self.size + 1
        return range(number, number + page_count(rows, self.size) if ask.size % self.size == 0 else number)

    # What to ask for.

    def _find_repairs(self, pending: Collection[Ask], swept: int) -> Iterable[Ask]:
        if self.sweep > 1:
            return
        reach = min(self.goal, swept)
        yield from (ask for ask in find_unanswered(self._chain, size=self.size, goal=reach) if ask not in pending)
        if not self._proof.trusts_order:
            return
        if self._verified:
            yield from find_bridges(
                self._chain, pending, self._proof.is_current, self._bridged, size=self.size, goal=self.goal
            )
        else:
            stale = find_stale(self._chain, self._proof.is_current, goal=self.goal)
            stale -= {page for ask in pending for page in self._pages_of(ask, ask.size)}
            yield from group(stale, size=self.size, total=self.total, largest=self._largest)

    def _conclude(self) -> list[Ask]:
        """Say what would help when all pages are there and nothing is proved."""
        if self._counted_at != len(self._chain):
            self._counts = True
            return [COUNT]
        flawed = self._chain.pages.has_flaw(self.goal)
        if self.sweep > 1 and self._limit.is_echo(page_count(self.total, self.size)):
            self._limit.doubt = "page_ignored"
        elif flawed or self._verified:
            self._limit.doubt = self.doubt or (self._limit.flaw if flawed else None) or "unordered"
        else:
            self._proof.begin_epoch()
            self.sweep += 1
            self.sweep_size = other_size(self.size, self.sweep - 1, largest=self._largest)
            self._counted_goal = self.goal
            self._limit.take(self.goal, otherwise="unordered")
        return []


def _flaw_of(reading: Reading, keys: Sequence[Hashable | None]) -> Doubt:
    if reading.is_whole:
        return "total_wrong"
    return "unreadable_id" if None in keys else "duplicate_ids"
