"""Where a run stands in its passes over the list: the page that comes next, and how many are still to come. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.plan import Ask

if TYPE_CHECKING:
    from explo_async.completeness.coverage import Coverage


class Passes:
    """Counts the pages of a pass that were asked for; each further pass begins with page 1 again."""

    def __init__(self) -> None:
        self.number: int = 1
        """Of the pass, from 1."""
        self.asked: int = 1
        """The highest page of it that was asked for."""
        self._pages_before = 0

    def follow(self, coverage: Coverage, pages: int) -> None:
        """Begin with page 1 again where another pass has begun; so many pages were read by then."""
        if coverage.sweep > self.number:
            self.number, self.asked, self._pages_before = coverage.sweep, 0, pages

    def may_go_on(self, coverage: Coverage, oldest: int | None) -> bool:
        """Tell whether the next page of the pass is to be asked for: in the first pass without hope of proof as well.

        What is there is to be found.
        """
        if self.asked >= coverage.goal:
            return False
        return self.number == 1 if coverage.doubt else coverage.may_sweep(oldest)

    def next(self, size: int) -> Ask:
        """Return the next page to ask for."""
        self.asked += 1
        return Ask(self.asked, size)

    def is_over(self, coverage: Coverage) -> bool:
        """Tell whether every page of the pass was asked for."""
        return self.asked >= coverage.goal

    def goal(self, coverage: Coverage, *, exact: bool) -> tuple[int, int]:
        """Return how many pages are to be read in all and how many of them, at least, are not asked for yet."""
        # An exact list is swept twice at least.
        later = coverage.goal if exact and self.number == 1 else 0
        return self._pages_before + coverage.goal + later, max(0, coverage.goal - self.asked) + later
