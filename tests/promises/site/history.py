"""What happened to the table while a list was read, and whether the list that came back can be true. Knows no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["insert", "delete", "update"]


class Change(Struct, frozen=True):
    """One change of one customer; it became visible at some moment from `begun` to `done` (`time.monotonic`)."""

    kind: Kind
    provided_id: str
    begun: float
    done: float


class Judgement(Struct, frozen=True, kw_only=True):
    """What a list that was fetched is worth."""

    missing: int
    """Customers who existed all the time and are not in it: what must not be."""
    strangers: int
    """Customers in it who existed at no moment of the fetch."""
    repeated: int
    """Rows beyond the first of a customer."""
    of_one_moment: bool
    """It is exactly what the table held at some moment of the fetch."""


class History(Struct, frozen=True):
    """The customers at the beginning, and every change since then, in order: nobody else changes the table."""

    before: list[str]
    changes: list[Change]

    @property
    def after(self) -> set[str]:
        """Who is there at the end."""
        ids = set(self.before)
        for change in self.changes:
            _apply(change, ids)
        return ids

    def judge(self, fetched: Sequence[str], *, begun: float, done: float) -> Judgement:
        """Compare a list with all that the table may have held from `begun` to `done`."""
        past = [change for change in self.changes if change.done < begun]
        meanwhile = [change for change in self.changes if change.done >= begun and change.begun <= done]
        ids = set(self.before)
        for change in past:
            _apply(change, ids)
        gone = {change.provided_id for change in meanwhile if change.kind == "delete"}
        come = {change.provided_id for change in meanwhile if change.kind == "insert"}
        found = set(fetched)
        return Judgement(
            missing=len(ids - gone - found),
            strangers=len(found - ids - come),
            repeated=len(fetched) - len(found),
            of_one_moment=_was_at_some_moment(found, ids, meanwhile),
        )


def _apply(change: Change, ids: set[str]) -> None:
    if change.kind == "insert":
        ids.add(change.provided_id)
    elif change.kind == "delete":
        ids.remove(change.provided_id)


def _was_at_some_moment(found: set[str], first: set[str], changes: Sequence[Change]) -> bool:
    different = found ^ first
    for change in changes:
        if not different:
            return True
        if change.kind != "update":
            different ^= {change.provided_id}
    return not different
