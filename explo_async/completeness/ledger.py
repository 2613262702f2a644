"""The coverage ledger of "checked" and "verified". Pure.

It takes the answers in: what they prove is in `proof`, and what to ask for next in `asking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.asking import Asking
from explo_async.completeness.proof import Proof
from explo_async.completeness.reading import find_flaw
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.plan import COUNT, page_count

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Entry, Findings
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
        self._verified = verified
        self._proof = Proof(size, verified=verified, trusts_order=trusts_order)
        self._chain = self._proof.chain
        self._asking = Asking(self._proof, size=size, verified=verified, largest=largest)
        self._sweeps = self._asking.sweeps
        self._limit = self._asking.limit

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
    def asked_again(self) -> set[int]:
        return self._asking.asked_again

    @property
    def doubt(self) -> Doubt | None:
        return self._limit.doubt

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
        self._asking.note_total(total)
        if ask == COUNT and self._asking.counts:
            entry = self._proof.enter_count(total, moments=moments, oldest=oldest)
            self._asking.note_count()
            return entry
        former = self._chain.pages.get(ask.number) if ask.size == self.size else None
        reading, entry = self._proof.enter(ask, total, keys, moments=moments, oldest=oldest, more=has_next)
        self._asking.note_page(ask, reading, former=former)
        if not reading.fit:
            self._limit.flaw = find_flaw(reading, keys)
        elif not entry.fresh and len(entry.shared) == 1 and reading.echoes(self._chain[min(entry.shared)]):
            self._limit.note_echo()
        if self._verified and self._proof.contradictions:
            self._limit.give_up("unordered")
        return entry

    def recall(self, keys: Sequence[Hashable | None]) -> None:
        """Enter the next rows of those that a former run gave in order; all of them before the first answer.

        That run's chain proved that a stable row which is not among them stands after all of them, and so after
        every answer that shares a row with them. Its totals are of another time: here they link nothing.
        """
        self._proof.recall(keys)
        self._asking.calm = False

    def past_end(self, ask: Ask, *, sent: int, arrived: int, oldest: int | None) -> None:
        is_news = self.total > ask.first
        if is_news:
            self._asking.note_past_end(ask)
        self._proof.enter_past_end(ask, moments=(sent, arrived), oldest=oldest, is_news=is_news)

    def may_sweep(self, oldest: int | None) -> bool:
        return self._asking.may_sweep(oldest)

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        return self._asking.wanted(pending, swept=swept, oldest=oldest)

    def holds(self, index: int) -> bool:
        if self._proof.trusts_order:
            return self._chain.holds(index)
        return self.sweep > 1 or self._chain[index].number <= self._chain.pages.answered

    def picture_of(self, index: int) -> int | None:
        return self._chain[index].picture if self._proof.trusts_order and not self._verified else None

    def missing(self) -> list[int]:
        return [number for number in range(1, page_count(self.total, self.size) + 1) if number not in self._chain.pages]
