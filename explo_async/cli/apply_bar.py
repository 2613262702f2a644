"""The progress bar of an apply: items that have ended, by outcome, and when it will be over."""

from __future__ import annotations

import contextlib
import sys
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from explo_async.cli.log_lines import log_lines_to
from explo_async.cli.progress_bar import format_seconds
from explo_async.cli.terminal import is_terminal, tell
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from explo_async.reconcile.apply import ApplyRun


class ApplyBar:
    """Two lines, drawn again and again by rich."""

    def __init__(self, run: ApplyRun, counts: Counter[str], clock: Callable[[], float] = monotonic) -> None:
        self._run = run
        self._counts = counts
        self._clock = clock
        self._began = clock()
        self._first = run.ended

    def __rich__(self) -> Group:
        run = self._run
        head = Table.grid(expand=True, padding=(0, 1, 0, 0))
        for ratio in (None, 1, None, None):
            head.add_column(ratio=ratio, no_wrap=True)
        percent = 100 * run.ended // run.total if run.total else 100
        head.add_row(
            Text(f"{run.ended:{len(f'{run.total:,}')},}/{run.total:,} items", style="bold"),
            ProgressBar(total=run.total or 1, completed=run.ended if run.total else 1),
            f"{percent:3}%",
            f"ETA {format_seconds(self.eta())}",
        )
        outcomes = " · ".join(f"{count:,} {outcome}" for outcome, count in sorted(self._counts.items()))
        return Group(head, Text(outcomes or "reading the list", style="dim", no_wrap=True, overflow="ellipsis"))

    def eta(self) -> float:
        """Return the seconds that the rest takes at the pace so far, and no less than the quota makes it take."""
        done = self._run.ended - self._first
        pace = (self._clock() - self._began) / done * (self._run.total - self._run.ended) if done else 0.0
        return max(pace, self._run.seconds_left)


@contextlib.contextmanager
def drawing(run: ApplyRun, counts: Counter[str], *, quiet: bool) -> Iterator[None]:
    """Show log lines on standard error while the block runs and, where it can move, a bar."""
    with contextlib.ExitStack() as scope:
        if quiet:
            scope.enter_context(log_lines_to(None))
        elif is_terminal(sys.stderr) and not (console := Console(stderr=True)).is_dumb_terminal:
            scope.enter_context(log_lines_to(lambda text: console.print(Text(f"explo-async: {one_line(text)}"))))
            scope.enter_context(
                Live(ApplyBar(run, counts), console=console, refresh_per_second=12, redirect_stdout=False)
            )
        else:
            scope.enter_context(log_lines_to(tell))
        yield
