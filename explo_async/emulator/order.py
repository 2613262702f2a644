"""In which order a query finds the rows of a list: `ORDER BY` something unique, by something with ties, by nothing.

A row is an integer that stands for one customer; a tie group is a run of neighbours with equal sort keys.
"""

from __future__ import annotations

from itertools import groupby
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

OrderName = Literal["unique", "ties", "none"]

TIE_SIZE = 7
"""How many customers are a tie group to begin with."""


class Order:
    """By something unique: a row keeps its place, and each query finds the rows in the same order."""

    fixed = True
    """Whether two queries of an unchanged list find the same."""

    def read(self, rows: Sequence[int], start: int, stop: int) -> Sequence[int]:
        """Return the rows with these positions, as one query finds them."""
        return rows[start:stop]

    def insert(self, rows: array[int], index: int, row: int) -> None:
        """Put in a new row, as `list.insert` would."""
        rows.insert(index, row)

    def update(self, rows: array[int], place: int, row: int) -> None:
        """Take down that the customer at this place has other values, and is this row from now on."""
        rows[place] = row

    def delete(self, rows: array[int], place: int) -> int:
        """Take a row out and return it; IndexError when there is none."""
        return rows.pop(place)


class NoOrder(Order):
    """By nothing: PostgreSQL finds rows as they lie, and an UPDATE lays the row down anew, here at the end."""

    def update(self, rows: array[int], place: int, row: int) -> None:
        """Move the row to the end; the others stay in their order."""
        rows.pop(place)
        rows.append(row)


class Ties(Order):
    """By something that neighbours share: they come in an order drawn anew for each query.

    Seven rows that began side by side are a group, and so are up to seven that were put side by side one after the
    other. A row put between two of a group belongs to it: a group stands together, and keeps its members.
    """

    fixed = False

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)
        self._joined: dict[int, int] = {}
        """The groups of rows that did not begin as synthetic customers; the others are counted off."""
        self._newest = 0
        """The last group that was opened: -1, -2, ..."""
        self._room = 0

    def read(self, rows: Sequence[int], start: int, stop: int) -> Sequence[int]:
        """Return the rows with these positions once the groups that they touch are shuffled."""
        first, last = start, min(stop, len(rows))
        if first >= last:
            return ()
        while first and self._tied(rows[first - 1], rows[first]):
            first -= 1
        while last < len(rows) and self._tied(rows[last - 1], rows[last]):
            last += 1
        found: list[int] = []
        for _, group in groupby(rows[first:last], self._group_of):
            tied = list(group)
            self._random.shuffle(tied)
            found += tied
        return found[start - first : stop - first]

    def insert(self, rows: array[int], index: int, row: int) -> None:
        """Put in a new row, into the group that it would part or into one of those just added."""
        place = slice(index, None).indices(len(rows))[0]
        self._joined[row] = self._choose([self._group_of(beside) for beside in rows[max(place - 1, 0) : place + 1]])
        rows.insert(place, row)

    def update(self, rows: array[int], place: int, row: int) -> None:
        """Leave the customer where it stands, in its group."""
        group = self._group_of(rows[place])
        self._joined.pop(rows[place], None)
        self._joined[row] = group
        rows[place] = row

    def delete(self, rows: array[int], place: int) -> int:
        """Take a row out, and out of its group."""
        row = rows.pop(place)
        self._joined.pop(row, None)
        return row

    def _choose(self, beside: list[int]) -> int:
        if len(beside) == 2 and beside[0] == beside[1]:  # noqa: PLR2004 - both sides
            return beside[0]
        if not self._room or self._newest not in beside:
            self._newest -= 1
            self._room = TIE_SIZE
        self._room -= 1
        return self._newest

    def _group_of(self, row: int) -> int:
        return self._joined.get(row, row // TIE_SIZE)

    def _tied(self, one: int, other: int) -> bool:
        return self._group_of(one) == self._group_of(other)


def make_order(name: OrderName, seed: int) -> Order:
    """Return the order of this name, with nothing in it yet; ValueError for another name."""
    if name == "unique":
        return Order()
    if name == "none":
        return NoOrder()
    if name == "ties":
        return Ties(seed)
    msg = f"order has to be 'unique', 'ties' or 'none', not {name!r}"
    raise ValueError(msg)
