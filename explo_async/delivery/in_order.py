"""Rows of a stream in listing order: each page is held until no row before it can be missing. Pure.

While the list changes, a page may be read again before its first reading has left, or come with rows that belong
before those of a page that waits. Such arrivals leave together, merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from attrs import evolve

from explo_async.decode.page import RowT
from explo_async.delivery.merge import in_order, part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.completeness.handing import Handing
    from explo_async.delivery.arrival import Arrival, Chain, RowPage


class InOrder(Generic[RowT]):
    """Rows leave once, in listing order."""

    handing: Handing = "in order"

    def __init__(self) -> None:
        self._held: dict[int, Arrival[RowT]] = {}
        self._waiting = 0
        self._entangled = False

    def put(self, arrival: Arrival[RowT]) -> None:
        """Hold a page; one without new rows only as long as it tells the order of others."""
        if not arrival.fresh and not self._held:
            return
        number = arrival.page.number
        again = arrival.shared or any(other.page.number == number for other in self._held.values())
        self._entangled = self._entangled or (bool(again) and not arrival.is_seam)
        self._held[arrival.index] = arrival
        self._waiting += bool(arrival.fresh)

    def take(self, chain: Chain | None, *, freely: bool = False) -> RowPage[RowT] | None:
        """Give out the rows that come next, if they hang together with page 1."""
        ready = [arrival for index, arrival in self._held.items() if freely or chain is None or chain.holds(index)]
        if not ready:
            return None
        if not self._entangled:
            return self._pop_plain(ready, chain)
        first = None
        for group in _groups(ready):
            if not any(arrival.fresh for arrival in group):
                # Nobody waits for what these tell about the order any more.
                self._drop(group)
            elif first is None:
                first = group
        return self._pop(first, chain) if first else None

    def is_ready(self, chain: Chain) -> bool:
        """Tell whether there are rows that may go."""
        return any(arrival.fresh and chain.holds(index) for index, arrival in self._held.items())

    def rest(self, chain: Chain | None) -> Iterator[tuple[RowT, ...]]:
        """Give out everything that is held."""
        while (page := self.take(chain, freely=True)) is not None:
            yield page.rows

    def drop_rest(self, chain: Chain) -> None:
        """Drop what is not part of the chain: it comes again."""
        self._drop([arrival for index, arrival in self._held.items() if not chain.holds(index)])

    def __len__(self) -> int:
        return self._waiting

    def _pop_plain(self, ready: list[Arrival[RowT]], chain: Chain | None) -> RowPage[RowT] | None:
        """Give out the first page; what is known of the order before it is of no use any more."""
        first = min((arrival for arrival in ready if arrival.fresh), key=_number, default=None)
        if first is None:
            return None
        self._drop([arrival for arrival in ready if arrival is not first and _number(arrival) < _number(first)])
        return self._pop([first], chain)

    def _pop(self, group: list[Arrival[RowT]], chain: Chain | None) -> RowPage[RowT]:
        self._drop(group)
        page = group[0].page
        bearers = [arrival for arrival in group if arrival.fresh]
        if len(bearers) == 1:
            return evolve(page, rows=bearers[0].fresh)
        fresh = {row.provided_id for arrival in group for row in arrival.fresh}
        snapshots = [arrival.snapshot(chain) for arrival in sorted(group, key=lambda arrival: arrival.index)]
        rows = tuple(row for piece in in_order(snapshots) for row in piece if row.provided_id in fresh)
        return evolve(page, rows=rows)

    def _drop(self, group: list[Arrival[RowT]]) -> None:
        for arrival in group:
            del self._held[arrival.index]
            self._waiting -= bool(arrival.fresh)
        if not self._waiting:
            # Nobody waits for what the others tell about the order any more.
            self._held.clear()
            self._entangled = False


def _number(arrival: Arrival[RowT]) -> int:
    return arrival.page.number


def _groups(arrivals: list[Arrival[RowT]]) -> Iterator[list[Arrival[RowT]]]:
    """Part arrivals into groups whose pages, and the pages that their rows came with first, do not overlap."""
    numbers = {arrival.index: arrival.page.number for arrival in arrivals}
    spans = []
    for arrival in arrivals:
        pages = {numbers[index] for index in arrival.shared if index in numbers} | {arrival.page.number}
        spans.append((min(pages), max(pages), arrival))
    return part(spans)
