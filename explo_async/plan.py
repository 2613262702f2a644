"""Page arithmetic: how many pages a list has, how many rows are due on each, which page bridges a boundary. Pure."""

from __future__ import annotations

from attrs import frozen

MAX_PAGES = 1_000_000
"""Most pages that a listing is planned for; more means that the server's total makes no sense."""
_LARGER = 50
"""How many sizes above the listing's a bridge may have: further ones bring rows that nobody waits for."""
_CENTRAL = 4
"""A boundary is far enough from both ends of a bridge at one part in so many: more gains little, and costs rows."""
_STEP, _MANY = 7, 100
"""By how much the sizes of further sweeps differ, and from how many rows a page on: see `other_size`."""


@frozen
class Ask:
    """A page to ask for; `size` differs from the listing's for a page that bridges a boundary, and for a mere count."""

    number: int
    size: int

    @property
    def first(self) -> int:
        """How many rows stand before it."""
        return (self.number - 1) * self.size


COUNT = Ask(1, 1)
"""The smallest request that tells the total."""


def page_count(total: int, size: int) -> int:
    """Return how many pages of `size` rows a list of `total` rows has."""
    return -(-total // size)


def rows_due(ask: Ask, total: int) -> int:
    """Return how many rows a page has when the list has `total`."""
    return max(0, min(ask.size, total - ask.first))


def other_size(size: int, turn: int, *, largest: int) -> int:
    """Return a page size for a further sweep, the `turn`th from 1: the largest first, then ever smaller ones.

    A database that sorts ties sorts them by how many rows it is asked for, and the larger a page the fewer boundaries
    there are for them to slip through. Further sizes are 7 rows apart, which moves each boundary out of a group of some
    ties, has no factor in common with round sizes, so that hardly a boundary stays where it was, and takes hardly more
    pages; with pages of up to 100 rows it would take more.
    """
    step = _STEP if largest > _MANY else 1
    return max(1, largest - step * (turn - (size < largest)))


def bridge(boundary: int, size: int) -> Ask | None:
    """Return a page that holds the rows on both sides of a boundary, which has `boundary` rows before it.

    The more rows on each side, the more changes it outlives: the first size that has a quarter of its rows on either
    side is taken, else the best. Sizes below `size` are preferred, since a server may clamp larger ones.
    """
    best, most = None, 0
    for other in (*range(size - 1, 1, -1), *range(size + 1, size + _LARGER)):
        before = boundary % other
        aside = min(before, other - before)
        if aside > most:
            best, most = Ask(boundary // other + 1, other), aside
        if best and _CENTRAL * aside >= other:
            break
        if best and other > size:
            break
    return best
