"""The bar of a comparison: how much is read and matched, and when it will be over."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from explo_async.cli import comparison_bar
from explo_async.cli.comparison_bar import ComparisonBar
from explo_async.diff.comparison import Comparison
from explo_async.diff.counts import Counts

if TYPE_CHECKING:
    import pytest


def draw(comparison: Comparison, *, after: float, width: int = 80) -> str:
    """Draw it so many seconds after its beginning."""
    times = iter([0.0, after])
    bar = ComparisonBar(comparison, lambda: next(times))
    console = Console(width=width, force_terminal=True, color_system=None, highlight=False)
    with console.capture() as drawn:
        console.print(bar)
    return drawn.get().rstrip()


def at(read: int, unchanged: int = 0, changed: int = 0) -> Comparison:
    """Make a comparison that is so far."""
    comparison = Comparison([], [])
    comparison.counts = Counts(read, unchanged, changed)
    return comparison


def test_a_short_comparison_has_no_bar() -> None:
    """Nothing flickers."""
    assert draw(at(read=5), after=0.9) == ""


def test_what_it_shows() -> None:
    """Rows, matches, a share and the time that is left, on one line of 80 columns."""
    comparison = at(read=2_000_000, unchanged=900_000, changed=7)
    comparison.counts.look = lambda: 0.25
    line = draw(comparison, after=3.0)
    assert re.fullmatch(r"2,000,000 rows read, 900,007 matched +\S+ +25% ETA 0:09", line), line
    assert len(line) <= 80


def test_what_is_not_known() -> None:
    """While files are read nobody knows how long it takes."""
    assert re.fullmatch(r"5 rows read, 0 matched .* ETA -:--", draw(at(read=5), after=2.0))


def test_it_is_drawn_where_it_can_move(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """And is gone at the end."""
    monkeypatch.setattr(comparison_bar, "is_terminal", lambda _: True)
    monkeypatch.setattr(comparison_bar, "PATIENCE", 0.0)
    monkeypatch.setattr(comparison_bar, "Console", partial(Console, force_terminal=True, width=80))
    monkeypatch.setenv("TERM", "xterm")
    with comparison_bar.comparing(at(read=5), drawn=True):
        pass
    assert "5 rows read, 0 matched" in capfd.readouterr().err
    with comparison_bar.comparing(at(read=5), drawn=False):
        pass
    assert capfd.readouterr().err == ""
