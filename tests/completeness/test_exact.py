"""The exact snapshot: rows seen both before and after a COUNT, as many as it told."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.evidence import Entry, Findings
from explo_async.completeness.exact import ExactSnapshot
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk, selected

if TYPE_CHECKING:
    from explo_async.completeness.handing import Handing
    from tests.completeness.driving import Phase

FIVE = "abcde"
HANDINGS: tuple[Handing, ...] = ("at the end", "in order", "as they come")


@pytest.mark.parametrize("handing", HANDINGS)
@pytest.mark.parametrize(("rows", "requests"), [(FIVE, 7), ("ab", 3), ("", 3)])
def test_a_quiet_list_takes_two_sweeps_and_one_count(rows: str, requests: int, handing: Handing) -> None:
    """n pages, the COUNT, and n pages again; then the list is the rows of both sweeps."""
    exact = ExactSnapshot(2, handing=handing)
    run = Run(exact, Site(list(rows)), at_once=3)
    assert run.go() is None
    assert len(run.asks) == requests
    assert run.asks[requests // 2] == COUNT
    assert (exact.findings.basis, exact.unique, exact.totals) == ("exact", len(rows), [len(rows)])
    assert selected(exact, FIVE + "x") == rows
    assert (run.delivered if handing == "in order" else run.fresh) == list(rows)
    assert (exact.asked_again, exact.inversions, exact.sweep_size) == (set(), 0, 2)


def test_what_is_known_on_the_way() -> None:
    """Before there is a proof there is no basis, no selection, and the COUNT waits until nothing is under way."""
    exact = ExactSnapshot(2)
    talk = Talk(exact)
    assert (exact.goal, exact.missing(), exact.findings, exact.selection) == (1, [1], Findings(), None)
    assert talk.tell(1, "ab", 5) == Entry(0, [0, 1])
    assert (exact.goal, exact.missing(), exact.may_sweep(0)) == (3, [2, 3], True)
    talk.tell(3, "e", 5)
    assert talk.wanted(2) == []
    assert talk.wanted(3, {Ask(2, 2)}) == []
    talk.tell(2, "cd", 5)
    assert talk.wanted(3) == [COUNT]
    assert not exact.may_sweep(None)
    assert not exact.closed
    entry = talk.tell(COUNT, "a", 5, when=(7.0, 8.0))
    assert (entry.fresh, entry.skips, entry.withdraws) == ([], True, True)
    assert exact.may_sweep(None)
    assert (exact.sweep, exact.missing(), exact.closed) == (2, [1, 2, 3], False)
    for number, rows in ((1, "ab"), (2, "cd")):
        assert talk.tell(number, rows, 5).fresh == []
        assert not exact.closed
    talk.tell(3, "e", 5)
    assert exact.closed
    assert talk.wanted(3) == []
    assert exact.findings == Findings(basis="exact", moment=(7.0, 8.0))
    assert exact.selection is not None
    assert [exact.selection.takes(index) for index in range(8)] == [False] * 4 + [True] * 3 + [False]
    assert exact.duplicates == 5


def test_a_row_that_went_after_the_moment_makes_a_later_one_count() -> None:
    """It was seen before T and not after: so the rows of both are too few, until there is another T."""
    site = Site(list(FIVE))
    exact = ExactSnapshot(2)

    def change(ask: Ask, phase: Phase) -> None:
        if exact.sweep == 2 and (ask.number, phase) == (1, "count") and "e" in site.rows:
            site.rows.remove("e")

    run = Run(exact, site, change)
    assert run.go() is None
    assert selected(exact, FIVE) == "abcd"
    assert exact.sweep == 3
    assert len(run.asks) == 3 + 1 + 2 + 1 + 1


def test_a_row_that_went_before_the_moment_is_not_of_the_list() -> None:
    """It was seen before T alone: the COUNT at T tells that it was gone, and the rows of both sweeps are enough."""
    site = Site(list(FIVE))
    exact = ExactSnapshot(2)

    def change(ask: Ask, phase: Phase) -> None:
        if (ask, phase) == (COUNT, "count"):
            site.rows.remove("e")

    run = Run(exact, site, change)
    assert run.go() is None
    assert (selected(exact, FIVE), exact.sweep, exact.unique) == ("abcd", 2, 5)


def test_a_row_that_came_after_the_moment_is_not_of_the_list() -> None:
    """The list is that of T: what came later is seen, and left out."""
    site = Site(list(FIVE))
    exact = ExactSnapshot(2)

    def change(ask: Ask, phase: Phase) -> None:
        if exact.sweep == 2 and (ask.number, phase) == (1, "count"):
            site.rows.append("x")

    run = Run(exact, site, change)
    assert run.go() is None
    assert "x" in run.seen
    assert selected(exact, FIVE + "x") == FIVE
    assert exact.sweep == 2


def test_rows_hidden_from_one_sweep_are_found_after_the_same_moment() -> None:
    """What ties hid from the second sweep a third one shows: the rows before and after the first T are all there."""
    exact = ExactSnapshot(2)

    def order(_: Ask, rows: list[str]) -> list[str]:
        return ["a" if row == "c" and exact.sweep == 2 else row for row in rows]

    run = Run(exact, Site(list(FIVE), order=order))
    assert run.go() is None
    assert selected(exact, FIVE) == FIVE
    assert exact.sweep == 3
    assert [ask.size for ask in run.asks if ask != COUNT] == [2, 2, 2, 2, 2, 2, 1000]
    assert exact.selection is not None
    # Both moments have all rows; those of the later one are shown by the answers after it.
    assert [index for index in range(20) if exact.selection.takes(index)] == [8]


def test_rows_hidden_from_the_first_sweep() -> None:
    """What was seen only after the first T is of the second one."""
    exact = ExactSnapshot(2, largest=2)
    run = Run(
        exact,
        Site(
            list(FIVE), order=lambda _, rows: rows if exact.sweep > 1 else ["a" if row == "c" else row for row in rows]
        ),
    )
    assert run.go() is None
    assert (exact.sweep, selected(exact, FIVE)) == (3, FIVE)
    assert [exact._find_instant(), exact.sweep_size] == [2, 1]


@given(st.integers(0, 2**32))
def test_it_is_the_list_at_the_moment(seed: int) -> None:
    """Whatever changes, hides or cancels out: what is proved is the list as it was at that COUNT, and nothing else."""
    draw = Random(seed)
    site = Site([f"r{row}" for row in range(draw.randint(0, 9))], largest=draw.choice((2, 1000)))
    handing = draw.choice(HANDINGS)
    exact = ExactSnapshot(draw.choice((1, 2, 3)), handing=handing, largest=draw.choice((3, 1000)))
    changes, lists = iter(range(draw.choice((0, 1, 3, 9)))), {}

    def order(ask: Ask, rows: list[str]) -> list[str]:
        ties = {row: Random(f"{row} {ask.size if draw.random() < 0.8 else draw.random()}").random() for row in rows}
        return sorted(rows, key=lambda row: (int(row[1:]) // 4, ties[row]))

    def change(ask: Ask, phase: Phase) -> None:
        while draw.random() < 0.15 and (new := next(changes, None)) is not None:
            if draw.random() < 0.5:
                site.rows.insert(draw.randint(0, len(site.rows)), f"n{new}")
            elif site.rows:
                site.rows.remove(draw.choice(site.rows))
        if (ask, phase) == (COUNT, "count"):
            lists[exact.sweep] = set(site.rows)

    if draw.random() < 0.5:
        site.order = order
    run = Run(exact, site, change, at_once=draw.randint(1, 4), draw=draw)
    if run.go() is None:
        found, selection = exact._find_instant(), exact.selection
        assert found is not None
        assert selection is not None
        assert {row for row in run.seen if selection.has(str(row))} == lists[found]
        if handing != "at the end":
            given_out = run.delivered if handing == "in order" else run.fresh
            assert sorted(given_out) == sorted(lists[found])


def test_tells_of_no_picture() -> None:
    """The totals of an exact list join no pages, whatever they tell."""
    exact = ExactSnapshot(2)
    Talk(exact).tell(1, "ab", 2)
    assert exact.picture_of(0) is None
