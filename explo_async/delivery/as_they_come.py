"""Rows of a stream without order: each page leaves as it has come. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic

from attrs import evolve

from explo_async.decode.page import RowT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.completeness.handing import Handing
    from explo_async.delivery.arrival import Arrival, Chain, RowPage


class AsTheyCome(Generic[RowT]):
    """Rows leave once, in the order in which their pages arrive."""

    handing: Handing = "as they come"

    def __init__(self) -> None:
        self._pages: deque[RowPage[RowT]] = deque()

    def put(self, arrival: Arrival[RowT]) -> None:
        if arrival.fresh:
            self._pages.append(evolve(arrival.page, rows=arrival.fresh))

    def take(self, chain: Chain | None, *, freely: bool = False) -> RowPage[RowT] | None:
        del chain, freely
        return self._pages.popleft() if self._pages else None

    def is_ready(self, chain: Chain) -> bool:
        del chain
        return bool(self._pages)

    def rest(self, chain: Chain | None) -> Iterator[tuple[RowT, ...]]:
        del chain
        pages, self._pages = sorted(self._pages, key=lambda page: page.number), deque()
        return (page.rows for page in pages)

    def drop_rest(self, chain: Chain) -> None:
        del chain

    def __len__(self) -> int:
        return len(self._pages)
