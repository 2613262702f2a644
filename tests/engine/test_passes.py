"""Where a run stands in its passes over the list."""

from __future__ import annotations

import pytest

from explo_async.engine.passes import Passes
from explo_async.plan import Ask
from tests.helpers.told import Told


def after(asked: int, *, number: int = 1) -> Passes:
    """Make passes of which so many pages were asked for."""
    passes = Passes()
    passes.number, passes.asked = number, asked
    return passes


def test_page_1_goes_out_by_itself() -> None:
    """The pages of the first pass are asked for from page 2 on, one after another."""
    passes = Passes()
    assert [passes.next(10), passes.next(10), passes.next(7)] == [Ask(2, 10), Ask(3, 10), Ask(4, 7)]
    assert (passes.number, passes.asked) == (1, 4)


@pytest.mark.parametrize(("asked", "may", "goes_on"), [(4, True, True), (4, False, False), (5, True, False)])
def test_a_pass_goes_on_to_its_last_page(asked: int, *, may: bool, goes_on: bool) -> None:
    """As far as the list is known to go, and as long as its proof lets it."""
    coverage = Told(5, may=may)
    assert after(asked).may_go_on(coverage, 3) is goes_on
    assert coverage.oldest == ([3] if asked < 5 else [])


@pytest.mark.parametrize(("number", "asked", "goes_on"), [(1, 4, True), (1, 5, False), (2, 4, False)])
def test_without_hope_of_proof_the_first_pass_is_ended(number: int, asked: int, *, goes_on: bool) -> None:
    """What is there is to be found, whatever the proof would have waited for; another pass would find nothing more."""
    coverage = Told(5, may=goes_on and number > 1, doubt="total_wrong")
    assert after(asked, number=number).may_go_on(coverage, None) is goes_on
    assert coverage.oldest == []


def test_another_pass_begins_with_page_1() -> None:
    """It is followed once, when it begins."""
    passes, coverage = after(5), Told(5)
    passes.follow(coverage, 5)
    assert (passes.number, passes.asked) == (1, 5)
    coverage.sweep = 2
    passes.follow(coverage, 5)
    assert (passes.number, passes.next(10)) == (2, Ask(1, 10))
    passes.follow(coverage, 6)
    assert passes.next(10) == Ask(2, 10)


@pytest.mark.parametrize(("asked", "over"), [(4, False), (5, True), (6, True)])
def test_a_pass_is_over_with_its_last_page(asked: int, *, over: bool) -> None:
    """A list that has become shorter ends it as well."""
    assert after(asked).is_over(Told(5)) is over


@pytest.mark.parametrize(
    ("asked", "exact", "goal", "to_come"), [(1, False, 5, 4), (5, False, 5, 0), (7, False, 5, 0), (1, True, 10, 9)]
)
def test_the_goal_is_known_from_page_1_on(asked: int, goal: int, to_come: int, *, exact: bool) -> None:
    """An exact list is read twice at least; a list that has become shorter has no pages to come."""
    assert after(asked).goal(Told(5), exact=exact) == (goal, to_come)


def test_pages_of_former_passes_are_part_of_the_goal() -> None:
    """In the second pass of an exact list no third one is expected."""
    passes = after(5)
    passes.follow(Told(5, sweep=2), 6)
    passes.next(10)
    assert passes.goal(Told(4, sweep=2), exact=True) == (6 + 4, 3)
