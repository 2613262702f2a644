"""How many pages may be under way at once, beside those that wait for the consumer. Pure."""

from __future__ import annotations

from attrs import frozen

LEGS = 3
"""A page's time on the way, until a page asked for after it has come, and until all that was asked for before that."""

MOST_BYTES = 40_000_000
"""What the pages of a stream may come to together, two of any size apart: each is there as it came, and as rows."""


@frozen
class Window:
    """The bounds of one run: `concurrency` requests at once, and for a stream `pages` that it may keep."""

    concurrency: int
    pages: int | None

    def has_room(self, *, out: int, under_way: int, waiting: int, is_starved: bool, page_bytes: float) -> bool:
        """Tell whether one more page may be asked for, of which one has so many bytes, 0 for unknown.

        `out` of those `under_way` are requests that were sent or wait for their turn, the others are decoded or back
        off; `waiting` pages wait for the consumer, who is starved when he waits for them.
        """
        if self.pages is None:
            return out < self.concurrency and under_way < 2 * self.concurrency
        # Rows wait for answers that are sent after theirs, and for what was under way with these: while the consumer
        # has nothing, as many pages more may be on these two legs.
        most = LEGS * self.pages if is_starved and out < self.concurrency else self.pages
        if page_bytes:
            most = min(most, max(2, int(MOST_BYTES / page_bytes)))
        return under_way + waiting < most
