"""How far the exact snapshot goes before it gives a list up, and what it makes of odd answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.exact import MOST_SWEEPS, ExactSnapshot
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

if TYPE_CHECKING:
    from tests.completeness.driving import Phase

FIVE = "abcde"


@pytest.mark.parametrize(
    ("site", "sizes"),
    [
        pytest.param(Site(list(FIVE), uncounted=-1), [2, 2, 1000, 1, 1, 1], id="a row counted and not shown"),
        pytest.param(Site(list("abcdb")), [2, 2, 1000, 1000, 993, 993], id="one row shown for another"),
    ],
)
def test_six_sweeps_are_the_bound(site: Site, sizes: list[int]) -> None:
    """A list at rest that never adds up is given up; each two further sweeps have another size."""
    exact = ExactSnapshot(2)
    found: dict[int, int] = {}
    run = Run(exact, site, lambda *_: found.update({exact.sweep: exact.sweep_size}))
    assert run.go() == "total_wrong"
    assert (exact.sweep, exact.closed) == (MOST_SWEEPS, False)
    assert list(found.values()) == sizes


def test_endless_changes_end_in_a_doubt() -> None:
    """A list that loses a row after each moment is given up after six sweeps."""
    site = Site([f"r{row}" for row in range(20)])

    def change(ask: Ask, phase: Phase) -> None:
        if (ask.number, phase) == (1, "rows"):
            site.rows.pop()

    run = Run(ExactSnapshot(5), site, change)
    assert run.go() == "too_many_changes"
    assert run.coverage.sweep == MOST_SWEEPS


@pytest.mark.parametrize(("total", "doubt"), [(22, None), (23, "too_many_changes")])
def test_too_much_growth_is_a_doubt(total: int, doubt: str | None) -> None:
    """A list that becomes more than twice and 20 pages as long as at first is not chased."""
    exact = ExactSnapshot(1)
    talk = Talk(exact)
    talk.tell(1, "a", 1)
    talk.tell(1, "a", total)
    assert exact.doubt == doubt
    assert talk.wanted(total) == ([] if doubt else [COUNT])


def test_an_unreadable_id_is_a_doubt() -> None:
    """Whose row it is cannot be known, so nothing can be exact; another doubt before it stays."""
    exact = ExactSnapshot(2)
    talk = Talk(exact)
    assert talk.tell(1, ["a", None], 2).fresh == [0]
    assert exact.doubt == "unreadable_id"
    assert talk.wanted(1) == []
    exact.doubt = "too_many_changes"
    talk.tell(1, ["a", None], 2)
    assert exact.doubt == "too_many_changes"


def test_a_larger_size_that_is_clamped() -> None:
    """A server that gives fewer rows than a larger page calls for is swept in pages of no more than the usual size."""
    exact = ExactSnapshot(10)

    def order(ask: Ask, rows: list[str]) -> list[str]:
        del ask
        return ["a" if row == "c" and exact.sweep < 4 else row for row in rows]

    site = Site([*FIVE, *(f"r{row}" for row in range(20))], largest=10, order=order)
    run = Run(exact, site)
    assert run.go() is None
    sizes = list(dict.fromkeys(ask.size for ask in run.asks if ask != COUNT))
    assert sizes == [10, 1000, 9, 8]


def test_a_page_past_the_end() -> None:
    """It bounds the total, and takes a place among the answers."""
    exact = ExactSnapshot(2)
    talk = Talk(exact)
    talk.tell(1, "ab", 5)
    talk.past_end(3)
    assert (exact.total, exact.goal) == (4, 2)
    talk.past_end(9)
    assert exact.total == 4
    assert talk.tell(2, "cd", 4).index == 3
