"""Page arithmetic: how many pages a list has, how many rows are due on each, which page bridges a boundary. Pure."""

from __future__ import annotations

MAX_PAGES = 1_000_000
"""Most pages that a listing is planned for; more means that the server's total makes no sense."""
_LARGER = 50


def page_count(total: int, size: int) -> int:
    """Return how many pages of `size` rows a list of `total` rows has."""
    return -(-total // size)


def rows_due(number: int, size: int, total: int) -> int:
    """Return how many rows page `number` has when the list has `total`."""
    return max(0, min(size, total - (number - 1) * size))


def bridge(boundary: int, size: int) -> tuple[int, int] | None:
    """Return (page number, page size) of a page that holds the rows on both sides of a boundary.

    `boundary` is the number of rows before it. Sizes below `size` are preferred: a server may clamp larger ones.
    """
    for other in (*range(size - 1, 1, -1), *range(size + 1, size + _LARGER)):
        if boundary % other:
            return boundary // other + 1, other
    return None
