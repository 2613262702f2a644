"""A mode of completeness that says what a test tells it to say, and notes what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.completeness.evidence import Entry, Findings
from explo_async.completeness.unchecked import UncheckedSweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.completeness.doubts import Doubt
    from explo_async.plan import Ask

PAGE_ROWS = 10


class Told(UncheckedSweep):
    """A list of so many pages of ten rows, in its pass `sweep`; answers are entered as `entries` says."""

    def __init__(
        self,
        pages: int = 5,
        *,
        sweep: int = 1,
        may: bool = True,
        doubt: Doubt | None = None,
        entries: Sequence[Entry] = (),
        findings: Findings | None = None,
    ) -> None:
        super().__init__(PAGE_ROWS)
        self.total = pages * PAGE_ROWS
        self.sweep = sweep
        self.may = may
        self.doubt = doubt
        self.added: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.oldest: list[int | None] = []
        self._entries = list(entries)
        self._findings = findings or Findings()

    @property
    def findings(self) -> Findings:
        """What the test gave."""
        return self._findings

    def may_sweep(self, oldest: int | None) -> bool:
        """Say what the test said, and note what was told."""
        self.oldest.append(oldest)
        return self.may

    def add(self, ask: Ask, **facts: Any) -> Entry:
        """Give the next entry, and note what was told."""
        self.added.append({"ask": ask, **facts})
        return self._entries.pop(0)

    def past_end(self, ask: Ask, **facts: Any) -> None:
        """Note what was told."""
        self.ended.append({"ask": ask, **facts})
