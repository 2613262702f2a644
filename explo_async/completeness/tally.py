"""What was counted in one go: which answers with new rows are of one picture, and how far rows had moved. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.completeness.accounts import Account
    from explo_async.completeness.evidence import Meeting
    from explo_async.completeness.pictures import Stretch


class Tally:
    """Begun anew with each epoch of the count."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        """The answers that brought new rows and are in no picture yet, if they ever will be."""
        self._pictures: dict[int, int] = {}
        """The pictures, with their totals, of the answers that brought new rows."""
        self._picture_of: dict[int, int] = {}
        self._meetings: dict[int, list[Meeting]] = {}

    def note(self, index: int, *, brings_new: bool) -> None:
        """Take in an answer."""
        if brings_new:
            self._open.add(index)

    def meet(self, meetings: Iterable[Meeting]) -> None:
        """Take in rows that were met again, where they were not at their old place."""
        for meeting in meetings:
            if meeting.least or meeting.most or meeting.lost:
                for index in (meeting.one, meeting.other):
                    self._meetings.setdefault(index, []).append(meeting)

    def seal(self, index: int, picture: int, total: int) -> bool:
        """Note an answer's picture; tell whether a row of it has moved within that picture, which contradicts O."""
        if index in self._open:
            self._open.discard(index)
            self._pictures[picture] = total
        self._picture_of[index] = picture
        return any(
            self._picture_of.get(meeting.one) == self._picture_of.get(meeting.other) == picture
            for meeting in self._meetings.get(index, ())
        )

    def proves(self, rows: int) -> bool:
        """Tell whether so many distinct rows are all that the one picture has that all of them are of."""
        return not self._open and list(self._pictures.values()) == [rows]

    def is_of_one_picture(self, current: Stretch | None) -> bool:
        """Tell whether all that was counted is of the present picture."""
        return current is not None and not self._open and set(self._pictures) <= {current.picture}

    def moved_within(self, account: Account) -> bool:
        """Tell whether insertions and deletions can have moved every row as far as it had moved."""
        return all(
            -account.most_deletions <= meeting.least
            and meeting.most <= account.most_insertions
            and meeting.lost <= account.most_insertions + account.most_deletions
            for meetings in self._meetings.values()
            for meeting in meetings
        )
