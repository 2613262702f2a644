"""Where a customer may stand: below a parent of a strictly higher level, above children of lower ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.failures import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.team import Team


class Hierarchy:
    """The levels of a team and who is below whom (https://docs.explo.co/customers/customer-hierarchy)."""

    def __init__(self, book: CustomerBook, team: Team) -> None:
        self._book = book
        self._team = team

    def find_parent(self, parent: str, access_group: str | None) -> int:
        """Return the row of a new parent; Refused when it is not there, or in another visibility group."""
        row = self._book.find(parent, access_group)
        if row is None:
            msg = "The parent customer does not exist."
            raise Refused(msg)
        return row

    def check_place(self, level: str | None, parent: str | None, access_group: str | None, row: int | None) -> None:
        """Refuse a level that is not below the parent's, or not above that of the children of this row."""
        rank = self._team.rank(level)
        above = None if parent is None else self._book.find_near(parent, access_group)
        if above is not None and self._rank_of(above) >= rank:
            msg = "The parent customer has to be of a higher hierarchy level."
            raise Refused(msg)
        if row is not None and any(self._rank_of(child) <= rank for child in self._book.family.children_of(row)):
            msg = "The child customers have to be of a lower hierarchy level."
            raise Refused(msg)

    def all_below(self, row: int) -> Iterator[int]:
        """Yield the rows below one, children before their parents."""
        for child in self._book.family.children_of(row):
            yield from self.all_below(child)
            yield child

    def _rank_of(self, row: int) -> int:
        return self._team.rank(self._book.own(row).get("hierarchy_level"))
