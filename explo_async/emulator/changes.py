"""Changes of the list at a rate, from a seeded process: what goes on at a site while a client reads it."""

from __future__ import annotations

import asyncio
import math
from random import Random
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen, validators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.emulator.book import CustomerBook

Kind = Literal["insert", "delete", "update"]
_KINDS = ("insert", "delete", "update")
_PLACES = ("anywhere", "front", "back")


def _as_tuple(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    # `tuple` itself would leave the type checker without a type of the items.
    return tuple(kinds)


@frozen
class Changes:
    """Changes at random times: the same for the same seed, as far as the list is the same.

    An empty list has nothing to delete or to update: nothing happens in place of that.
    """

    rate: float = field(validator=[validators.gt(0.0), validators.lt(math.inf)])
    """How many a second on average; the waits are exponentially distributed."""
    kinds: tuple[Kind, ...] = field(
        default=_KINDS,
        converter=_as_tuple,
        validator=validators.and_(validators.min_len(1), validators.deep_iterable(validators.in_(_KINDS))),
    )
    """Each is as likely as the others; one that is named twice comes twice as often."""
    seed: int = 0
    where: Literal["anywhere", "front", "back"] = field(default="anywhere", validator=validators.in_(_PLACES))
    """At the front, as in a list with the newest first, at the back, as in one with the oldest first, or anywhere."""


@frozen
class Change:
    """One change that was made."""

    kind: Kind
    provided_id: str


class Changing:
    """Makes the changes, by a timer of the running loop, between `start` and `stop`, and takes each down in `log`."""

    def __init__(self, changes: Changes, book: CustomerBook, log: list[Change]) -> None:
        self._changes = changes
        self._book = book
        self._log = log
        self._random = Random(changes.seed)

    def start(self) -> None:
        """Begin to wait for the first change."""
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._wait()

    def stop(self) -> None:
        """Make no more changes."""
        self._timer.cancel()

    def _wait(self) -> None:
        # From when the last one was due: a loop that was busy must not lower the rate.
        self._due += self._random.expovariate(self._changes.rate)
        self._timer = self._loop.call_at(self._due, self._change)

    def _change(self) -> None:
        kind = self._random.choice(self._changes.kinds)
        places = len(self._book) + (kind == "insert")
        if places:
            self._log.append(Change(kind, self._make(kind, self._choose(places))))
        self._wait()

    def _choose(self, places: int) -> int:
        if self._changes.where == "anywhere":
            return self._random.randrange(places)
        return 0 if self._changes.where == "front" else places - 1

    def _make(self, kind: Kind, place: int) -> str:
        if kind == "insert":
            self._book.add(index=place)
            return self._book.id_at(place)
        provided_id = self._book.id_at(place)
        if kind == "delete":
            self._book.delete_at(place)
        else:
            self._book.change(provided_id, {"name": f"Renamed {len(self._log)}"})
        return provided_id
