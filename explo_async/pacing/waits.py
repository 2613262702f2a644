"""What the requests of each call wait for, and how long: seconds of the clock, however many of them wait at once."""

from __future__ import annotations

from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.observer import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.observer import Observer
    from explo_async.progress import FetchStats, WaitingFor


@frozen
class Waiting:
    """What the requests of a call wait for."""

    what: WaitingFor
    left: float | None
    """Seconds until the next one may go out; None where only an answer, or the store, can tell."""


class QuotaWaits:
    """One per client. Knows a call by its counters, for as long as one of its requests waits."""

    def __init__(self, clock: Callable[[], float], observer: Observer = NOBODY) -> None:
        self._clock = clock
        self._observer = observer
        self._waiting: dict[int, tuple[int, float]] = {}
        self._first: tuple[WaitingFor, float] | None = None
        """What the first in the queue waits for, and until when: with it all others."""
        self._listeners: dict[int, Callable[[WaitingFor], object]] = {}

    @contextmanager
    def of_first(self) -> Iterator[None]:
        """Forget what the first in the queue has waited for, once the block is left."""
        try:
            yield
        finally:
            self._first = None

    def note(self, what: WaitingFor | None, seconds: float) -> None:
        """Note what the first in the queue waits for, and for how long; None is an outage, which is told elsewhere."""
        self._first = None if what is None else (what, self._clock() + seconds)
        for call in list(self._waiting):
            self._tell(call)

    def listen(self, stats: FetchStats, begun: Callable[[WaitingFor], object]) -> None:
        """Have `begun` called when a request of this call begins to wait; it must not raise."""
        self._listeners[id(stats)] = begun

    def forget(self, stats: FetchStats) -> None:
        """Call nobody for this call any more."""
        self._listeners.pop(id(stats), None)

    @contextmanager
    def counted(self, stats: FetchStats) -> Iterator[None]:
        """Count the block as a wait of this call, whatever ends it; what two requests wait together counts once."""
        waiting, since = self._waiting.get(id(stats), (0, self._clock()))
        self._waiting[id(stats)] = waiting + 1, since
        self._tell(id(stats))
        try:
            yield
        finally:
            now = self._clock()
            waiting, since = self._waiting.pop(id(stats))
            stats.quota_wait += now - since
            if waiting > 1:
                self._waiting[id(stats)] = waiting - 1, now
            self._observer.waited(now - since)

    def of(self, stats: FetchStats) -> Waiting | None:
        """Return what this call waits for, None where it has no request that waits. May be asked from any thread."""
        first = self._first
        if first is None or id(stats) not in self._waiting:
            return None
        what, until = first
        return Waiting(what, None if until == inf else max(0.0, until - self._clock()))

    def _tell(self, call: int) -> None:
        if self._first is not None and (begun := self._listeners.get(call)) is not None:
            begun(self._first[0])
