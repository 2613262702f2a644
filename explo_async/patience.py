"""How long a listing is tried before it counts as one that cannot be proved complete, and why not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.evidence import Ask, Doubt

MOST_ECHOES = 3
"""Pages with exactly the rows of another page, under the same total, before `page` counts as ignored."""
MOST_FRUITLESS = 2
"""Re-reads of one page that changed nothing before the server counts as contradicting itself."""
MARGIN = 20
"""Pages beyond twice the number at first after which the list counts as changing too fast."""


class Patience:
    """Counts what was in vain. `doubt` is set once it is certain that the chain cannot be closed within the bound.

    Of a list that has n pages at first at most 2n + 20 pages are read, and at most 2n + 20 more asked for again
    (verified: 4n + 20).
    """

    def __init__(self, *, verified: bool) -> None:
        self.doubt: Doubt | None = None
        self.flaw: Doubt | None = None
        """What was wrong with the last answer that was not fit."""
        self._rereads_a_page = 4 if verified else 2
        self._first_pages = 0
        self._asked = 0
        self._fruitless: dict[int, int] = {}
        self._echoes = 0
        self._restarts = 0

    def grow(self, pages: int) -> None:
        """Note how many pages the list has."""
        self._first_pages = self._first_pages or max(1, pages)
        if pages > 2 * self._first_pages + MARGIN:
            self.doubt = "too_many_changes"

    def note_result(self, number: int, *, fruitful: bool) -> None:
        """Note what reading a page again has brought."""
        self._fruitless[number] = 0 if fruitful else self._fruitless.get(number, 0) + 1

    def note_echo(self) -> None:
        """Note a page with exactly the rows of another one."""
        self._echoes += 1
        if self._echoes >= MOST_ECHOES:
            self.doubt = "page_ignored"

    def restart(self) -> bool:
        """Tell whether to begin anew; a second time would end the same way."""
        self._restarts += 1
        if self._restarts > 1:
            self.doubt = self.flaw or "unordered"
        return self._restarts == 1

    def spend(self, asks: Sequence[Ask]) -> bool:
        """Tell whether these pages may be asked for again, and count them."""
        if any(self._fruitless.get(ask.number, 0) >= MOST_FRUITLESS for ask in asks):
            self.doubt = self.flaw or "too_many_changes"
        elif self._asked + len(asks) > self._rereads_a_page * self._first_pages + MARGIN:
            self.doubt = "unordered" if self._restarts else "too_many_changes"
        self._asked += len(asks)
        return self.doubt is None
