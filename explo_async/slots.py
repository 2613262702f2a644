"""The latest answer for each page of a listing, and how far they hang together from page 1 on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.evidence import Snapshot


class Slots:
    """One slot for each page number; `together` tells whether the answers of two places hang together."""

    def __init__(self, together: Callable[[int, int], bool]) -> None:
        self.highest = 0
        """The highest page number that was ever answered."""
        self._together = together
        self._latest: dict[int, Snapshot] = {}
        self._ends: set[int] = set()
        self._prefix = 0

    def __contains__(self, number: int) -> bool:
        return number in self._latest

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._latest))

    @property
    def first_end(self) -> int | None:
        """The first page that ended the list when it was read."""
        return min(self._ends, default=None)

    @property
    def connected(self) -> int:
        """How many pages from the first on hang together."""
        while (following := self._latest.get(self._prefix + 1)) is not None and (
            self._prefix == 0 or self._together(self._latest[self._prefix].index, following.index)
        ):
            self._prefix += 1
        return self._prefix

    def get(self, number: int) -> Snapshot | None:
        """Return the latest answer for a page."""
        return self._latest.get(number)

    def put(self, snapshot: Snapshot) -> None:
        """Enter the latest answer for a page."""
        number = snapshot.number
        self._forget(number)
        self._latest[number] = snapshot
        self.highest = max(self.highest, number)
        if snapshot.ends_list:
            self._ends.add(number)

    def remove(self, number: int) -> None:
        """Note that there is no such page any more."""
        self._forget(number)
        self._latest.pop(number, None)

    def clear(self) -> None:
        """Forget every answer."""
        self._latest.clear()
        self._ends.clear()
        self._prefix = 0

    def neighbours(self, number: int) -> Iterator[tuple[Snapshot, Snapshot]]:
        """Give the pairs of adjacent pages of which a page is one."""
        for left, right in ((number - 1, number), (number, number + 1)):
            if left in self._latest and right in self._latest:
                yield self._latest[left], self._latest[right]

    def broken_links(self, goal: int) -> Iterator[tuple[Snapshot, Snapshot]]:
        """Give the pairs of adjacent pages up to a page that do not hang together."""
        for number in range(max(1, self.connected), min(goal, self.highest)):
            left, right = self._latest.get(number), self._latest.get(number + 1)
            if left is not None and right is not None and not self._together(left.index, right.index):
                yield left, right

    def _forget(self, number: int) -> None:
        self._ends.discard(number)
        self._prefix = min(self._prefix, number - 1)
