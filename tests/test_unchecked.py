"""The sweep that proves nothing: which pages it counts on, and which it misses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.evidence import Ask, Entry
from explo_async.unchecked import UncheckedSweep


def answer(sweep: UncheckedSweep, number: int, total: int, keys: str = "ab") -> None:
    """Let a page arrive; all its rows count as fresh."""
    index = sweep.moment
    assert sweep.add(Ask(number, sweep.size), total=total, keys=keys, sent=index) == Entry(index)


def connected(sweep: UncheckedSweep) -> list[int]:
    """List the answers before which no page is missing."""
    return [index for index in range(sweep.moment) if sweep.holds(index)]


def test_begins_with_page_1() -> None:
    """Before any answer the only page to go for is the first."""
    sweep = UncheckedSweep(2)
    assert (sweep.goal, sweep.moment, sweep.missing(), sweep.totals) == (1, 0, [], [])


def test_empty_list() -> None:
    """An empty list has one page to go for, and it is there."""
    sweep = UncheckedSweep(2)
    answer(sweep, 1, 0, "")
    assert (sweep.goal, connected(sweep), sweep.missing(), sweep.unique) == (1, [0], [], 0)


def test_follows_the_latest_total() -> None:
    """The last page is that of the latest total; the distinct totals are kept as they were first seen."""
    sweep = UncheckedSweep(2)
    goals = []
    for number, total in enumerate((7, 9, 7, 3), start=1):
        answer(sweep, number, total)
        goals.append(sweep.goal)
    assert (goals, sweep.totals, sweep.total) == ([4, 5, 4, 2], [7, 9, 3], 3)


def test_counts_answers_and_rows() -> None:
    """Answers and rows are counted as they come, and the same row twice is no duplicate to it."""
    sweep = UncheckedSweep(2)
    answer(sweep, 1, 4)
    answer(sweep, 2, 4)
    assert (sweep.moment, sweep.unique, sweep.duplicates) == (2, 4, 0)


def test_missing() -> None:
    """What is missing are the pages without an answer, up to the last by the latest total."""
    sweep = UncheckedSweep(2)
    answer(sweep, 4, 13)
    answer(sweep, 1, 13)
    assert (connected(sweep), sweep.missing()) == ([1], [2, 3, 5, 6, 7])
    answer(sweep, 2, 9)
    answer(sweep, 3, 9)
    assert (connected(sweep), sweep.missing()) == ([0, 1, 2, 3], [5])


@pytest.mark.parametrize(("past", "total", "goal"), [(4, 6, 3), (2, 2, 1), (1, 0, 1), (9, 7, 4)])
def test_past_end(past: int, total: int, goal: int) -> None:
    """A page past the end bounds the total, and counts as answered."""
    sweep = UncheckedSweep(2)
    answer(sweep, 1, 7)
    sweep.past_end(past)
    assert (sweep.total, sweep.goal) == (total, goal)
    assert past not in sweep.missing()


def test_past_end_of_a_growing_list() -> None:
    """A page that was past the end counts as answered, also when the list has grown beyond it since."""
    sweep = UncheckedSweep(2)
    answer(sweep, 1, 4)
    sweep.past_end(3)
    answer(sweep, 2, 9)
    assert (sweep.goal, sweep.missing()) == (5, [4, 5])


@given(st.permutations(range(1, 12)))
def test_any_order_of_arrival(arrivals: list[int]) -> None:
    """In whatever order pages arrive, those before the first gap are connected, and at the end nothing is missing."""
    sweep = UncheckedSweep(2)
    for so_far, number in enumerate(arrivals, start=1):
        answer(sweep, number, 22)
        arrived = arrivals[:so_far]
        gap = next(following for following in range(1, 13) if following not in arrived)
        assert connected(sweep) == [index for index, there in enumerate(arrived) if there < gap]
        assert sweep.missing() == [other for other in range(1, 12) if other not in arrived]
    assert (connected(sweep), sweep.missing()) == (list(range(11)), [])


def test_never_asks_again() -> None:
    """Whatever came, no page is asked for again, no doubt is raised, and the sweep counts as closed."""
    sweep = UncheckedSweep(2)
    answer(sweep, 1, 9)
    answer(sweep, 1, 3)
    sweep.past_end(2)
    assert sweep.wanted({Ask(2, 2)}, swept=2) == []
    assert (sweep.doubt, sweep.closed, sweep.asked_again) == (None, True, set())
