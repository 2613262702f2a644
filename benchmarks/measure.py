"""What a measured run leaves: wall and CPU time, peak memory, and the longest gap in the event loop."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

TICK = 0.001


class LoopWatch:
    """Notes the longest time in seconds for which the event loop did nothing but one thing."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._expected = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._schedule()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()

    def _schedule(self) -> None:
        self._expected = self._loop.time() + TICK
        self._timer = self._loop.call_at(self._expected, self._tick)

    def _tick(self) -> None:
        self.longest = max(self.longest, self._loop.time() - self._expected)
        self._schedule()


def peak_memory() -> int:
    """Return the process's largest resident size so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Stopwatch:
    """Wall and CPU seconds of a block."""

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.wall = time.perf_counter() - self._began[0]
        self.cpu = time.process_time() - self._began[1]
