"""The bar of a comparison of two kept lists: how much was read and matched, and when it will be over."""

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

from explo_async.cli.progress_bar import PATIENCE, format_seconds
from explo_async.cli.terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.diff.comparison import Comparison


class ComparisonBar:
    """One line, for a comparison that takes more than a moment."""

    def __init__(self, comparison: Comparison, clock: Callable[[], float] = monotonic) -> None:
        self._comparison = comparison
        self._clock = clock
        self._began = clock()

    def __rich__(self) -> Group | Table:
        elapsed = self._clock() - self._began
        if elapsed < PATIENCE:
            return Group()
        counts = self._comparison.counts
        share = counts.share
        line = Table.grid(expand=True, padding=(0, 1, 0, 0))
        for ratio in (None, 1, None, None):
            line.add_column(ratio=ratio, no_wrap=True)
        line.add_row(
            Text(f"{counts.read:,} rows read, {counts.matched:,} matched", style="bold"),
            ProgressBar(total=1.0, completed=share or 0.0, pulse=share is None),
            f"{share:4.0%}" if share is not None else "",
            f"ETA {format_seconds(elapsed / share - elapsed) if share else '-:--'}",
        )
        return line


@contextlib.contextmanager
def comparing(comparison: Comparison, *, drawn: bool) -> Iterator[None]:
    """Show a bar on standard error while the block runs, where it can move and is `drawn`."""
    with contextlib.ExitStack() as scope:
        if drawn and is_terminal(sys.stderr) and not (console := Console(stderr=True)).is_dumb_terminal:
            bar = ComparisonBar(comparison)
            scope.enter_context(Live(bar, console=console, refresh_per_second=4, transient=True, redirect_stdout=False))
        yield
