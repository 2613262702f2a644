"""What the exact snapshot hands on before its end, and that nothing of it may be missing from the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.exact import ExactSnapshot
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk, selected

if TYPE_CHECKING:
    from explo_async.completeness.handing import Handing
    from tests.completeness.driving import Phase

FIVE = "abcde"


def test_in_order_stops_at_a_row_that_was_not_known() -> None:
    """A page with a new row, and all after it, wait for the next sweep: that row may have to come first."""
    exact = ExactSnapshot(2, handing="in order")
    talk = Talk(exact)
    first = [talk.tell(number, rows, 4) for number, rows in ((1, "ab"), (2, "cd"))]
    assert [(entry.fresh, entry.skips, exact.holds(entry.index)) for entry in first] == [([], True, False)] * 2
    assert talk.wanted(2) == [COUNT]
    talk.tell(COUNT, "a", 4)
    # Page 2 comes first, and waits for page 1.
    later = talk.tell(2, "xc", 5)
    assert (later.fresh, later.skips, later.withdraws, exact.holds(later.index)) == ([1], False, False, False)
    known = talk.tell(1, "ab", 5)
    assert (known.fresh, exact.holds(known.index), known.withdraws) == ([0, 1], True, True)
    assert not exact.holds(later.index)
    stopped = talk.tell(3, "d", 5)
    assert (stopped.fresh, stopped.skips) == ([], True)
    assert not exact.closed
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 5)
    again = [talk.tell(Ask(1, 1000), "abxcd", 5)]
    assert (again[0].fresh, exact.holds(again[0].index)) == ([2, 3, 4], True)
    assert exact.closed
    assert selected(exact, "abcdx") == "abcdx"


def test_a_row_that_another_page_of_this_sweep_brought_is_not_known() -> None:
    """Page 2 came first with a new row, which page 1 shows as well: it stops page 1 too."""
    exact = ExactSnapshot(2, handing="in order")
    talk = Talk(exact)
    talk.tell(1, "ab", 4)
    talk.tell(2, "cd", 4)
    assert talk.wanted(2) == [COUNT]
    talk.tell(COUNT, "a", 4)
    talk.tell(2, "xb", 5)
    first = talk.tell(1, "ax", 5)
    assert (exact.holds(first.index), first.withdraws) == (False, True)


def test_what_waited_in_one_sweep_does_not_wait_in_the_next() -> None:
    """Pages that waited for one that stopped are dropped, and come again."""
    exact = ExactSnapshot(2, handing="in order", largest=2)
    talk = Talk(exact)
    talk.tell(1, "ab", 4)
    talk.tell(2, "cd", 4)
    assert talk.wanted(2) == [COUNT]
    talk.tell(COUNT, "a", 4)
    talk.tell(2, "bc", 5)
    talk.tell(1, "xa", 5)
    talk.tell(3, "d", 5)
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "x", 5)
    entries = [talk.tell(Ask(number, 1), row, 5) for number, row in enumerate("xabcd", 1)]
    assert [(entry.fresh, exact.holds(entry.index)) for entry in entries] == [([0], True)] * 5
    assert exact.closed


def test_in_order_goes_on_in_the_next_sweep() -> None:
    """Each row is handed on once and in the order of the list, also when one came in between."""
    site = Site(list("abcdef"))
    exact = ExactSnapshot(2, handing="in order", largest=2)

    def change(ask: Ask, phase: Phase) -> None:
        if exact.sweep == 2 and (ask.number, phase) == (2, "count") and "x" not in site.rows:
            site.rows.insert(2, "x")

    run = Run(exact, site, change)
    assert run.go() is None
    assert run.delivered == list("abxcdef")
    assert exact.sweep == 3


def test_as_they_come() -> None:
    """Rows go as soon as they are met again; what is handed on must be the list, so a later moment may be needed."""
    site = Site(list("abcd"))
    exact = ExactSnapshot(2, handing="as they come")

    def change(ask: Ask, phase: Phase) -> None:
        if exact.sweep == 2 and (ask.number, phase) == (2, "count") and "x" not in site.rows:
            site.rows.append("x")

    run = Run(exact, site, change)
    assert run.go() is None
    assert run.fresh == list("abcd")
    assert selected(exact, "abcdx") == "abcd"
    assert exact.holds(0) is False


def test_a_row_handed_on_that_is_gone_is_an_end_without_proof() -> None:
    """What was handed on can only be of a moment at which it was there; a list without it never closes."""
    exact = ExactSnapshot(2, handing="as they come")
    talk = Talk(exact)
    talk.tell(1, "ab", 2)
    assert talk.wanted(1) == [COUNT]
    talk.tell(COUNT, "a", 2)
    assert talk.tell(1, "a", 1).fresh == [0]
    assert not exact.closed
    while talk.wanted(1):
        talk.tell(COUNT, "a", 1)
        talk.tell(1, "a", 1)
    # a alone is the list at any later moment, and it is all that was handed on.
    assert exact.closed
    gone = ExactSnapshot(2, handing="as they come")
    gone.recall("ab")
    run = Run(gone, Site(["a"]))
    assert run.go() == "handed_out"
    assert not gone.closed


@pytest.mark.parametrize("handing", ["in order", "as they come"])
def test_recalled_rows_are_not_handed_on_again(handing: Handing) -> None:
    """Rows of a former run were seen before every moment of this one, and must be of the list in the end."""
    exact = ExactSnapshot(2, handing=handing)
    exact.recall("ab")
    run = Run(exact, Site(list(FIVE)))
    assert run.go() is None
    assert (run.delivered, exact.unique) == (list("cde"), 5)
    assert selected(exact, FIVE) == FIVE
    assert exact.sweep == 2


@pytest.mark.parametrize("handing", ["in order", "as they come"])
def test_recalled_rows_that_are_gone(handing: Handing) -> None:
    """A list without a row that was handed on before is never closed: two sweeps without it are enough."""
    exact = ExactSnapshot(2, handing=handing)
    exact.recall("xa")
    run = Run(exact, Site(list(FIVE)))
    assert run.go() == "handed_out"
    assert (exact.closed, exact.sweep) == (False, 2)
