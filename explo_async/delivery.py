"""What becomes of rows between their arrival and the consumer: kept to the end, or passed on as they come. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from attrs import evolve, frozen

from explo_async.models import CustomerPage
from explo_async.order import Snapshot, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.decode import DecodedPage
    from explo_async.evidence import Ask, Entry
    from explo_async.models import Customer


@frozen(eq=False)
class Arrival:
    """A page that has come: all its rows, and what the ledger says about them."""

    index: int
    """Its place in the order of arrival."""
    page: CustomerPage
    fresh: tuple[Customer, ...]
    """The rows that had not come before."""
    shared: frozenset[int] = frozenset()
    """The places of the arrivals that first brought those of its rows that had come before."""
    is_seam: bool = False
    """Whether it holds only the rows at a boundary, known before, of a page that was asked for to bridge it."""
    adjoins: bool = True
    """Whether its number and total tell which page follows it: not where no total is trusted."""

    @property
    def snapshot(self) -> Snapshot:
        """What it tells about the order of rows."""
        page = self.page
        return Snapshot(page.number, page.total_count if self.adjoins else None, page.customers)


class Chain(Protocol):
    """What tells which arrivals hang together from page 1 on, so that no row before them can be missing."""

    def holds(self, index: int) -> bool:
        """Tell whether an arrival is part of the chain."""


class Delivery(Protocol):
    """What the engine does with rows."""

    def put(self, arrival: Arrival) -> None:
        """Take in a page."""

    def take(self, chain: Chain | None) -> CustomerPage | None:
        """Give out the next rows, None when there are none that may go; None as `chain` lets everything go."""

    def is_ready(self, chain: Chain) -> bool:
        """Tell whether there are rows that may go."""

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        """Give out everything still here, each customer once, in listing order; an empty tuple is a pause."""

    def __len__(self) -> int:
        """How many pages wait to be taken."""


class AsTheyCome:
    """Rows leave once, in the order in which their pages arrive."""

    def __init__(self) -> None:
        self._pages: deque[CustomerPage] = deque()

    def put(self, arrival: Arrival) -> None:
        if arrival.fresh:
            self._pages.append(evolve(arrival.page, customers=arrival.fresh))

    def take(self, chain: Chain | None) -> CustomerPage | None:
        del chain
        return self._pages.popleft() if self._pages else None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return bool(self._pages)

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        pages, self._pages = sorted(self._pages, key=lambda page: page.number), deque()
        return (page.customers for page in pages)

    def __len__(self) -> int:
        return len(self._pages)


class Kept:
    """All rows stay until the end of the run; those that came again are kept as they came last."""

    def __init__(self) -> None:
        self._snapshots: list[Snapshot] = []
        self._seams: list[int] = []
        self._numbers: set[int] = set()
        self._plain = True

    def put(self, arrival: Arrival) -> None:
        page = arrival.page
        if arrival.is_seam:
            self._seams.append(len(self._snapshots))
        else:
            whole = len(arrival.fresh) == len(page.customers)
            self._plain = self._plain and whole and page.number not in self._numbers
            self._numbers.add(page.number)
        self._snapshots.append(arrival.snapshot)

    def take(self, chain: Chain | None) -> CustomerPage | None:
        del chain
        return None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return False

    def rest(self) -> Iterator[tuple[Customer, ...]]:
        snapshots, self._snapshots = self._snapshots, []
        seams, self._seams = self._seams, []
        if self._plain:
            for place in reversed(seams):
                del snapshots[place]
            snapshots.sort(key=lambda snapshot: snapshot.number)
            return (snapshot.rows for snapshot in snapshots)
        return in_order(snapshots)

    def __len__(self) -> int:
        return 0


def make_arrival(
    ask: Ask, page: DecodedPage, entry: Entry, fresh: tuple[Customer, ...], *, size: int, adjoins: bool
) -> Arrival:
    """Put together what has come; `size` is that of the listing's pages, which a bridge does not have."""
    bridge = ask.size != size
    # Of a bridge that brought nothing new only the order of the rows at the boundary is worth its memory.
    is_seam = bridge and not fresh and not page.invalid
    rows = CustomerPage(
        number=(ask.number - 1) * ask.size // size + 1 if bridge else ask.number,
        page_size=size,
        total_count=page.total_count,
        customers=page.customers[entry.seam] if is_seam else page.customers,
    )
    return Arrival(entry.index, rows, fresh, entry.shared, is_seam, adjoins)


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
