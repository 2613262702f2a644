from __future__ import annotations

import pytest

from explo_async.completeness.sweeps import Sweeps


def make_sweeps(size: int = 3, *, total: int = 0, largest: int = 1000) -> Sweeps:
    sweeps = Sweeps(size, largest=largest)
    sweeps.note_total(total)
    return sweeps


def test_before_any_answer() -> None:
    """Page 1 is read whatever comes."""
    sweeps = Sweeps(3, largest=1000)
    assert (sweeps.number, sweeps.page_size, sweeps.goal, sweeps.total, sweeps.totals) == (1, 3, 1, 0, [])
    assert not sweeps.is_outgrown


def test_totals() -> None:
    """The latest total counts; each is kept once, in the order in which they were first told."""
    sweeps = make_sweeps(total=7)
    for total in (9, 7, 6):
        sweeps.note_total(total)
    assert (sweeps.total, sweeps.totals, sweeps.goal, sweeps.first_pages) == (6, [7, 9, 6], 2, 3)


def test_an_answer_past_the_end_bounds_the_total() -> None:
    """It makes the total no larger than it was, and is none that was told."""
    sweeps = make_sweeps(total=7)
    sweeps.note_end(9)
    assert sweeps.total == 7
    sweeps.note_end(3)
    assert (sweeps.total, sweeps.goal, sweeps.totals) == (3, 1, [7])


@pytest.mark.parametrize(("first", "most"), [(0, 22), (3, 22), (15, 30)])
def test_growth(first: int, most: int) -> None:
    """A list is followed to twice its pages at first, an empty one counting as one page, and 20 more."""
    sweeps = make_sweeps(total=first)
    sweeps.note_total(3 * most)
    assert (sweeps.goal, sweeps.is_outgrown) == (most, False)
    sweeps.note_total(3 * most + 1)
    assert (sweeps.goal, sweeps.is_outgrown) == (most, True)
    sweeps.note_total(first)
    assert not sweeps.is_outgrown


def test_further_sweeps() -> None:
    """Each may have pages of its own size, and goes to the last row whichever that is."""
    sweeps = make_sweeps(total=120, largest=3)
    sweeps.begin(0)
    assert (sweeps.number, sweeps.page_size, sweeps.goal) == (2, 3, 40)
    sweeps.begin(2)
    assert (sweeps.number, sweeps.page_size, sweeps.goal) == (3, 1, 120)


def test_the_largest_page_comes_first() -> None:
    """Another size is the largest at first; once the server was seen to clamp it, smaller ones than the usual."""
    sweeps = make_sweeps(total=9)
    sweeps.begin(1)
    assert sweeps.page_size == 1000
    sweeps.clamp()
    sweeps.begin(1)
    assert sweeps.page_size == 2


def test_a_page_of_the_listing_may_be_the_largest() -> None:
    """The listing's own size is never taken for too large."""
    assert Sweeps(3, largest=2).largest == 3
