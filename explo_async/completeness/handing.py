"""Which rows of an answer go to the consumer of an exact list, and when. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from explo_async.completeness.evidence import Entry
from explo_async.completeness.release import Release

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from explo_async.completeness.row_memory import RowMemory

Handing = Literal["at the end", "in order", "as they come"]
"""When rows go to the consumer."""


class HandingOn:
    """Enters rows into the memory, and says which of them are to be handed on.

    "At the end" these are all that are new, of which the list is selected then. Before the end it is those that were
    seen in an earlier sweep as well: at once "as they come", or "in order" as far as they are released.
    """

    def __init__(self, memory: RowMemory, handing: Handing) -> None:
        self.duplicates: int = 0
        """Rows that came again."""
        self._memory = memory
        self._handing = handing
        self._release = Release(memory)

    def begin_sweep(self) -> None:
        """Begin with page 1 again."""
        self._release.begin_sweep()

    def holds(self, index: int) -> bool:
        """Tell whether the rows of an answer may go "in order"."""
        return index in self._release

    def enter(self, index: int, number: int, keys: Sequence[Hashable | None], *, sweep: int) -> Entry:
        """Enter an answer, at its place among the answers, with a page of a sweep."""
        fresh: list[int] = []
        certain = True
        for position, key in enumerate(keys):
            if key is None:
                continue
            known = len(self._memory)
            sight = self._memory.see(key, sweep)
            is_new = len(self._memory) > known
            self.duplicates += not is_new
            certain = certain and sight.earlier
            if is_new if self._handing == "at the end" else sight.earlier and not (sight.again or sight.handed):
                fresh.append(position)
        rows = [keys[position] for position in fresh]
        if self._handing == "as they come":
            self._memory.hand_on(rows, sweep)
        if self._handing != "in order":
            return Entry(index, fresh)
        if sweep == 1 or self._release.stopped:
            return Entry(index, [], skips=True)
        self._release.enter(index, number, rows, sweep=sweep, certain=certain)
        return Entry(index, fresh, withdraws=self._release.stopped)
