"""Where rows wait between their arrival and the consumer, and in which order they leave. Pure."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol

from attrs import define, evolve, field

from explo_async.order import Snapshot, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.decode import DecodedPage
    from explo_async.models import Customer, CustomerPage


class Delivery(Protocol):
    """What the engine does with rows."""

    def put(self, page: CustomerPage, fresh: tuple[Customer, ...]) -> None:
        """Take in a page: all its rows, and those of them that had not come before."""

    def take(self, connected: float) -> CustomerPage | None:
        """Give out the next rows, None when there are none that may go; `connected` pages hang together so far."""

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        """Give out everything still here, each customer once, in listing order; an empty tuple is a pause."""

    def __len__(self) -> int:
        """How many pages wait."""


@define(order=True)
class _Parcel:
    number: int
    arrival: int
    page: CustomerPage = field(order=False)


class Stream:
    """Rows leave once, in listing order: those of a page when no row before it can be missing; or as they arrive."""

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._arrivals = 0
        self._parcels: list[_Parcel] = []

    def put(self, page: CustomerPage, fresh: tuple[Customer, ...]) -> None:
        if not fresh:
            return
        self._arrivals += 1
        place = page.number if self._ordered else 0
        heappush(self._parcels, _Parcel(place, self._arrivals, evolve(page, customers=fresh)))

    def take(self, connected: float) -> CustomerPage | None:
        if not self._parcels or self._parcels[0].number > connected:
            return None
        return heappop(self._parcels).page

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        parcels, self._parcels = sorted(self._parcels, key=lambda parcel: (parcel.page.number, parcel.arrival)), []
        return (parcel.page.customers for parcel in parcels)

    def __len__(self) -> int:
        return len(self._parcels)


class Kept:
    """All rows stay until the end of the run; those that came again are kept as they came last."""

    def __init__(self) -> None:
        self._snapshots: list[Snapshot] = []
        self._numbers: set[int] = set()
        self._plain = True

    def put(self, page: CustomerPage, fresh: tuple[Customer, ...]) -> None:
        self._plain = self._plain and len(fresh) == len(page.customers) and page.number not in self._numbers
        self._numbers.add(page.number)
        self._snapshots.append(Snapshot(page.number, page.total_count, page.customers))

    def take(self, connected: float) -> CustomerPage | None:
        del connected
        return None

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        snapshots, self._snapshots = self._snapshots, []
        if self._plain:
            snapshots.sort(key=lambda snapshot: snapshot.number)
            return (snapshot.rows for snapshot in snapshots)
        return in_order(snapshots)

    def __len__(self) -> int:
        return 0


def pick_rows(page: DecodedPage, positions: Sequence[int] | None) -> tuple[Customer, ...]:
    """Return the readable customers at some positions of a page, None meaning all of them."""
    if positions is None:
        return page.customers
    if not page.invalid:
        return tuple(page.customers[position] for position in positions)
    set_aside = {record.row for record in page.invalid}
    readable = [position for position in range(len(page.provided_ids)) if position not in set_aside]
    wanted = set(positions)
    return tuple(row for position, row in zip(readable, page.customers, strict=True) if position in wanted)
