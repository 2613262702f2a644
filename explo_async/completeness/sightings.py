"""Which rows have been seen, which answer brought each of them first, and at which place of the list. Pure."""

from __future__ import annotations

from itertools import pairwise, repeat
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.completeness.evidence import Entry, Meeting
from explo_async.completeness.id_set import IdSet

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

_LOW_BITS = (1 << 60) - 1
"""CPython keeps an int of 60 bits in 32 bytes, the most that 100 bytes a customer allow besides its place in a dict.
Two of a million ids have the same 60 bits in one of two million lists."""


def fingerprints(ids: Iterable[str | None]) -> tuple[int | None, ...]:
    """Give 60 bits of each id's hash, None for an id that cannot be read."""
    return tuple([None if key is None else hash(key) & _LOW_BITS for key in ids])


@frozen
class Brought:
    """The rows that an answer brought first, with their places in the list; without, where these are not known."""

    index: int
    keys: Sequence[Hashable | None]
    places: Sequence[int] | None


Owners = dict["Hashable | None", tuple[Brought, int | None]]
"""Who brought each row first, and at which place of the list; None where that is not known."""


class Sightings:
    """The rows seen, and the rows that each answer brought first.

    While nothing changes each row costs one insertion: whose row it was is looked for only when it comes again, from
    the pages nearest to it on.
    """

    def __init__(self) -> None:
        self.duplicates: int = 0
        """Rows that came again."""
        self._seen = IdSet()
        self._in_epoch = self._seen
        self._brought: dict[int, list[Brought]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def in_epoch(self) -> int:
        """Distinct rows seen since the epoch began."""
        return len(self._in_epoch)

    def begin_epoch(self) -> None:
        """Count anew from the next answer on; who brought a row before that counts no longer."""
        self._in_epoch = IdSet()
        self._brought.clear()

    def enter(self, index: int, number: int, keys: Sequence[Hashable | None], *, first: int | None) -> Entry:
        """Enter the rows of the answer at a place among the answers.

        It is, or begins at, page `number` of the list; `first` is the place of its first row there, None if unknown.
        """
        if self._in_epoch is self._seen and None not in keys and self._seen.add_new(keys):
            self._note(number, index, keys, None if first is None else range(first, first + len(keys)))
            return Entry(index)
        return self._meet_again(index, number, keys, first)

    def _meet_again(self, index: int, number: int, keys: Sequence[Hashable | None], first: int | None) -> Entry:
        places = {key: place for place, key in enumerate(keys, first or 0) if key is not None}
        owners = self._find_owners(places.keys() - self._in_epoch.without(places), number)
        own = [key for key in places if key not in owners]
        new = self._seen.without(places)
        fresh = []
        for position, key in enumerate(keys):
            if key in new:
                fresh.append(position)
                new.discard(key)
        self._seen.add(own)
        self._in_epoch.add(own)
        self._note(number, index, own, None if first is None else [places[key] for key in own])
        readable = len(keys) - sum(key is None for key in keys)
        self.duplicates += readable - len(fresh)
        indexes = {key: owner.index for key, (owner, _) in owners.items()}
        return Entry(
            index,
            fresh,
            frozenset(indexes.values()),
            _find_seam([indexes.get(key, index) for key in keys]),
            () if first is None else tuple(_find_meetings(index, owners, places, range(first, first + len(keys)))),
            _count_inversions(owners, keys),
        )

    def _note(self, number: int, index: int, keys: Sequence[Hashable | None], places: Sequence[int] | None) -> None:
        self._brought.setdefault(number, []).append(Brought(index, keys, places))

    def _find_owners(self, keys: set[Hashable], number: int) -> Owners:
        owners: Owners = {}
        for near in sorted(self._brought, key=lambda other: abs(other - number)):
            for brought in self._brought[near]:
                found = keys.intersection(brought.keys)
                if found:
                    places = brought.places or repeat(None)
                    owners.update(
                        (key, (brought, place))
                        for key, place in zip(brought.keys, places, strict=False)
                        if key in found
                    )
                    keys -= found
            if not keys:
                break
        return owners


def _find_meetings(index: int, owners: Owners, places: dict[Hashable, int], shown: range) -> Iterator[Meeting]:
    shifts: dict[int, tuple[Brought, list[int]]] = {}
    for key, (owner, place) in owners.items():
        if place is not None and key is not None:
            shifts.setdefault(owner.index, (owner, []))[1].append(places[key] - place)
    for owner, moved in shifts.values():
        # Only of an answer all of whose rows were new is it known which rows it had at which places.
        whole = owner.places if isinstance(owner.places, range) else range(0)
        common = min(whole.stop, shown.stop) - max(whole.start, shown.start)
        yield Meeting(owner.index, index, min(moved), max(moved), max(0, common - len(moved)))


def _count_inversions(owners: Owners, keys: Sequence[Hashable | None]) -> int:
    latest: dict[int, int] = {}
    inversions = 0
    for key in dict.fromkeys(keys):
        owner, place = owners.get(key, (None, None))
        if owner is None or place is None:
            continue
        inversions += place < latest.get(owner.index, place)
        latest[owner.index] = place
    return inversions


def _find_seam(origins: Sequence[int]) -> slice:
    changes = [position for position, (one, other) in enumerate(pairwise(origins)) if one != other]
    return slice(changes[0], changes[-1] + 2) if changes else slice(0)
