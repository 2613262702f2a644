"""Which rows have been seen, and which answer brought each of them first. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from explo_async.evidence import Entry

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


_BITS = (1 << 60) - 1


def fingerprints(ids: Sequence[str | None]) -> list[int | None]:
    """Give 60 bits of each id's hash: an int of that size is the most that 100 bytes a customer allow a stream."""
    return [None if key is None else hash(key) & _BITS for key in ids]


class Sightings:
    """One entry for each distinct row; `epoch` is the place of the answer with which counting began anew."""

    def __init__(self) -> None:
        self.epoch = 0
        self.in_epoch = 0
        """Distinct rows seen since the epoch began."""
        self.duplicates = 0
        """Rows that came again."""
        self._first: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._first)

    def begin_epoch(self, index: int) -> None:
        """Count anew from the answer at this place on."""
        self.epoch = index
        self.in_epoch = 0

    def enter(self, index: int, keys: Sequence[Hashable | None], distinct: dict[Hashable, int]) -> Entry:
        """Enter the rows of the answer at a place; `distinct` maps each of its readable ids to that place."""
        first = self._first
        if len(distinct) == len(keys) and first.keys().isdisjoint(distinct):
            first.update(distinct)
            self.in_epoch += len(distinct)
            return Entry(index)
        shared = frozenset(first[key] for key in distinct if key in first)
        seam = _find_seam([index if key is None else first.get(key, index) for key in keys])
        new = distinct.keys() - first.keys()
        first_in_epoch = [key for key in distinct if first.get(key, -1) < self.epoch]
        first.update(dict.fromkeys(first_in_epoch, index))
        self.in_epoch += len(first_in_epoch)
        fresh = []
        for position, key in enumerate(keys):
            if key in new:
                fresh.append(position)
                new.discard(key)
        self.duplicates += sum(key is not None for key in keys) - len(fresh)
        return Entry(index, fresh, shared, seam)


def _find_seam(origins: Sequence[int]) -> slice:
    changes = [position for position, (one, other) in enumerate(pairwise(origins)) if one != other]
    return slice(changes[0], changes[-1] + 2) if changes else slice(0)
