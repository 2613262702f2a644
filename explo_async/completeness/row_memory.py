"""When each row was seen, in sweeps, and so at which moments between two sweeps it certainly was there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, frozen

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_BITS = 3
_HANDED = 1 << 2 * _BITS
"""A row's memory is one small integer: first sweep, last sweep, handed on or not. Three bits hold a former run and six
sweeps, so it is at most 127, and CPython has but one copy of each integer up to 256."""


@define(eq=False)
class Instant:
    """A COUNT between two sweeps: what it told, and how many rows were seen both before and after it."""

    total: int
    when: tuple[float, float]
    matched: int = 0
    handed: int = 0
    """Those of them that have been handed on."""


@frozen
class Sight:
    """What is known of a row when it is seen: whether it had been in an earlier sweep, in this one, and handed on."""

    earlier: bool
    again: bool
    handed: bool


class RowMemory:
    """The first and the last sweep in which each row was seen, from 1; 0 is a former run."""

    def __init__(self) -> None:
        self.instants: dict[int, Instant] = {}
        """By the sweep that they come after."""
        self.handed: int = 0
        """How many rows have been handed on."""
        self._handed_seen: dict[int, int] = {}
        self._rows: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def recall(self, keys: Iterable[Hashable]) -> None:
        """Enter rows that a former run has handed on."""
        for key in keys:
            self._rows[key] = _HANDED
            self.handed += 1

    def see(self, key: Hashable, sweep: int) -> Sight:
        """Enter a row as seen in a sweep, and say what had been known of it."""
        state = self._rows.get(key)
        if state is None:
            self._rows[key] = sweep << _BITS | sweep
            return Sight(earlier=False, again=False, handed=False)
        first, last = _sweeps(state)
        handed = bool(state & _HANDED)
        if last < sweep:
            self._rows[key] = first << _BITS | sweep | state & _HANDED
            for moment in range(max(first, last, 1), sweep):
                self.instants[moment].matched += 1
                self.instants[moment].handed += handed
            self._handed_seen[sweep] = self._handed_seen.get(sweep, 0) + handed
        return Sight(earlier=first < sweep, again=last == sweep, handed=handed)

    def hand_on(self, keys: Iterable[Hashable], sweep: int) -> None:
        """Note that rows which are seen in a sweep, and were in an earlier one, go to the consumer."""
        for key in keys:
            state = self._rows[key]
            self._rows[key] = state | _HANDED
            self.handed += 1
            self._handed_seen[sweep] = self._handed_seen.get(sweep, 0) + 1
            for moment in range(max(_sweeps(state)[0], 1), sweep):
                self.instants[moment].handed += 1

    def lost(self, sweep: int) -> int:
        """Return how many of the rows that have been handed on were not seen in a sweep."""
        return self.handed - self._handed_seen.get(sweep, 0) if sweep else 0

    def find(self, *, all_handed: bool) -> int | None:
        """Return the latest instant all of whose rows are known; where `all_handed`, they alone were handed on."""
        for sweep, instant in reversed(self.instants.items()):
            handed = not all_handed or instant.handed == self.handed == instant.total
            if instant.matched == instant.total and handed:
                return sweep
        return None

    def was_there(self, key: Hashable, sweep: int) -> bool:
        """Tell whether a row was seen both before and after the instant that follows a sweep."""
        first, last = _sweeps(self._rows.get(key, 0))
        return first <= sweep < last


def _sweeps(state: int) -> tuple[int, int]:
    """Return the first and the last sweep in which a row was seen."""
    return state >> _BITS & (1 << _BITS) - 1, state & (1 << _BITS) - 1
