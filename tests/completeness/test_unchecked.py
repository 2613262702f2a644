"""The sweep that proves nothing: which pages it counts on, and which it misses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.evidence import Entry, Findings
from explo_async.completeness.unchecked import UncheckedSweep
from explo_async.plan import Ask
from tests.completeness.driving import Talk


def begin() -> tuple[UncheckedSweep, Talk]:
    sweep = UncheckedSweep(2)
    return sweep, Talk(sweep)


def connected(sweep: UncheckedSweep, answers: int) -> list[int]:
    """List the answers before which no page is missing."""
    return [index for index in range(answers) if sweep.holds(index)]


def test_begins_with_page_1() -> None:
    """Before any answer the only page to go for is the first."""
    sweep, _ = begin()
    assert (sweep.goal, sweep.missing(), sweep.totals) == (1, [], [])


def test_empty_list() -> None:
    """An empty list has one page to go for, and it is there."""
    sweep, talk = begin()
    talk.tell(1, "", 0)
    assert (sweep.goal, connected(sweep, 1), sweep.missing(), sweep.unique) == (1, [0], [], 0)


def test_tells_of_no_picture() -> None:
    """Nothing is known of what belongs together."""
    sweep, talk = begin()
    talk.tell(1, "ab", 2)
    assert sweep.picture_of(0) is None


def test_follows_the_latest_total() -> None:
    """The last page is that of the latest total; the distinct totals are kept as they were first seen."""
    sweep, talk = begin()
    goals = []
    for number, total in enumerate((7, 9, 7, 3), start=1):
        talk.tell(number, "ab", total)
        goals.append(sweep.goal)
    assert (goals, sweep.totals, sweep.total) == ([4, 5, 4, 2], [7, 9, 3], 3)


def test_counts_answers_and_rows() -> None:
    """Answers are numbered and rows counted as they come, and the same row twice is no duplicate to it."""
    sweep, talk = begin()
    assert [talk.tell(number, "ab", 4) for number in (1, 2)] == [Entry(0), Entry(1)]
    assert (sweep.unique, sweep.duplicates) == (4, 0)


def test_missing() -> None:
    """What is missing are the pages without an answer, up to the last by the latest total."""
    sweep, talk = begin()
    talk.tell(4, "ab", 13)
    talk.tell(1, "ab", 13)
    assert (connected(sweep, 2), sweep.missing()) == ([1], [2, 3, 5, 6, 7])
    talk.tell(2, "ab", 9)
    talk.tell(3, "ab", 9)
    assert (connected(sweep, 4), sweep.missing()) == ([0, 1, 2, 3], [5])


@pytest.mark.parametrize(("past", "total", "goal"), [(4, 6, 3), (2, 2, 1), (1, 0, 1), (9, 7, 4)])
def test_past_end(past: int, total: int, goal: int) -> None:
    """A page past the end bounds the total, and counts as answered."""
    sweep, talk = begin()
    talk.tell(1, "ab", 7)
    talk.past_end(past)
    assert (sweep.total, sweep.goal) == (total, goal)
    assert past not in sweep.missing()


def test_past_end_of_a_growing_list() -> None:
    """A page that was past the end counts as answered, also when the list has grown beyond it since."""
    sweep, talk = begin()
    talk.tell(1, "ab", 4)
    talk.past_end(3)
    talk.tell(2, "ab", 9)
    assert (sweep.goal, sweep.missing()) == (5, [4, 5])


@given(st.permutations(range(1, 12)))
def test_any_order_of_arrival(arrivals: list[int]) -> None:
    """In whatever order pages arrive, those before the first gap are connected, and at the end nothing is missing."""
    sweep, talk = begin()
    for so_far, number in enumerate(arrivals, start=1):
        talk.tell(number, "ab", 22)
        arrived = arrivals[:so_far]
        gap = next(following for following in range(1, 13) if following not in arrived)
        assert connected(sweep, so_far) == [index for index, there in enumerate(arrived) if there < gap]
        assert sweep.missing() == [other for other in range(1, 12) if other not in arrived]
    assert (connected(sweep, 11), sweep.missing()) == (list(range(11)), [])


def test_never_asks_again() -> None:
    """Whatever came, no page is asked for again, nothing waits, no doubt is raised, and the sweep counts as closed."""
    sweep, talk = begin()
    talk.tell(1, "ab", 9)
    talk.tell(1, "ab", 3)
    talk.past_end(2)
    assert talk.wanted(2, {Ask(2, 2)}, oldest=0) == []
    assert sweep.may_sweep(0)
    assert (sweep.doubt, sweep.closed, sweep.asked_again, sweep.sweep) == (None, True, set(), 1)
    assert (sweep.findings, sweep.selection, sweep.inversions) == (Findings(), None, 0)
