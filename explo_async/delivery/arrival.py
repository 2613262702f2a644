"""A page that has come, and what any delivery does with such pages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol

from attrs import frozen

from explo_async.decode.page import RowT
from explo_async.delivery.merge import OrderedRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.completeness.evidence import Entry, Selection
    from explo_async.completeness.handing import Handing
    from explo_async.decode.page import DecodedPage
    from explo_async.plan import Ask


@frozen(kw_only=True)
class RowPage(Generic[RowT]):
    """Rows on their way to the consumer, and the page that they came with."""

    number: int
    """From 1."""
    page_size: int
    total_count: int
    rows: tuple[RowT, ...]


@frozen(eq=False)
class Arrival(Generic[RowT]):
    """A page that has come: all its rows, and what the ledger says about them."""

    index: int
    """Its place in the order of arrival."""
    page: RowPage[RowT]
    fresh: tuple[RowT, ...]
    """The rows that had not come before."""
    shared: frozenset[int] = frozenset()
    """The places of the arrivals that first brought those of its rows that had come before."""
    is_seam: bool = False
    """Whether it holds only the rows at a boundary, known before, of a page that was asked for to bridge it."""
    adjoins: bool = True
    """Whether it is just a page of the listing, so that its picture tells which page follows it."""

    def snapshot(self, chain: Chain | None) -> OrderedRows[RowT]:
        """Say what it tells about the order of rows."""
        picture = chain.picture_of(self.index) if chain and self.adjoins else None
        return OrderedRows(self.page.number, picture, self.page.rows)


class Chain(Protocol):
    """What tells which arrivals hang together."""

    @property
    def selection(self) -> Selection | None:
        """Which rows belong to the list; None when all of them do."""

    def holds(self, index: int) -> bool:
        """Tell whether no row before those of an arrival can be missing."""

    def picture_of(self, index: int) -> int | None:
        """Return the still picture that an arrival belongs to, if it does."""


class Delivery(Protocol[RowT]):
    """What the engine does with rows."""

    @property
    def handing(self) -> Handing:
        """When rows are given out."""

    def put(self, arrival: Arrival[RowT]) -> None:
        """Take in a page."""

    def take(self, chain: Chain | None, *, freely: bool = False) -> RowPage[RowT] | None:
        """Give out the next rows, None when there are none that may go; `freely` lets everything go."""

    def is_ready(self, chain: Chain) -> bool:
        """Tell whether there are rows that may go."""

    def rest(self, chain: Chain | None) -> Iterator[tuple[RowT, ...]]:
        """Give out everything still here, each customer once, in listing order; an empty tuple is a pause."""

    def drop_rest(self, chain: Chain) -> None:
        """Drop what is not part of the chain: it comes again."""

    def __len__(self) -> int:
        """How many pages wait to be taken."""


def make_arrival(
    ask: Ask,
    page: DecodedPage[RowT],
    entry: Entry,
    fresh: tuple[RowT, ...],
    *,
    size: int,
    adjoins: bool,
    all_rows: bool = False,
) -> Arrival[RowT]:
    """Put together what has come; `size` is that of the listing's pages, which a bridge does not have.

    `all_rows`: every row will be wanted, whether it had come before or not.
    """
    bridge = ask.size != size
    # Of a bridge that brought nothing new only the order of the rows at the boundary is worth its memory.
    is_seam = bridge and not (fresh or page.invalid or all_rows)
    rows = RowPage(
        number=(ask.number - 1) * ask.size // size + 1 if bridge else ask.number,
        page_size=size,
        total_count=page.total_count,
        rows=page.rows[entry.seam] if is_seam else page.rows,
    )
    return Arrival(entry.index, rows, fresh, entry.shared, is_seam, adjoins and not bridge)


def pick_rows(page: DecodedPage[RowT], positions: Sequence[int] | None) -> tuple[RowT, ...]:
    """Return the readable customers at some positions of a page, None meaning all of them."""
    if positions is None:
        return page.rows
    if not page.invalid:
        return tuple(page.rows[position] for position in positions)
    set_aside = {record.row for record in page.invalid}
    readable = [position for position in range(len(page.provided_ids)) if position not in set_aside]
    wanted = set(positions)
    return tuple(row for position, row in zip(readable, page.rows, strict=True) if position in wanted)
