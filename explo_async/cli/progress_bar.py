"""The progress bar: what a fetch has done, what holds it up, and when it will be over."""

from __future__ import annotations

import contextlib
import sys
from math import ceil, inf
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from explo_async.cli.counted_pages import count_pages
from explo_async.cli.exits import describe
from explo_async.cli.log_lines import log_lines_to
from explo_async.cli.terminal import is_terminal, tell
from explo_async.progress import FetchStats
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.progress import Progress, WaitingFor
    from explo_async.stream import CustomerStream

PATIENCE = 1.0
"""Seconds without a page after which the bar says so, or by which an estimate may be wrong and still be shown."""

SHOWN = 0.05
"""Seconds of waiting that the line shows as more than none."""

WAITS: dict[WaitingFor, str] = {
    "quota": "waiting for the quota",
    "pause": "pause after a 429",
    "store": "quota's store shut",
}

MINUTE = 60


class Bar:
    """Two lines: drawn again and again by rich, in a thread of its own, from the counters as they stand."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._noted = self._moved = self._began
        self._progress: Progress | None = None
        self._stream: CustomerStream | None = None
        self._already = 0
        self._written: int | None = None
        self._kept = 0

    def watch(self, stream: CustomerStream, *, already: int = 0) -> None:
        """Show the counters of this stream, which goes on from so many customers."""
        self._stream, self._already = stream, already

    def note_written(self, customers: int, total: int) -> None:
        """Show how many customers, of so many, the file has that is made when all have been read."""
        self._written, self._kept = customers, total

    def note(self, progress: Progress) -> None:
        """Take in what a page has changed, or that there is a wait: for `on_progress`."""
        self._noted = self._clock()
        if progress.waiting_for is None or self._progress is None or progress.pages != self._progress.pages:
            self._moved = self._noted
        self._progress = progress

    def __rich__(self) -> Group:
        if self._stream is None and self._written is None:
            # What fails before the first request needs no bar.
            return Group()
        stats = self._stream.stats if self._stream else FetchStats()
        progress = self._progress
        total = progress.total_count if progress else None
        pages = progress.pages_total if progress else None
        still = self._clock() - self._moved
        customers = stats.customers + self._already
        if self._stream is None:
            # A former export had read them all.
            customers = total = self._kept
        report = self._stream.report if self._stream else None
        proved = report is not None and report.verdict != "incomplete"
        wait_left = self._stream.wait_left if self._stream and not report else None
        wait = _describe_wait(self._stream.waiting_for, wait_left) if self._stream and not report else None
        waits = still > PATIENCE and stats.pages != pages and self._written is None
        head = Table.grid(expand=True, padding=(0, 1, 0, 0))
        for ratio in (None, 1, None, None):
            head.add_column(ratio=ratio, no_wrap=True)
        head.add_row(
            Text(f"{customers:{len(_or_unknown(total))},}/{_or_unknown(total)} customers", style="bold"),
            ProgressBar(total=total, completed=customers, pulse=total is None),
            f"{_percent(customers, total):3}%",
            f"ETA {self._eta(wait_left)}",
        )
        # At the end the line is for the verdict, if hardly anything was waited for: a store takes its time as well.
        quota = () if proved and stats.quota_wait < PATIENCE else (f"quota wait {stats.quota_wait:,.1f} s",)
        parts: tuple[str, ...] = (
            f"pages {count_pages(stats, progress, self._already, proved=proved):,}/{_or_unknown(pages)}",
            f"requests {stats.requests:,}",
            f"429s {stats.rate_limited:,}",
            *quota,
            f"waiting {still:.0f} s" if waits else f"elapsed {_elapsed(self._clock() - self._began)}",
        )
        if wait is not None:
            waits = True
            parts = (*parts[:3], wait)
        if report and proved:
            parts = (*parts, describe(report))
        if self._written is not None:
            parts = (f"all read, {self._written:,} written to the file", *parts[3 + len(quota) :])
        style = "yellow" if waits else "dim"
        return Group(head, Text(" · ".join(parts), style=style, no_wrap=True, overflow="ellipsis"))

    def _eta(self, wait_left: float | None) -> str:
        if self._stream is None:
            return format_seconds(0)
        eta = self._progress.eta if self._progress else None
        if eta is None:
            return "-:--"
        # A wait may be younger than the estimate.
        left = max(eta - (self._clock() - self._noted), wait_left or -inf)
        return "-:--" if left < -PATIENCE and eta > 0 else format_seconds(max(0.0, left))


@contextlib.contextmanager
def watching(*, quiet: bool, drawn: bool = True) -> Iterator[Bar]:
    """Show the log lines on standard error while the block runs and, where it can move, a bar (if `drawn`)."""
    bar = Bar()
    with contextlib.ExitStack() as scope:
        if quiet:
            scope.enter_context(log_lines_to(None))
        elif drawn and is_terminal(sys.stderr) and not (console := Console(stderr=True)).is_dumb_terminal:

            def write_above(text: str) -> None:
                console.print(Text(f"explo-async: {one_line(text)}"))

            scope.enter_context(log_lines_to(write_above))
            scope.enter_context(Live(bar, console=console, refresh_per_second=12, redirect_stdout=False))
        else:
            scope.enter_context(log_lines_to(tell))
        yield bar


def format_seconds(seconds: float) -> str:
    """Write a time as `m:ss` or `h:mm:ss`, rounded up."""
    minutes, rest = divmod(ceil(seconds), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _elapsed(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < MINUTE else format_seconds(seconds)


def _describe_wait(what: WaitingFor | None, left: float | None) -> str | None:
    """Say what is waited for, where that is worth a word."""
    if left is None:
        return "quota's store away" if what == "store" else None
    return f"{WAITS[what]}, {ceil(left)} s left" if what and left > SHOWN else None


def _or_unknown(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _percent(part: int, whole: int | None) -> int:
    if not whole:
        return 0 if whole is None else 100
    return min(100, 100 * part // whole)
