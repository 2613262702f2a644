"""What one answer showed, and what it says of itself: whether its rows are those that its own total calls for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from explo_async.plan import rows_due

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from explo_async.completeness.doubts import Doubt
    from explo_async.plan import Ask

UNKNOWN = -1
"""Stands for the total of an answer that told none."""


@define(eq=False)
class Reading:
    """One answer: rows of the list from place `first` on, and the total that it told.

    `sent` and `arrived` order the events: an answer whose `sent` is above another's `arrived` was asked for after that
    one had come.
    """

    index: int
    """Its place among the answers."""
    sent: int
    arrived: int
    number: int
    """Its page; for one of another size, the page of the listing in which it begins."""
    first: int
    """How many rows stood before it."""
    rows: int
    total: int
    is_whole: bool = True
    """Every row has a readable id, once."""
    fit: bool = False
    """It is whole, has as many rows as its own total calls for, and does not deny that total."""
    is_last: bool = False
    """Its rows reach just to where its total says that the list ends; the total may have cut them off there."""
    falls_short: bool = False
    """It has fewer rows than its own total calls for: no total cut them off, so the list ended there."""
    denies_end: bool = False
    """Its rows reach to where its total says that the list ends, and it says that another page follows."""
    picture: int | None = None
    """The still picture that it is part of, once that is certain."""

    def echoes(self, other: Reading) -> bool:
        """Tell whether it stands for another page than an answer whose rows it shows, and is just like that one.

        A single row may be chance.
        """
        return self.number != other.number and (self.rows, self.total) == (other.rows, other.total) and self.rows > 1


def read_answer(
    index: int,
    ask: Ask,
    *,
    size: int,
    moments: tuple[int, int],
    total: int,
    rows: int,
    is_whole: bool,
    more: bool | None,
) -> Reading:
    """Read an answer with so many rows, of a listing in pages of `size`; `more` is what it says of a page after it."""
    due = rows_due(ask, total)
    larger = ask.size > size
    # A server may clamp a larger size: page 1 begins at the start of the list all the same.
    as_due = rows == (ask.size if larger and ask.number > 1 else due)
    denies_end = bool(more) and ask.first + rows >= total
    fit = is_whole and as_due and not denies_end
    return Reading(
        index,
        *moments,
        ask.first // size + 1,
        ask.first,
        rows,
        total,
        is_whole=is_whole,
        fit=fit,
        is_last=fit and ask.first + rows == total,
        falls_short=is_whole and rows < due and not larger and not more,
        denies_end=denies_end,
    )


def find_flaw(reading: Reading, keys: Collection[Hashable | None]) -> Doubt:
    """Say what is wrong with an answer that is not fit, of which these are the ids of its rows."""
    if reading.is_whole:
        return "total_wrong"
    return "unreadable_id" if None in keys else "duplicate_ids"
