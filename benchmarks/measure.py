"""What a measured run leaves: wall and CPU time, peak memory, and the longest gap in the event loop."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from pathlib import Path
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
        # The last turn of the loop may have been the longest one.
        self._note()
        if self._timer:
            self._timer.cancel()

    def _schedule(self) -> None:
        self._expected = self._loop.time() + TICK
        self._timer = self._loop.call_at(self._expected, self._tick)

    def _tick(self) -> None:
        self._note()
        self._schedule()

    def _note(self) -> None:
        self.longest = max(self.longest, self._loop.time() - self._expected)


def peak_memory() -> int:
    """Return the process's largest resident size so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would begin with the parent's own peak: the kernel carries it over into a new program.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
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


class Meter:
    """All of it for one block: what is made once, such as a client and its TLS context, stays before the block."""

    def __init__(self) -> None:
        self.memory_before = self.memory_peak = 0
        self._stopwatch = Stopwatch()
        self._watch: LoopWatch | None = None

    def __enter__(self) -> Self:
        self.memory_before = peak_memory()
        try:
            self._watch = LoopWatch().__enter__()
        except RuntimeError:
            self._watch = None  # a peer that has no event loop
        self._stopwatch.__enter__()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopwatch.__exit__(exc_type, exc, traceback)
        if self._watch:
            self._watch.__exit__(exc_type, exc, traceback)
        self.memory_peak = peak_memory()

    def figures(self) -> dict[str, float | None]:
        """Return what was measured, in seconds and bytes."""
        return {
            "wall_seconds": self._stopwatch.wall,
            "cpu_seconds": self._stopwatch.cpu,
            "peak_memory_bytes": self.memory_peak,
            "memory_before_bytes": self.memory_before,
            "longest_gap_seconds": self._watch.longest if self._watch else None,
        }
