"""Puts rows read from a changing list in listing order: merges snapshots that overlap. Pure.

Each snapshot orders its own rows, and two adjacent pages of the same total follow each other. Rows that stay keep
their relative order, so these constraints agree; where they do not (an unstable server), the page number decides.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.models import Customer

STEP = 1000
"""Rows after which the merge pauses, so that its caller can let others run."""


@frozen
class Snapshot:
    """Rows of one answer: page `number` when the list had `total`; no total where the number is not exact."""

    number: int
    total: int | None
    rows: tuple[Customer, ...]


def in_order(snapshots: Sequence[Snapshot]) -> Iterator[tuple[Customer, ...]]:
    """Give each customer once, as it was read last, in listing order; an empty tuple is a pause.

    `snapshots` are in the order of their arrival.
    """
    for cluster in _clusters(snapshots):
        if len(cluster) == 1:
            yield cluster[0].rows
        else:
            yield from _merge(cluster)


def _clusters(snapshots: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
    """Part the snapshots into groups, in the order of pages, that share neither a page number nor a row."""
    home: dict[str, int] = {}
    spans = []
    for snapshot in snapshots:
        first = last = snapshot.number
        for row in snapshot.rows:
            number = home.setdefault(row.provided_id, snapshot.number)
            first, last = min(first, number), max(last, number)
        spans.append((first, last, snapshot))
    spans.sort(key=lambda span: span[:2])
    cluster: list[Snapshot] = []
    reach = 0
    for first, last, snapshot in spans:
        if cluster and first > reach:
            yield cluster
            cluster = []
        cluster.append(snapshot)
        reach = max(reach, last)
    if cluster:
        yield cluster


def _merge(cluster: list[Snapshot]) -> Iterator[tuple[Customer, ...]]:
    rows: dict[str, Customer] = {}
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
        for one, other in zip(keys, keys[1:], strict=False):
            follow(one, other)
        yield ()
    for one, other in _neighbours(cluster):
        follow(one, other)
    ready = [(places[key], key) for key in rows if not waiting_for[key]]
    heapify(ready)
    undecided = dict(rows)
    ordered: list[Customer] = []
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


def _neighbours(cluster: list[Snapshot]) -> Iterator[tuple[str, str]]:
    """Give the last row of a page and the first of the next one, for pages read when the list had the same total."""
    starts: defaultdict[tuple[int, int | None], list[str]] = defaultdict(list)
    pages = [snapshot for snapshot in cluster if snapshot.rows and snapshot.total is not None]
    for snapshot in pages:
        starts[snapshot.number, snapshot.total].append(snapshot.rows[0].provided_id)
    for snapshot in pages:
        for start in starts[snapshot.number + 1, snapshot.total]:
            if snapshot.rows[-1].provided_id != start:
                yield snapshot.rows[-1].provided_id, start
