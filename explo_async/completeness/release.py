"""Which answers of a further sweep may go to the consumer before "exact" is done, in the order of the list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from explo_async.completeness.row_memory import RowMemory


class Release:
    """Lets pages go one after another, up to the first with a row that no earlier sweep saw.

    That row may have to come first, or may be of no list that is proved: what is behind it waits for the next sweep.
    """

    def __init__(self, memory: RowMemory) -> None:
        self.stopped: bool = False
        """Whether nothing more goes in this sweep."""
        self._memory = memory
        self._waiting: dict[int, tuple[int, list[Hashable], bool]] = {}
        self._released: set[int] = set()
        self._next = 1

    def __contains__(self, index: int) -> bool:
        """Tell whether the answer at a place among the answers may go."""
        return index in self._released

    def begin_sweep(self) -> None:
        """Begin with page 1 again."""
        self._waiting.clear()
        self._next = 1
        self.stopped = False

    def enter(self, index: int, number: int, keys: list[Hashable], *, sweep: int, certain: bool) -> None:
        """Enter a page of a sweep: the rows to be handed on with it, and whether an earlier sweep saw all its rows."""
        self._waiting[number] = (index, keys, certain)
        while not self.stopped and self._next in self._waiting:
            place, known, is_certain = self._waiting.pop(self._next)
            if is_certain:
                self._memory.hand_on(known, sweep)
                self._released.add(place)
                self._next += 1
            else:
                self.stopped = True
