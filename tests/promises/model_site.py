"""The site of the histories: COUNT and rows are two events of each request, and it remembers what was true when."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from attrs import define, field

from explo_async.pacing.lease import Lease
from tests.helpers.scripted import Scripted, body_of, reply_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from explo_async.progress import FetchStats
    from explo_async.wire.answer import Answer

TIES = 3
"""Neighbours in the order of names that have the same name."""


@define(eq=False)
class Request:
    """A request under way: first it is counted for, then its rows are read, then it arrives."""

    number: int
    size: int
    arrived: asyncio.Future[Answer]
    total: int | None = None
    rows: list[str] | None = None
    counted_at: int = -1
    """How many changes there had been when it was counted for."""

    @property
    def is_past_end(self) -> bool:
        """Whether its count says that there is no such page."""
        return self.total is not None and self.number > 1 and (self.number - 1) * self.size >= self.total

    def take(self) -> Answer:
        """Give the answer as Django REST framework words it."""
        assert self.total is not None
        if self.is_past_end:
            return reply_of(404, b'{"detail": "Invalid page."}')
        return reply_of(200, body_of(self.rows or (), self.total))


@define
class Site:
    """The list, how it is sorted, and every change of it; a total that is told is `off` too large."""

    rows: list[str]
    sorting: str = "unique"
    off: int = 0
    seed: int = 0
    changes: list[str] = field(factory=list)
    """The kind of each change so far, in order."""
    states: list[frozenset[str]] = field(factory=list)
    """The customers before each change, and now."""
    made: int = 0

    def __attrs_post_init__(self) -> None:
        self.made = len(self.rows)
        self.states.append(frozenset(self.rows))

    @property
    def is_odd(self) -> bool:
        """Whether no list of it can be proved by its order and its totals, even at rest."""
        return self.off > 0 or self.sorting == "ties"

    def insert(self, place: int, count: int) -> None:
        """Create customers in one place, one after another."""
        for _ in range(count):
            self.rows.insert(place, f"n{self.made}")
            self.made += 1
            self._note("insert")

    def delete(self, place: int, count: int) -> None:
        """Delete customers in one place, one after another."""
        for _ in range(min(count, len(self.rows) - place)):
            del self.rows[place]
            self._note("delete")

    def update(self, place: int) -> None:
        """Change a customer, which moves it where there is no order."""
        if self.sorting == "none":
            self.rows.append(self.rows.pop(place))
            self._note("update")

    def count(self, request: Request) -> None:
        """Take the COUNT of a request."""
        request.total = len(self.rows) + self.off
        request.counted_at = len(self.changes)

    def read(self, request: Request) -> None:
        """Read the rows of a request, which its own total cuts."""
        assert request.total is not None
        first = (request.number - 1) * request.size
        request.rows = self._sort()[first : min(first + request.size, request.total)]

    def cancels_out(self, requests: Sequence[Request]) -> Iterator[tuple[int, int]]:
        """Give the spans between COUNTs that follow each other in which there were insertions as well as deletions."""
        told = sorted(
            {request.counted_at for request in requests if request.total is not None and not request.is_past_end}
        )
        for one, other in pairwise(told):
            if {"insert", "delete"} <= set(self.changes[one:other]):
                yield one, other

    def _note(self, kind: str) -> None:
        self.changes.append(kind)
        self.states.append(frozenset(self.rows))

    def _sort(self) -> list[str]:
        if self.sorting != "ties":
            return self.rows
        self.seed += 1
        draw = Random(self.seed)
        names = {row: int(row[1:]) // TIES for row in self.rows}
        first = {name: place for place, name in reversed([*enumerate(names.values())])}
        return sorted(self.rows, key=lambda row: (first[names[row]], draw.random()))


class Held(Scripted):
    """Holds every request until the machine says what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Request] = []

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        page: int,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Wait for the machine."""
        del path, deadline
        on_sent(Lease(0.0))
        stats.requests += 1
        request = Request(page, int(query["page_size"]), asyncio.get_running_loop().create_future())
        self.held.append(request)
        return await request.arrived
