"""When `on_progress` is called: after each page, when a wait begins, and each second while it lasts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.waits import QuotaWaits
    from explo_async.progress import FetchStats, Progress, WaitingFor

AGAIN = 1.0
"""Seconds between two calls while a wait lasts."""


class Telling:
    """Tells the caller of one run how it stands."""

    def __init__(
        self,
        on_progress: Callable[[Progress], object],
        make: Callable[[], Progress],
        failed: Callable[[Exception], object],
    ) -> None:
        """`make` says how the run stands; `failed` hears of what `on_progress` raises while the run waits."""
        self._on_progress = on_progress
        self._make = make
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._told: WaitingFor | None = None
        self._stop: Callable[[], object] = int

    def watch(self, waits: QuotaWaits, stats: FetchStats) -> None:
        """Tell of the waits of this call from now on."""

        def tell() -> None:
            waiting = waits.of(stats)
            if waiting is None:
                self._told = None
                return
            self._told, self._timer = waiting.what, self._loop.call_later(AGAIN, tell)
            try:
                self.tell()
            except Exception as bug:  # noqa: BLE001 -- the consumer must get it, not the loop's log
                self._failed(bug)

        def begin(what: WaitingFor) -> None:
            # Of waits that follow each other within the second one is told, unless they are of two kinds.
            if what != self._told:
                self._cancel()
                self._timer = self._loop.call_soon(tell)

        waits.listen(stats, begin)
        self._stop = lambda: waits.forget(stats)

    def tell(self) -> None:
        """Call `on_progress`; raises what it raises."""
        self._on_progress(self._make())

    def stop(self) -> None:
        """Tell nothing more."""
        self._stop()
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
