"""The chain of answers from the start of the list to its end: which hang together, so that nothing lies between. Pure.

Take a stable row y, one that exists from the first request to the last, and let no answer of the chain show it. Each
answer shows neighbours: all rows from one place of the list to another, at one moment. So y, which existed then,
stood before all of its rows or after all of them. Page 1 starts the list, so y stood after its rows. If y stood after
all rows of one answer, and the next one in the chain

- shares a row x with it: y stands after x, by assumption O in the next answer as well, and so after all of its rows;
- is of the same still picture, and begins where the other ends or the other way round: both show one list, nothing
  stands between them, so y stands after all rows of the next one as well.

So y stands after the rows of the last answer of the chain, which ends the list: a contradiction. An answer ends the
list

- if it has fewer rows than its own total calls for: no total cut it, the list had no more rows at that moment;
- or if its rows reach its total, and it belongs to a still picture: the list had that many rows at that moment.

Shared rows need O alone; the pictures need B, and that each query sorts alike, which is O for a list that stands
still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.page_slots import PageSlots
from explo_async.completeness.union_find import UnionFind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from explo_async.completeness.reading import Reading

_START = 0
"""The start of the list hangs together with every answer that has it; the answers come after it."""


class Chain:
    """Joins answers, and tells whether they lead from the start of the list to an end.

    `by_pictures` False joins by shared rows alone.
    """

    def __init__(self, *, by_pictures: bool) -> None:
        self._by_pictures = by_pictures
        self._sets = UnionFind()
        self._sets.add()
        self._readings: list[Reading] = []
        self._starts: dict[tuple[int, int], int] = {}
        self._ends: dict[tuple[int, int], int] = {}
        self._last: list[Reading] = []
        self.pages: PageSlots = PageSlots(self.together)
        self.end_denied: bool = False
        """Whether the latest answer that reaches the end of the list, by its total, says that another page follows."""

    def __len__(self) -> int:
        return len(self._readings)

    def __getitem__(self, index: int) -> Reading:
        return self._readings[index]

    def __iter__(self) -> Iterator[Reading]:
        return iter(self._readings)

    @property
    def connected(self) -> int:
        """How many pages from the first on are proved to miss nothing between them."""
        return self.pages.connected

    @property
    def end(self) -> Reading | None:
        """The latest answer that shows an end of the list and hangs together with its start."""
        for reading in reversed(self._last):
            shown = reading.falls_short or reading.picture is not None
            # Rows behind a page that falls short: then this server leaves rows out in the middle.
            gap = reading.falls_short and self.pages.has_rows_after(reading.number)
            if shown and not gap and self.holds(reading.index):
                return reading
        return None

    def together(self, one: int, other: int) -> bool:
        """Tell whether two answers hang together."""
        return self._sets.together(one + 1, other + 1)

    def holds(self, index: int) -> bool:
        """Tell whether an answer hangs together with the start of the list: no row before its rows is missing then."""
        return self._sets.together(_START, index + 1)

    def enter(self, reading: Reading, shared: Iterable[int]) -> None:
        """Take in an answer; `shared` are the places of those that it shares rows with."""
        self._readings.append(reading)
        self._sets.add()
        for index in shared:
            self._sets.join(index + 1, reading.index + 1)
        if reading.first == 0:
            self._sets.join(_START, reading.index + 1)
        if reading.denies_end:
            self.end_denied = True
        elif (reading.is_last or reading.falls_short) and (reading.rows or not reading.total):
            self._last.append(reading)
            self.end_denied = False

    def recall(self, reading: Reading) -> None:
        """Take in rows that are proved to follow the start of the list without a gap."""
        self._readings.append(reading)
        self._sets.add()
        self._sets.join(_START, reading.index + 1)

    def seal(self, index: int, picture: int) -> None:
        """Note to which still picture an answer belongs, and join it with its neighbours there."""
        reading = self._readings[index]
        reading.picture = picture
        if not (reading.fit and self._by_pictures):
            return
        first, end = (picture, reading.first), (picture, reading.first + reading.rows)
        for neighbour in (self._ends.get(first), self._starts.get(end)):
            if neighbour is not None:
                self._sets.join(neighbour + 1, index + 1)
        self._starts[first] = self._ends[end] = index
