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
from explo_async.completeness.evidence import Basis, Entry, Findings, Reading
from explo_async.completeness.pictures import StillPictures
from explo_async.completeness.sightings import Sightings
from explo_async.completeness.tally import Tally
from explo_async.plan import rows_due

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from explo_async.plan import Ask

UNKNOWN = -1
"""Stands for the total of an answer that told none."""


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
        self._came_late = False
        """Whether an answer may have been counted before a picture that it came after: then no zone has its total."""
        self._last_new = self._latest_sent = -1

    @property
    def basis(self) -> Basis | None:
        """On what the list is proved to be complete; None as long as it is not."""
        in_order = self.trusts_order and self.chain.end is not None
        if self._verified:
            return "shared rows" if in_order else None
        if self._tally.proves(self.sightings.in_epoch):
            return "count"
        account, rows = self._account(), len(self.sightings)
        if account is None:
            return "order" if in_order else None
        if rows == account.most_ever and self._latest_sent > self._last_new and not self._came_late:
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
        number = ask.first // self._size + 1
        entry = self.sightings.enter(index, number, keys, first=ask.first)
        if len(self.sightings) > known:
            self._last_new = max(self._last_new, moments[1])
        whole = entry.fresh is None or len(set(keys) - {None}) == len(keys)
        fit, falls_short = self._judge(ask, total, len(keys), whole=whole, more=more)
        is_last = fit and ask.first + len(keys) == total
        reading = Reading(
            index,
            *moments,
            number,
            ask.first,
            len(keys),
            total,
            is_whole=whole,
            fit=fit,
            is_last=is_last,
            falls_short=falls_short,
        )
        self.chain.enter(reading, entry.shared if whole else ())
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
        reading = Reading(index, *moments, 1, 0, 0, total, is_whole=True, fit=True, is_last=False, falls_short=False)
        self.chain.enter(reading, ())
        self._seal(reading, oldest)
        return Entry(index, [], skips=True)

    def enter_past_end(self, ask: Ask, *, moments: tuple[int, int], oldest: int | None, is_news: bool) -> None:
        """Enter the answer that there is no such page; `is_news` if the total so far called for it."""
        self.chain.enter(self._unknown(*moments, ask.first // self._size + 1, ask.first), ())
        self._told_all = self._told_all and not is_news
        sealed = self.pictures.note_past_end(ask.first, sent=moments[0], arrived=moments[1], oldest=oldest)
        self._note_sealed(sealed)

    def recall(self, number: int, keys: Sequence[Hashable | None]) -> Reading | None:
        """Enter rows of a former run as page `number`; None where order is not trusted, so that they prove nothing."""
        index = len(self.chain)
        # Some of them may be gone: they are no rows of the totals of this run.
        self._told_all = False
        self.sightings.enter(index, number, keys, first=None)
        if not self.trusts_order:
            # All of the list is read then, and what came before is only not given again.
            self.sightings.begin_epoch(index)
            return None
        reading = self._unknown(0, -1, number, -1, rows=len(keys))
        self.chain.recall(reading)
        self._tally.note(index, brings_new=True)
        return reading

    def begin_epoch(self) -> None:
        """Count anew from the next answer on, unless all that was counted is of the present picture."""
        self.trusts_order = False
        if not self._tally.is_of_one_picture(self.pictures.current):
            self.sightings.begin_epoch(len(self.chain))
            self._tally = Tally()

    def is_current(self, reading: Reading) -> bool:
        """Tell whether an answer is, or will be, of the present picture as far as is known."""
        current = self.pictures.current
        return reading.fit and current is not None and reading.total == current.total and reading.sent >= current.since

    def _account(self) -> Account | None:
        """Add the totals up; None where one is not known."""
        if not self._told_all or not len(self.chain):
            return None
        return make_account((reading.total, reading.picture) for reading in self.chain if reading.total != UNKNOWN)

    def _judge(self, ask: Ask, total: int, rows: int, *, whole: bool, more: bool | None) -> tuple[bool, bool]:
        """Tell whether an answer has as many rows as are due, and whether it shows by fewer that the list ended."""
        due = rows_due(ask, total)
        larger = ask.size > self._size
        # A server may clamp a larger size: page 1 begins at the start of the list all the same.
        as_due = rows == (ask.size if larger and ask.number > 1 else due)
        fit = whole and as_due and not (more and ask.first + rows >= total)
        return fit, whole and rows < due and not larger and not more

    def _seal(self, reading: Reading, oldest: int | None) -> None:
        self._latest_sent = max(self._latest_sent, reading.sent)
        before = self.pictures.current
        self._came_late = self._came_late or (
            before is not None and before.total == reading.total and reading.sent < before.since
        )
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

    def _unknown(self, sent: int, arrived: int, number: int, first: int, *, rows: int = 0) -> Reading:
        """Make a reading that tells no total."""
        return Reading(
            len(self.chain),
            sent,
            arrived,
            number,
            first,
            rows,
            UNKNOWN,
            is_whole=True,
            fit=False,
            is_last=False,
            falls_short=False,
        )
