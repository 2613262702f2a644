"""How long the requests of each call wait for the quota: seconds of the clock, however many of them wait at once."""

from __future__ import annotations

from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.progress import FetchStats


class QuotaWaits:
    """One per client. Knows a call by its counters, for as long as one of its requests waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.opens_at: float | None = None
        """When the quota lets the next request through; None when nobody waits, or only an answer can tell."""
        self._clock = clock
        self._waiting: dict[int, tuple[int, float]] = {}

    @contextmanager
    def until_open(self, seconds: float) -> Iterator[None]:
        """Tell for how long the quota lets nothing through, while the block waits; `inf` tells nothing."""
        self.opens_at = self._clock() + seconds if seconds < inf else None
        try:
            yield
        finally:
            self.opens_at = None

    @contextmanager
    def counted(self, stats: FetchStats) -> Iterator[None]:
        """Count the block as a wait of this call, whatever ends it; what two requests wait together counts once."""
        waiting, since = self._waiting.get(id(stats), (0, self._clock()))
        self._waiting[id(stats)] = waiting + 1, since
        try:
            yield
        finally:
            now = self._clock()
            waiting, since = self._waiting.pop(id(stats))
            stats.quota_wait += now - since
            if waiting > 1:
                self._waiting[id(stats)] = waiting - 1, now

    def left(self, stats: FetchStats) -> float | None:
        """Return the seconds until the next request may go out, None where this call has none that waits for that.

        May be asked from any thread.
        """
        opens_at = self.opens_at
        if opens_at is None or id(stats) not in self._waiting:
            return None
        return max(0.0, opens_at - self._clock())
