"""How long a listing is tried before it counts as one that cannot be proved complete, and why not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.completeness.doubts import Doubt

MOST_ECHOES = 3
"""Pages with exactly the rows of another page, under the same total, before `page` counts as ignored. Changes that
cancel out in the total can move the rows by just one page; that they do so three times is no chance."""
MOST_FRUITLESS = 2
"""Re-reads of one page that changed nothing before the server counts as contradicting itself: a change that still goes
on explains one such answer, hardly two."""
MARGIN = 20
"""Requests beyond those that a list's length accounts for: one change can void all that is under way, which is 16
requests by default, so that a list of a page or two outlives one at least."""


class RereadLimit:
    """Counts what was in vain. `doubt` is set once it is certain that the list cannot be proved within the bound.

    Of a list that has n pages at first 2n + 20 more are asked for again: n for changes, which makes each page one that
    can be read again, and n for one sweep more, where the order is not stable. In "verified" they are 4n + 20: each
    boundary takes a bridge anyway, and one that does not hold takes both its pages and another bridge.
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

    def begin(self, pages: int) -> None:
        """Note how many pages the list has at first."""
        self._first_pages = pages

    def give_up(self, doubt: Doubt) -> None:
        """Note that the list cannot be proved; what was certain before stays the doubt."""
        self.doubt = self.doubt or doubt

    def note_result(self, number: int, *, fruitful: bool) -> None:
        """Note what reading a page again has brought."""
        self._fruitless[number] = 0 if fruitful else self._fruitless.get(number, 0) + 1

    def is_echo(self, pages: int) -> bool:
        """Tell whether all of so many pages but the first had the rows of another one."""
        return 0 < pages - 1 <= self._echoes

    def note_echo(self) -> None:
        """Note a page with exactly the rows of another one."""
        self._echoes += 1
        if self._echoes >= MOST_ECHOES:
            self.doubt = "page_ignored"

    def take(self, pages: int, *, otherwise: Doubt = "too_many_changes") -> bool:
        """Tell whether so many pages may be asked for again, and count them; sets `doubt` if not."""
        if self._asked + pages > self._rereads_a_page * self._first_pages + MARGIN:
            self.give_up(otherwise)
        if self.doubt is None:
            self._asked += pages
        return self.doubt is None

    def spend(self, requests: int, pages: Iterable[int], *, otherwise: Doubt = "too_many_changes") -> bool:
        """Tell whether so many requests may be sent for pages again, and count them; sets `doubt` if not."""
        if any(self._fruitless.get(page, 0) >= MOST_FRUITLESS for page in pages):
            self.give_up(self.flaw or otherwise)
        return self.take(requests, otherwise=otherwise)
