"""Which rows have been seen, and which answer brought each of them first. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from explo_async.evidence import Entry
from explo_async.ids import Ids

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

_BITS = (1 << 60) - 1


def fingerprints(ids: Iterable[str | None]) -> tuple[int | None, ...]:
    """Give 60 bits of each id's hash: an int of that size is the most that 100 bytes a customer allow a stream."""
    return tuple([None if key is None else hash(key) & _BITS for key in ids])


class Sightings:
    """The rows seen, and the rows that each answer brought first.

    While nothing changes each row costs one insertion: whose row it was is looked for only when it comes again, from
    the pages nearest to it on.
    """

    def __init__(self) -> None:
        self.epoch = 0
        """The place of the answer with which counting began anew."""
        self.duplicates = 0
        """Rows that came again."""
        self._seen = Ids()
        self._in_epoch = self._seen
        self._brought: dict[int, list[tuple[int, Sequence[Hashable | None]]]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def in_epoch(self) -> int:
        """Distinct rows seen since the epoch began."""
        return len(self._in_epoch)

    def begin_epoch(self, index: int) -> None:
        """Count anew from the answer at this place on; who brought a row before that counts no longer."""
        self.epoch = index
        self._in_epoch = Ids()
        self._brought.clear()

    def enter(self, index: int, number: int, keys: Sequence[Hashable | None]) -> Entry:
        """Enter the rows of the answer at a place, which is, or begins at, page `number` of the list."""
        if self._in_epoch is self._seen and None not in keys and self._seen.add_new(keys):
            self._brought.setdefault(number, []).append((index, keys))
            return Entry(index)
        return self._meet_again(index, number, keys)

    def _meet_again(self, index: int, number: int, keys: Sequence[Hashable | None]) -> Entry:
        distinct = dict.fromkeys(key for key in keys if key is not None)
        owners = self._find_owners(distinct.keys() - self._in_epoch.without(distinct), number)
        first = [key for key in distinct if key not in owners]
        new = self._seen.without(distinct)
        fresh = []
        for position, key in enumerate(keys):
            if key in new:
                fresh.append(position)
                new.discard(key)
        self._seen.add(first)
        self._in_epoch.add(first)
        self._brought.setdefault(number, []).append((index, first))
        readable = len(keys) - sum(key is None for key in keys)
        self.duplicates += readable - len(fresh)
        origins = [owners.get(key, index) for key in keys]
        return Entry(index, fresh, frozenset(owners.values()), _find_seam(origins))

    def _find_owners(self, keys: set[Hashable], number: int) -> dict[Hashable | None, int]:
        owners: dict[Hashable | None, int] = {}
        for near in sorted(self._brought, key=lambda other: abs(other - number)):
            for index, brought in self._brought[near]:
                found = keys.intersection(brought)
                owners.update(dict.fromkeys(found, index))
                keys -= found
            if not keys:
                break
        return owners


def _find_seam(origins: Sequence[int]) -> slice:
    changes = [position for position, (one, other) in enumerate(pairwise(origins)) if one != other]
    return slice(changes[0], changes[-1] + 2) if changes else slice(0)
