"""`--progress json`: the counters as one JSON object a second on standard error, for machines."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import msgspec
from attrs import asdict

from explo_async.cli.counted_pages import count_pages
from explo_async.cli.log_lines import log_lines_to
from explo_async.cli.terminal import write_line
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explo_async.progress import Progress
    from explo_async.stream import CustomerStream

SECONDS = 1.0


class Counters:
    """What has been done, as it stands."""

    def __init__(self) -> None:
        self._stream: CustomerStream | None = None
        self._already = 0
        self._progress: Progress | None = None
        self._written = 0

    def watch(self, stream: CustomerStream, *, already: int) -> None:
        """Count for this stream, which goes on from so many customers."""
        self._stream, self._already = stream, already

    def note(self, progress: Progress) -> None:
        """Take in what a page has changed."""
        self._progress = progress

    def note_written(self, customers: int, total: int) -> None:
        """Take in how many customers, of so many, the file has that is made when all have been read."""
        del total
        self._written = customers

    def to_json(self) -> dict[str, object]:
        """Return them by name; times are float seconds."""
        stats = self._stream.stats if self._stream else FetchStats()
        progress = self._progress
        report = self._stream.report if self._stream else None
        proved = report is not None and report.verdict != "incomplete"
        return {
            **asdict(stats),
            "pages": count_pages(stats, progress, self._already, proved=proved),
            "customers": stats.customers + self._already,
            "total_count": progress and progress.total_count,
            "pages_total": progress and progress.pages_total,
            "eta": progress and progress.eta,
            "waiting_for": self._stream and self._stream.waiting_for,
            "wait_left": self._stream and self._stream.wait_left,
            "resumed_from": self._already,
            "written": self._written,
            "verdict": report and report.verdict,
            "basis": report and report.basis,
        }


@contextlib.contextmanager
def counting() -> Iterator[Counters]:
    """Write the counters while the block runs and at its end, and each warning as {"warning": ...}."""
    counters, over = Counters(), threading.Event()

    def tick() -> None:
        while not over.wait(SECONDS):
            _write(counters.to_json())

    # A thread: a page that is decoded, or a file that is written, must not make the machine at the other end wait.
    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        with log_lines_to(lambda text: _write({"warning": text.removeprefix("warning: ")})):
            yield counters
    finally:
        over.set()
        ticking.join()
        _write(counters.to_json())


def _write(line: Mapping[str, object]) -> None:
    write_line(msgspec.json.encode(line).decode())
