"""How far a comparison is. Pure."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 -- attrs reads it

from attrs import define


@define
class Counts:
    """Customers so far."""

    read: int = 0
    """Of both lists."""
    unchanged: int = 0
    """The same in both lists."""
    changed: int = 0
    """In both lists, and not the same."""
    look: Callable[[], float | None] = lambda: None
    """Tells about which share of the work is done, to any thread."""

    @property
    def share(self) -> float | None:
        """About which share of the work is done, from 0 to 1; None where that is not known."""
        return self.look()

    @property
    def matched(self) -> int:
        """How many are known to be in both lists."""
        return self.unchanged + self.changed
