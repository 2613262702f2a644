"""The ledger of "verified": boundaries bridged by shared rows, and no total trusted but at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

if TYPE_CHECKING:
    from tests.completeness.driving import Phase

NINE = "abcdefghi"


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        (NINE, [Ask(1, 3), Ask(2, 3), Ask(2, 2), Ask(3, 3), Ask(2, 4)]),
        ("abcdefgh", [Ask(1, 3), Ask(2, 3), Ask(2, 2), Ask(3, 3), Ask(2, 4)]),
        ("ab", [Ask(1, 3), COUNT]),
        ("", [Ask(1, 3), COUNT]),
    ],
)
def test_a_quiet_list_takes_about_two_requests_a_page(rows: str, asked: list[Ask]) -> None:
    """Each boundary is asked for with a page of another size that holds both its sides, as soon as these are there."""
    run = Run(Ledger(3, verified=True), Site(list(rows)))
    assert run.go() is None
    assert run.asks == asked
    assert run.coverage.findings.basis == "shared rows"
    assert run.delivered == list(rows)


def test_a_bridge_under_way_is_waited_for() -> None:
    """Each bridge is asked for once, and the pass goes on whatever totals are under way."""
    ledger = Ledger(3, verified=True)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    assert ledger.may_sweep(0)
    talk.tell(2, "def", 9)
    assert talk.wanted(2) == [Ask(2, 2)]
    assert talk.wanted(2, {Ask(2, 2)}) == []


def test_both_sides_are_read_again_when_a_bridge_does_not_hold() -> None:
    """A bridge that shares rows with one side only makes both sides be read again, and be bridged again."""
    ledger = Ledger(2, verified=True)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4)
    talk.tell(2, "cd", 4)
    assert talk.wanted(2) == [Ask(1, 3)]
    talk.tell(Ask(1, 3), "xyz", 4)
    assert talk.wanted(2) == [Ask(1, 2), Ask(2, 2)]
    talk.tell(1, "ab", 4)
    talk.tell(2, "cd", 4)
    assert talk.wanted(2) == [Ask(1, 3)]


def test_pages_of_two_totals_are_bridged_first() -> None:
    """Insertions at the end change no boundary that was bridged, and no page is read again for its total."""
    site = Site(list(NINE))
    news = iter("xyz")

    def change(ask: Ask, phase: Phase) -> None:
        if phase == "count" and ask.size == 3 and ask.number > 1 and (new := next(news, None)):
            site.rows.append(new)

    run = Run(Ledger(3, verified=True), site, change)
    assert run.go() is None
    assert run.seen >= set(NINE)
    assert sorted(ask.number for ask in run.asks if ask.size == 3) == [1, 2, 3, 4]


def test_a_deletion_and_an_insertion_that_cancel_out() -> None:
    """What "checked" cannot see, because all totals are equal, "verified" sees by the row that is nowhere."""
    seen = []
    for verified in (False, True):
        site = Site(list("abcdef"))

        def change(ask: Ask, phase: Phase, site: Site = site) -> None:
            if (ask, phase) == (Ask(2, 2), "count") and "b" in site.rows:
                site.rows.remove("b")
                site.rows.append("x")

        run = Run(Ledger(2, verified=verified), site, change)
        run.go()
        seen.append("c" in run.seen)
    assert seen == [False, True]


@pytest.mark.parametrize("uncounted", [-1, -3])
def test_a_total_that_is_steadily_too_large(uncounted: int) -> None:
    """The end is shown by a page that falls short, and the list is there with all its rows."""
    run = Run(Ledger(3, verified=True), Site(list("abcdefgh"), uncounted=uncounted))
    assert run.go() is None
    assert run.seen == set("abcdefgh")
    assert (run.coverage.findings.basis, run.coverage.unique) == ("shared rows", 8)
    assert run.coverage.total == 8 - uncounted


def test_a_short_page_in_the_middle_is_no_end() -> None:
    """Where rows stand behind a page that falls short this server leaves rows out, and the end is still to come."""
    ledger = Ledger(3, verified=True)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    talk.tell(2, "de", 9)
    talk.tell(Ask(2, 2), "cd", 9)
    assert ledger.closed
    talk.tell(3, "ghi", 9)
    assert not ledger.closed
    assert talk.wanted(3) == [Ask(2, 4)]
    talk.tell(Ask(2, 4), "eghi", 9)
    assert ledger.closed


def test_nothing_is_trusted_after_a_contradiction() -> None:
    """Shared rows prove nothing where rows change their order: the doubt comes at once, and stays."""
    ledger = Ledger(3, verified=True)
    talk = Talk(ledger)
    talk.tell(1, "abc", 6)
    talk.tell(2, "def", 6)
    talk.tell(Ask(2, 2), "dc", 6)
    assert ledger.doubt is None
    talk.tell(1, "acb", 6)
    assert ledger.doubt == "unordered"
    assert ledger.findings.contradictions > 0
    talk.tell(Ask(2, 2), "cd", 6)
    talk.tell(COUNT, "a", 6)
    assert not ledger.closed
    assert talk.wanted(2) == []


def test_a_client_that_does_not_trust_order_proves_nothing() -> None:
    """A deployment whose order is known not to be stable cannot be verified."""
    run = Run(Ledger(3, verified=True, trusts_order=False), Site(list(NINE)))
    assert run.go() == "unordered"


def test_what_never_holds_together_is_a_doubt() -> None:
    """Bridges that share nothing with either side end at the bound."""
    news = iter(range(10_000))
    site = Site(list(NINE), order=lambda ask, rows: [f"n{next(news)}" for _ in rows] if ask.size != 3 else rows)
    run = Run(Ledger(3, verified=True), site)
    assert run.go() == "unordered"
    assert len(run.asks) <= 3 + 4 * 3 + 20


def test_a_row_twice_is_said() -> None:
    """A page that cannot be read is what the doubt says, where its reading again does not help."""
    run = Run(Ledger(3, verified=True), Site(list("abcdeehi")))
    assert run.go() == "duplicate_ids"
