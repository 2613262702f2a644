"""What the answers prove, and on what grounds. Pure: it asks for nothing.

Each answer is entered into the still pictures (`pictures`), the chain (`chain`) and the rows seen (`sightings`,
`tally`). Grounds for "checked", in the order of preference:

- by count, in one picture: a list of N rows stood still while N distinct rows of it were read. None is missing.
- by count, over all: the totals allow at most E rows ever to have existed (`accounts`), and E distinct rows were
  seen, by answers that had come before the last total was asked for. None that ever existed is missing.
- by order: the chain is closed, nothing contradicts assumption O, and the numbers fit: there are no fewer distinct
  rows than must have existed all the time, no more than can have existed at any, and no row that was met twice had
  moved further than insertions and deletions can have moved it.

"Verified" closes the chain by shared rows alone, and so rests on no total but at the end of the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.accounts import Account, make_account
from explo_async.completeness.chain import Chain
from explo_async.completeness.evidence import Basis, Entry, Findings
from explo_async.completeness.page_slots import whole_pages
from explo_async.completeness.pictures import StillPictures
from explo_async.completeness.reading import UNKNOWN, Reading, read_answer
from explo_async.completeness.sightings import Sightings
from explo_async.completeness.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from explo_async.plan import Ask


class Proof:
    """Gathers evidence on a listing whose pages have `size` rows; each answer has `moments`, sent and arrived."""

    def __init__(self, size: int, *, verified: bool, trusts_order: bool) -> None:
        self.trusts_order: bool = trusts_order
        self.contradictions: int = 0
        self.inversions: int = 0
        self.chain: Chain = Chain(by_pictures=not verified)
        self.pictures: StillPictures = StillPictures()
        self.sightings: Sightings = Sightings()
        self._size = size
        self._verified = verified
        self._tally = Tally()
        self._told_all = True
        self._last_new = self._latest_sent = -1

    @property
    def basis(self) -> Basis | None:
        """On what the list is proved to be complete; None as long as it is not."""
        if self.chain.end_denied:
            return None
        in_order = self.trusts_order and self.chain.end is not None
        if self._verified:
            return "shared rows" if in_order else None
        if self._tally.proves(self.sightings.in_epoch):
            return "count"
        account, rows = self._account(), len(self.sightings)
        if account is None:
            return "order" if in_order else None
        if rows == account.most_ever and self._latest_sent > self._last_new:
            return "count"
        fits = account.fewest_stable <= rows <= account.most_ever and self._tally.moved_within(account)
        return "order" if in_order and fits else None

    @property
    def findings(self) -> Findings:
        """What was observed of the list."""
        account = self._account()
        return Findings(
            basis=self.basis,
            insertions=account.least_insertions if account else 0,
            deletions=account.least_deletions if account else 0,
            contradictions=self.contradictions,
        )

    def enter(
        self,
        ask: Ask,
        total: int,
        keys: Sequence[Hashable | None],
        *,
        moments: tuple[int, int],
        oldest: int | None,
        more: bool | None,
    ) -> tuple[Reading, Entry]:
        """Enter an answer with rows; `more` is what it says itself of a page after it."""
        index, before, known = len(self.chain), self.sightings.in_epoch, len(self.sightings)
        entry = self.sightings.enter(index, ask.first // self._size + 1, keys, first=ask.first)
        if len(self.sightings) > known:
            self._last_new = max(self._last_new, moments[1])
        whole = entry.fresh is None or len(set(keys) - {None}) == len(keys)
        reading = read_answer(
            index, ask, size=self._size, moments=moments, total=total, rows=len(keys), is_whole=whole, more=more
        )
        self.chain.enter(reading, entry.shared if whole else ())
        for number in self._pages_of(ask, reading):
            self.chain.pages.put(number, reading)
        self._tally.note(index, brings_new=self.sightings.in_epoch > before)
        if whole and entry.fresh is not None:
            self._tally.meet(entry.meetings)
            self.inversions += entry.inversions
            self._contradict(entry.inversions)
        self._seal(reading, oldest)
        return reading, entry

    def enter_count(self, total: int, *, moments: tuple[int, int], oldest: int | None) -> Entry:
        """Enter an answer asked for its total alone: the row beside it may be newer, and counts for nothing."""
        index = len(self.chain)
        reading = Reading(index, *moments, 1, 0, 0, total, fit=True)
        self.chain.enter(reading, ())
        self._seal(reading, oldest)
        return Entry(index, [], skips=True)

    def enter_past_end(self, ask: Ask, *, moments: tuple[int, int], oldest: int | None, is_news: bool) -> None:
        """Enter the answer that there is no such page; `is_news` if the total so far called for it."""
        number = ask.first // self._size + 1
        self.chain.enter(Reading(len(self.chain), *moments, number, ask.first, 0, UNKNOWN), ())
        if is_news:
            self._told_all = False
            self.chain.pages.remove(number)
        sealed = self.pictures.note_past_end(ask.first, sent=moments[0], arrived=moments[1], oldest=oldest)
        self._note_sealed(sealed)

    def recall(self, keys: Sequence[Hashable | None]) -> None:
        """Enter the next rows of a former run; where order is not trusted they prove nothing."""
        index, number = len(self.chain), self.chain.pages.highest + 1
        # Some of them may be gone: they are no rows of the totals of this run.
        self._told_all = False
        self.sightings.enter(index, number, keys, first=None)
        if not self.trusts_order:
            # All of the list is read then, and what came before is only not given again.
            self.sightings.begin_epoch()
            return
        reading = Reading(index, 0, -1, number, -1, len(keys), UNKNOWN)
        self.chain.recall(reading)
        self.chain.pages.put(number, reading)
        self._tally.note(index, brings_new=True)

    def begin_epoch(self) -> None:
        """Count anew from the next answer on, unless all that was counted is of the present picture."""
        self.trusts_order = False
        if not self._tally.is_of_one_picture(self.pictures.current):
            self.sightings.begin_epoch()
            self._tally = Tally()

    def is_current(self, reading: Reading) -> bool:
        """Tell whether an answer is, or will be, of the present picture as far as is known."""
        current = self.pictures.current
        return reading.fit and current is not None and reading.total == current.total and reading.sent >= current.since

    def _pages_of(self, ask: Ask, reading: Reading) -> Iterable[int]:
        if ask.size == self._size:
            return [reading.number]
        # A larger one that is not fit may have been clamped, and shows other rows than it seems to.
        return whole_pages(ask, reading.rows, size=self._size) if reading.fit else ()

    def _account(self) -> Account | None:
        """Add the totals up; None where one is not known."""
        if not self._told_all or not len(self.chain):
            return None
        return make_account([reading for reading in self.chain if reading.total != UNKNOWN])

    def _seal(self, reading: Reading, oldest: int | None) -> None:
        self._latest_sent = max(self._latest_sent, reading.sent)
        self._note_sealed(
            self.pictures.note(reading.index, reading.total, sent=reading.sent, arrived=reading.arrived, oldest=oldest)
        )

    def _note_sealed(self, sealed: Iterable[tuple[int, int]]) -> None:
        for index, picture in sealed:
            self.chain.seal(index, picture)
            moved = self._tally.seal(index, picture, self.chain[index].total)
            # That nothing was replaced in a picture is assumption B, which "verified" does not make.
            self._contradict(moved and not self._verified)

    def _contradict(self, times: int) -> None:
        self.contradictions += times
        self.trusts_order = self.trusts_order and not times
