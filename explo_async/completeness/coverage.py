"""What a mode of completeness is to the engine. The words are explained at the head of the folder, in `__init__`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.completeness.evidence import Entry, Findings, Selection
    from explo_async.plan import Ask


class Coverage(Protocol):
    """What a mode of completeness is to the engine: it takes answers in and says what to ask for next."""

    @property
    def size(self) -> int:
        """Rows a page of the listing."""

    @property
    def sweep(self) -> int:
        """Which sweep over the list is under way, from 1; a new one begins with page 1."""

    @property
    def sweep_size(self) -> int:
        """Rows a page of this sweep."""

    @property
    def totals(self) -> list[int]:
        """The distinct totals in the order in which they were first told."""

    @property
    def total(self) -> int:
        """The list's size as the latest answer told; after an answer past the end, its upper bound."""

    @property
    def asked_again(self) -> set[int]:
        """The pages that were asked for besides the sweeps."""

    @property
    def inversions(self) -> int:
        """How often two rows came in the one order and in the other: then the server's order is not stable."""

    @property
    def duplicates(self) -> int:
        """Rows that came again."""

    @property
    def unique(self) -> int:
        """Distinct rows seen."""

    @property
    def goal(self) -> int:
        """The last page of this sweep, as far as is known."""

    @property
    def doubt(self) -> Doubt | None:
        """Why the list cannot be shown to be complete, once that is certain."""

    @property
    def closed(self) -> bool:
        """Whether the list is shown to be complete, once nothing is under way."""

    @property
    def findings(self) -> Findings:
        """What was observed so far."""

    @property
    def selection(self) -> Selection | None:
        """Which rows belong to the list; None when all of them do."""

    def add(
        self,
        ask: Ask,
        *,
        total: int,
        keys: Sequence[Hashable | None],
        sent: int,
        arrived: int,
        oldest: int | None,
        has_next: bool | None = None,
        when: tuple[float, float] = (0.0, 0.0),
    ) -> Entry:
        """Enter an answer and say what is new in it.

        `keys` holds the id of each row in order, None where it could not be read. `sent` and `arrived` are how many
        answers had arrived when the request went out and when its answer came; `oldest` is the least `sent` of the
        requests whose answers are not entered yet. `has_next` is what the answer says of a page after this one, if it
        says so; `when` is the wall clock at sending and at arrival.
        """

    def past_end(self, ask: Ask, *, sent: int, arrived: int, oldest: int | None) -> None:
        """Enter the answer that there is no such page; only for pages after the first."""

    def may_sweep(self, oldest: int | None) -> bool:
        """Tell whether further pages of the sweep may be asked for now."""

    def wanted(self, pending: Collection[Ask], *, swept: int, oldest: int | None) -> list[Ask]:
        """Return what is to be asked for besides the sweep, each counted against the bound; sets `doubt` at its end.

        `pending` are the asks whose answers are still due, `swept` is the highest page of the sweep asked for so far.
        """

    def holds(self, index: int) -> bool:
        """Tell whether no row before those of an answer can be missing."""

    def picture_of(self, index: int) -> int | None:
        """Return the still picture that an answer belongs to, if it does."""

    def missing(self) -> list[int]:
        """Return the pages that the list has by the latest total and that were not answered."""
