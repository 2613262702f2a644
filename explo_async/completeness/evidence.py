"""What a mode of completeness tells of answers: what they brought, and on what a proof rests.

Values and a protocol only. The words are explained at the head of the folder, in `__init__`.
"""

from __future__ import annotations

from typing import Literal, Protocol

from attrs import frozen

Basis = Literal["count", "order", "shared rows", "exact"]
"""On what a proof rests: what each of them assumes is said at the head of the folder."""


@frozen
class Meeting:
    """Rows that two answers share: by how many places they stand further back in the second one, least and most."""

    one: int
    other: int
    least: int
    most: int
    lost: int
    """Places that both answers show, less the rows that they share; 0 where that is not known."""


@frozen
class Entry:
    """What an answer brought: `index` is its place among the answers."""

    index: int
    fresh: list[int] | None = None
    """The positions of its rows to be handed on, not handed on before; None when that is all of them."""
    shared: frozenset[int] = frozenset()
    """The places of the answers that first brought those of its rows that had been seen before."""
    seam: slice = slice(0)
    """Its rows from the first to the last neighbours that different answers brought first."""
    meetings: tuple[Meeting, ...] = ()
    inversions: int = 0
    """Neighbours among its rows that another answer showed the other way round."""
    skips: bool = False
    """Whether nothing of it is for the consumer."""
    withdraws: bool = False
    """Whether rows that are held and not released come again, and so must be dropped."""


@frozen(kw_only=True)
class Findings:
    """What a run has observed of the list, for its report."""

    basis: Basis | None = None
    insertions: int = 0
    """The least that explain the totals."""
    deletions: int = 0
    contradictions: int = 0
    moment: tuple[float, float] | None = None
    """Unix seconds just before and just after the COUNT at which "exact" has the list."""


class Selection(Protocol):
    """Which rows a list consists of, where not all that were seen belong to it."""

    def takes(self, index: int) -> bool:
        """Tell whether the answer at this place shows the rows in their order."""

    def has(self, provided_id: str) -> bool:
        """Tell whether a customer belongs to the list."""
