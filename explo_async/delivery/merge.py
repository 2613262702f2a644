"""Puts rows read from a changing list in listing order: merges snapshots that overlap. Pure.

Each snapshot orders its own rows, and two adjacent pages of one still picture follow each other. Rows that stay keep
their relative order, so these constraints agree; where they do not (an unstable server), the page number decides.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import frozen

from explo_async.decode.page import RowT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

STEP = 1000
"""Rows after which the merge pauses, so that its caller can let others run."""


@frozen
class OrderedRows(Generic[RowT]):
    """Rows of an answer: page `number` of the still picture `picture`; None where it is of none, or not just a page."""

    number: int
    picture: int | None
    rows: tuple[RowT, ...]


def in_order(snapshots: Sequence[OrderedRows[RowT]]) -> Iterator[tuple[RowT, ...]]:
    """Give each customer once, as it was read last, in listing order; an empty tuple is a pause.

    `snapshots` are in the order of their arrival.
    """
    for cluster in part(_spans(snapshots)):
        if len(cluster) == 1:
            yield tuple({row.provided_id: row for row in cluster[0].rows}.values())
        else:
            yield from _merge(cluster)


def _spans(snapshots: Sequence[OrderedRows[RowT]]) -> Iterator[tuple[int, int, OrderedRows[RowT]]]:
    """Give with each snapshot the first and the last page on which its rows came first, its own included."""
    home: dict[str, int] = {}
    for snapshot in snapshots:
        numbers = {home.setdefault(row.provided_id, snapshot.number) for row in snapshot.rows} | {snapshot.number}
        yield min(numbers), max(numbers), snapshot


def part(spans: Iterable[tuple[int, int, T]]) -> Iterator[list[T]]:
    """Part what spans pages into groups that have no page in common, in the order of pages."""
    group: list[T] = []
    reach = 0
    for first, last, member in sorted(spans, key=lambda span: span[:2]):
        if group and first > reach:
            yield group
            group = []
        group.append(member)
        reach = max(reach, last)
    if group:
        yield group


def _merge(cluster: list[OrderedRows[RowT]]) -> Iterator[tuple[RowT, ...]]:
    rows: dict[str, RowT] = {}
    places: dict[str, tuple[int, int]] = {}
    followers: defaultdict[str, list[str]] = defaultdict(list)
    waiting_for: defaultdict[str, int] = defaultdict(int)

    def follow(one: str, other: str) -> None:
        followers[one].append(other)
        waiting_for[other] += 1

    for snapshot in cluster:
        keys = [row.provided_id for row in snapshot.rows]
        rows.update(zip(keys, snapshot.rows, strict=True))
        for position, key in enumerate(keys):
            places[key] = (snapshot.number, position)
        for one, other in pairwise(keys):
            follow(one, other)
        yield ()
    for one, other in _neighbours(cluster):
        follow(one, other)
    ready = [(places[key], key) for key in rows if not waiting_for[key]]
    heapify(ready)
    undecided = dict(rows)
    ordered: list[RowT] = []
    while undecided:
        # Nothing is ready only where the constraints contradict each other.
        key = heappop(ready)[1] if ready else min(undecided, key=lambda key: places[key])
        if undecided.pop(key, None) is None:
            continue
        ordered.append(rows[key])
        for other in followers[key]:
            waiting_for[other] -= 1
            if not waiting_for[other]:
                heappush(ready, (places[other], other))
        if len(ordered) == STEP:
            yield tuple(ordered)
            ordered.clear()
    yield tuple(ordered)


def _neighbours(cluster: list[OrderedRows[RowT]]) -> Iterator[tuple[str, str]]:
    """Give the last row of a page and the first of the next one, for pages of one still picture."""
    starts: defaultdict[tuple[int, int | None], list[str]] = defaultdict(list)
    pages = [snapshot for snapshot in cluster if snapshot.rows and snapshot.picture is not None]
    for snapshot in pages:
        starts[snapshot.number, snapshot.picture].append(snapshot.rows[0].provided_id)
    for snapshot in pages:
        for start in starts[snapshot.number + 1, snapshot.picture]:
            if snapshot.rows[-1].provided_id != start:
                yield snapshot.rows[-1].provided_id, start
