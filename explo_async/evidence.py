"""The values that the coverage ledger works with: what is asked, what an answer showed, what is in doubt. Pure."""

from __future__ import annotations

from typing import Literal

from attrs import define, frozen

Doubt = Literal["page_ignored", "unordered", "total_wrong", "duplicate_ids", "unreadable_id", "too_many_changes"]
"""Why a chain cannot be closed."""


@frozen
class Ask:
    """A page to ask for; `size` differs from the listing's for a page that bridges a boundary."""

    number: int
    size: int


@frozen
class Entry:
    """What an answer brought: `index` is its place among the answers."""

    index: int
    fresh: list[int] | None = None
    """The positions of its rows that had not been seen before; None when that is all of them."""
    shared: frozenset[int] = frozenset()
    """The places of the answers that first brought those of its rows that had been seen before."""
    seam: slice = slice(0)
    """Its rows from the first to the last neighbours that different answers brought first."""


@define(eq=False)
class Snapshot:
    """One answer: page `number` when the list had `total` rows; `sent` and `index` order the events."""

    index: int
    sent: int
    number: int
    total: int
    rows: int
    fit: bool
    """Every row has a readable id, once, and there are as many as the total calls for."""
    ends_list: bool
