"""The list as those see it who read it: as it is, or as it was a while ago. Pure: the time is an argument."""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.book import CustomerBook


class Lagging:
    """A copy of a book that does every change of it `lag` seconds later; without a lag the book itself."""

    def __init__(self, book: CustomerBook, lag: float | None, clock: Callable[[], float]) -> None:
        self.book: CustomerBook = book
        self._clock = clock
        self._due: deque[tuple[float, Callable[[CustomerBook], object]]] = deque()
        if lag is not None:
            self._lag = lag
            self.book = copy.deepcopy(book)
            book.on_change = self._wait

    def catch_up(self, at: float) -> None:
        """Do what is due at this time."""
        while self._due and self._due[0][0] <= at:
            self._due.popleft()[1](self.book)

    def _wait(self, change: Callable[[CustomerBook], object]) -> None:
        self._due.append((self._clock() + self._lag, change))
