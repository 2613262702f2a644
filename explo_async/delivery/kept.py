"""Rows of a list: they stay until the end of the run, and are then put in listing order. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from attrs import evolve

from explo_async.decode.page import RowT
from explo_async.delivery.merge import OrderedRows, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.completeness.evidence import Selection
    from explo_async.completeness.handing import Handing
    from explo_async.delivery.arrival import Arrival, Chain, RowPage


class Kept(Generic[RowT]):
    """All rows stay until the end of the run; those that came again are kept as they came last."""

    handing: Handing = "at the end"

    def __init__(self) -> None:
        self._arrivals: list[Arrival[RowT]] = []
        self._numbers: set[int] = set()
        self._plain = True

    def put(self, arrival: Arrival[RowT]) -> None:
        page = arrival.page
        if not arrival.is_seam:
            whole = len(arrival.fresh) == len(page.rows)
            self._plain = self._plain and whole and page.number not in self._numbers
            self._numbers.add(page.number)
        # Its rows are all that is wanted: what was fresh in them is known by now.
        self._arrivals.append(evolve(arrival, fresh=(), shared=frozenset()))

    def take(self, chain: Chain | None, *, freely: bool = False) -> RowPage[RowT] | None:
        del chain, freely
        return None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return False

    def rest(self, chain: Chain | None) -> Iterator[tuple[RowT, ...]]:
        arrivals, self._arrivals = self._arrivals, []
        if chain and chain.selection:
            return _select(
                [arrival.snapshot(chain) for arrival in arrivals if chain.selection.takes(arrival.index)],
                chain.selection,
            )
        if self._plain:
            pages = [arrival.page for arrival in arrivals if not arrival.is_seam]
            return (page.rows for page in sorted(pages, key=lambda page: page.number))
        return in_order([arrival.snapshot(chain) for arrival in arrivals])

    def drop_rest(self, chain: Chain) -> None:
        del chain

    def __len__(self) -> int:
        return 0


def _select(snapshots: list[OrderedRows[RowT]], selection: Selection) -> Iterator[tuple[RowT, ...]]:
    """Give out the rows of a selection, each once."""
    plain = sorted(snapshots, key=lambda snapshot: snapshot.number)
    ids = {row.provided_id for snapshot in plain for row in snapshot.rows}
    pieces = in_order(snapshots) if len(ids) < sum(len(each.rows) for each in plain) else (each.rows for each in plain)
    return (tuple([row for row in rows if selection.has(row.provided_id)]) for rows in pieces)
