"""A set of ids in parts, so that growing never takes long: one large table copies all it holds when it grows. Pure.

The parts are dicts: those of plain keys are left alone by the garbage collector, which goes through every set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

LARGEST_PART = 1 << 17
"""Ids a part: its last growth takes a few milliseconds, and a million ids are eight parts to look through."""


class IdSet:
    """What a set does of which the ledger has need."""

    def __init__(self) -> None:
        self._parts: list[dict[Hashable, None]] = [{}]
        self._full = 0

    def __len__(self) -> int:
        return self._full + len(self._parts[-1])

    def add_new(self, keys: Sequence[Hashable]) -> bool:
        """Add keys if none of them is there and none stands twice; tell whether that was so."""
        part = self._room()
        if not all(full.keys().isdisjoint(keys) for full in self._parts[:-1]):
            return False
        before = len(part)
        for key in keys:
            part[key] = None
        if len(part) - before == len(keys):
            return True
        # Those that were not there are the last: to look before costs as much again, for what hardly ever happens.
        while len(part) > before:
            part.popitem()
        return False

    def add(self, keys: Iterable[Hashable]) -> None:
        """Add keys, whether they are there or not."""
        self._room().update(dict.fromkeys(self.without(keys)))

    def without(self, keys: Iterable[Hashable]) -> set[Hashable]:
        """Return the keys that are not there."""
        missing = set(keys)
        for part in self._parts:
            # Given several at once, CPython goes through all entries of each but the first.
            missing = missing.difference(part)
        return missing

    def _room(self) -> dict[Hashable, None]:
        if len(self._parts[-1]) >= LARGEST_PART:
            self._full += len(self._parts[-1])
            self._parts.append({})
        return self._parts[-1]
