"""What to ask for next, until the list is proved: repairs, a COUNT, another sweep, and when to give up. Pure.

A sweep reads each page once. Then what is broken is mended (`repairs`), and when nothing is left to mend a COUNT
closes the list. Once rows contradict O nothing is mended, since only the counts are left: the list is swept again, in
pages of another size since a database sorts ties by what it is asked for, until all the answers of one picture have
shown as many distinct rows as it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.limits import RereadLimit
from explo_async.completeness.page_slots import pages_touched, whole_pages
from explo_async.completeness.repairs import find_bridges, find_stale, find_unanswered, group
from explo_async.completeness.sweeps import Sweeps
from explo_async.plan import COUNT, page_count, rows_due

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from explo_async.completeness.proof import Proof
    from explo_async.completeness.reading import Reading
    from explo_async.plan import Ask


class Asking:
    """Looks at the proof, and at how much was asked for so far."""

    def __init__(self, proof: Proof, *, size: int, verified: bool, largest: int) -> None:
        self.sweeps: Sweeps = Sweeps(size, largest=largest)
        self.limit: RereadLimit = RereadLimit(verified=verified)
        self.asked_again: set[int] = set()
        self.calm: bool = not verified
        """Whether nothing was seen yet that something could have to be mended for."""
        self.counts: bool = False
        """Whether a COUNT is under way."""
        self._counted_at = -1
        self._goal_spent = 0
        self._bridged: dict[int, int] = {}
        self._proof = proof
        self._chain = proof.chain
        self._verified = verified

    def note_total(self, total: int) -> None:
        """Enter the total that an answer told."""
        self.sweeps.note_total(total)
        self.calm = self.calm and len(self.sweeps.totals) == 1
        self.limit.begin(self.sweeps.first_pages)
        if self.sweeps.is_outgrown:
            self.limit.give_up("too_many_changes")
        if self.sweeps.number > 1 and (growth := self.sweeps.goal - self._goal_spent) > 0:
            self.limit.take(growth)
            self._goal_spent += growth

    def note_count(self) -> None:
        """Note that the COUNT has come, and been entered."""
        self.counts = False
        self._counted_at = len(self._chain)

    def note_page(self, ask: Ask, reading: Reading, *, former: Reading | None) -> None:
        """Note what an answer has brought; `former` is the latest one before it for the same page."""
        self.calm = self.calm and reading.fit
        if ask.size > self.sweeps.size and not reading.fit:
            # It was clamped, or cannot be read: so much at once is not asked for again.
            self.sweeps.clamp()
        elif former is not None:
            same = (former.total, former.rows, former.fit) == (reading.total, reading.rows, reading.fit)
            self.limit.note_result(reading.number, fruitful=reading.fit or not same)

    def note_past_end(self, ask: Ask) -> None:
        """Note that there is no such page, though the total so far called for it."""
        self.calm = False
        self.sweeps.note_end(ask.first)
        self.limit.flaw = "total_wrong"
        number = ask.first // self.sweeps.size + 1
        self.limit.note_result(number, fruitful=self._proof.pictures.current is None)

    def may_sweep(self, oldest: int | None) -> bool:
        """Tell whether further pages of the sweep may be asked for now."""
        # What is sent while an answer of another total may still come is in no still picture, and asked for again.
        return self._verified or self._proof.pictures.is_clear(oldest)

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        """Return what is to be asked for besides the sweep; see `Coverage`."""
        idle = not pending and swept >= self.sweeps.goal
        if self.limit.doubt or (self.calm and not idle) or not self.may_sweep(oldest) or (idle and self._proof.basis):
            return []
        asks = list(dict.fromkeys(self._find_repairs(pending, swept)))
        if idle and not asks:
            asks = self._conclude()
        size, total = self.sweeps.size, self.sweeps.total
        again = {ask.number for ask in asks if ask.size == size}
        changed = len(self.sweeps.totals) > 1
        if not self.limit.spend(len(asks), again, otherwise="too_many_changes" if changed else "unordered"):
            return []
        for ask in asks:
            if ask != COUNT:
                self.asked_again.update(pages_touched(ask, rows_due(ask, total), size=size))
        return asks

    def _find_repairs(self, pending: Collection[Ask], swept: int) -> Iterator[Ask]:
        if self.sweeps.number > 1:
            return
        size, goal, is_current = self.sweeps.size, self.sweeps.goal, self._proof.is_current
        unanswered = find_unanswered(self._chain, size=size, goal=min(goal, swept))
        yield from (ask for ask in unanswered if ask not in pending)
        if not self._proof.trusts_order:
            return
        if self._verified:
            yield from find_bridges(self._chain, pending, is_current, self._bridged, size=size, goal=goal)
            return
        stale = find_stale(self._chain, is_current, goal=goal)
        stale -= {page for ask in pending for page in whole_pages(ask, ask.size, size=size)}
        yield from group(stale, size=size, total=self.sweeps.total, largest=self.sweeps.largest)

    def _conclude(self) -> list[Ask]:
        """Say what would help when all pages are there and nothing is proved."""
        if self._counted_at != len(self._chain):
            self.counts = True
            return [COUNT]
        flawed = self._chain.pages.has_flaw(self.sweeps.goal)
        if self.sweeps.number > 1 and self.limit.is_echo(page_count(self.sweeps.total, self.sweeps.size)):
            self.limit.give_up("page_ignored")
        elif flawed or self._verified:
            self.limit.give_up((self.limit.flaw if flawed else None) or "unordered")
        else:
            self._proof.begin_epoch()
            self.sweeps.begin(self.sweeps.number)
            self._goal_spent = self.sweeps.goal
            self.limit.take(self._goal_spent, otherwise="unordered")
        return []
