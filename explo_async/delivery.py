"""What becomes of rows between their arrival and the consumer: kept to the end, or passed on as they come. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from attrs import evolve, frozen

from explo_async.models import CustomerPage
from explo_async.order import Snapshot, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.completeness.evidence import Entry, Selection
    from explo_async.decode import DecodedPage
    from explo_async.models import Customer
    from explo_async.plan import Ask


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
    """Whether it is just a page of the listing, so that its picture tells which page follows it."""

    def snapshot(self, chain: Chain | None) -> Snapshot:
        """Say what it tells about the order of rows."""
        picture = chain.picture_of(self.index) if chain and self.adjoins else None
        return Snapshot(self.page.number, picture, self.page.customers)


class Chain(Protocol):
    """What tells which arrivals hang together."""

    @property
    def selection(self) -> Selection | None:
        """Which rows belong to the list; None when all of them do."""

    def holds(self, index: int) -> bool:
        """Tell whether no row before those of an arrival can be missing."""

    def picture_of(self, index: int) -> int | None:
        """Return the still picture that an arrival belongs to, if it does."""


class Delivery(Protocol):
    """What the engine does with rows."""

    def put(self, arrival: Arrival) -> None:
        """Take in a page."""

    def take(self, chain: Chain | None, *, freely: bool = False) -> CustomerPage | None:
        """Give out the next rows, None when there are none that may go; `freely` lets everything go."""

    def is_ready(self, chain: Chain) -> bool:
        """Tell whether there are rows that may go."""

    def rest(self, chain: Chain | None) -> Iterator[tuple[Customer, ...]]:
        """Give out everything still here, each customer once, in listing order; an empty tuple is a pause."""

    def drop_rest(self, chain: Chain) -> None:
        """Drop what is not part of the chain: it comes again."""

    def __len__(self) -> int:
        """How many pages wait to be taken."""


class AsTheyCome:
    """Rows leave once, in the order in which their pages arrive."""

    def __init__(self) -> None:
        self._pages: deque[CustomerPage] = deque()

    def put(self, arrival: Arrival) -> None:
        if arrival.fresh:
            self._pages.append(evolve(arrival.page, customers=arrival.fresh))

    def take(self, chain: Chain | None, *, freely: bool = False) -> CustomerPage | None:
        del chain, freely
        return self._pages.popleft() if self._pages else None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return bool(self._pages)

    def rest(self, chain: Chain | None) -> Iterator[tuple[Customer, ...]]:
        del chain
        pages, self._pages = sorted(self._pages, key=lambda page: page.number), deque()
        return (page.customers for page in pages)

    def drop_rest(self, chain: Chain) -> None:
        del chain

    def __len__(self) -> int:
        return len(self._pages)


class Kept:
    """All rows stay until the end of the run; those that came again are kept as they came last."""

    def __init__(self) -> None:
        self._arrivals: list[Arrival] = []
        self._numbers: set[int] = set()
        self._plain = True

    def put(self, arrival: Arrival) -> None:
        page = arrival.page
        if not arrival.is_seam:
            whole = len(arrival.fresh) == len(page.customers)
            self._plain = self._plain and whole and page.number not in self._numbers
            self._numbers.add(page.number)
        # Its rows are all that is wanted: what was fresh in them is known by now.
        self._arrivals.append(evolve(arrival, fresh=(), shared=frozenset()))

    def take(self, chain: Chain | None, *, freely: bool = False) -> CustomerPage | None:
        del chain, freely
        return None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return False

    def rest(self, chain: Chain | None) -> Iterator[tuple[Customer, ...]]:
        arrivals, self._arrivals = self._arrivals, []
        if chain and chain.selection:
            return _select(
                [arrival.snapshot(chain) for arrival in arrivals if chain.selection.takes(arrival.index)],
                chain.selection,
            )
        if self._plain:
            pages = [arrival.page for arrival in arrivals if not arrival.is_seam]
            return (page.customers for page in sorted(pages, key=lambda page: page.number))
        return in_order([arrival.snapshot(chain) for arrival in arrivals])

    def drop_rest(self, chain: Chain) -> None:
        del chain

    def __len__(self) -> int:
        return 0


def _select(snapshots: list[Snapshot], selection: Selection) -> Iterator[tuple[Customer, ...]]:
    """Give out the rows of a selection, each once."""
    plain = sorted(snapshots, key=lambda snapshot: snapshot.number)
    ids = {row.provided_id for snapshot in plain for row in snapshot.rows}
    pieces = in_order(snapshots) if len(ids) < sum(len(each.rows) for each in plain) else (each.rows for each in plain)
    return (tuple([row for row in rows if selection.has(row.provided_id)]) for rows in pieces)


def make_arrival(
    ask: Ask,
    page: DecodedPage,
    entry: Entry,
    fresh: tuple[Customer, ...],
    *,
    size: int,
    adjoins: bool,
    all_rows: bool = False,
) -> Arrival:
    """Put together what has come; `size` is that of the listing's pages, which a bridge does not have.

    `all_rows`: every row will be wanted, whether it had come before or not.
    """
    bridge = ask.size != size
    # Of a bridge that brought nothing new only the order of the rows at the boundary is worth its memory.
    is_seam = bridge and not (fresh or page.invalid or all_rows)
    rows = CustomerPage(
        number=(ask.number - 1) * ask.size // size + 1 if bridge else ask.number,
        page_size=size,
        total_count=page.total_count,
        customers=page.customers[entry.seam] if is_seam else page.customers,
    )
    return Arrival(entry.index, rows, fresh, entry.shared, is_seam, adjoins and not bridge)


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
