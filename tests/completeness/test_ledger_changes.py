"""The ledger of "checked" on lists that change while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.completeness.driving import Phase

NINE = "abcdefghi"


def change_once(
    site: Site, number: int, phase: Phase, change: Callable[[list[str]], object]
) -> Callable[[Ask, Phase], None]:
    """Change a list once, just before a page of it is counted, or between its COUNT and its rows."""
    done: list[bool] = []

    def at(ask: Ask, coming: Phase) -> None:
        if (ask.number, coming) == (number, phase) and not done:
            done.append(True)
            change(site.rows)

    return at


def fetch(rows: str, number: int, phase: Phase, change: Callable[[list[str]], object], *, size: int = 3) -> Run:
    """Read a list that changes once, to its proof."""
    site = Site(list(rows))
    run = Run(Ledger(size), site, change_once(site, number, phase, change))
    assert run.go() is None
    return run


def test_a_deletion_between_a_count_and_its_rows() -> None:
    """Page 3 tells 8 rows as page 2 did, and shows the list without a: e, between them, is found all the same."""
    run = fetch("abcdefgh", 3, "rows", lambda rows: rows.remove("a"), size=2)
    assert run.seen == set("abcdefgh")
    assert sorted(run.delivered) == list("abcdefgh")
    # Pages 1 to 4, and all of them in one when page 4 told 7.
    assert run.asks == [*(Ask(number, 2) for number in (1, 2, 3, 4)), Ask(1, 1000)]
    findings = run.coverage.findings
    assert (findings.basis, findings.insertions, findings.deletions) == ("order", 0, 1)
    assert (run.coverage.totals, run.coverage.asked_again) == ([8, 7], {1, 2, 3, 4})


@pytest.mark.parametrize(("rows", "page", "basis"), [(NINE, 3, "order"), ("ab", 1, "count")])
def test_a_stale_count_hides_the_last_row(rows: str, page: int, basis: str) -> None:
    """The rows are cut at an older total; a count asked for afterwards shows that one is missing, and it is read.

    In the list of one page the new customer is seen as well, and all who ever were are counted.
    """
    run = fetch(rows, page, "rows", lambda listed: listed.insert(0, "x"))
    assert run.seen >= set(rows)
    assert COUNT in run.asks
    findings = run.coverage.findings
    assert (findings.basis, findings.insertions, findings.deletions) == (basis, 1, 0)


@pytest.mark.parametrize("phase", ["count", "rows"])
@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("place", [0, 4, 8])
def test_one_deletion_is_mended_by_few_requests(place: int, at_once: int, page: int, phase: Phase) -> None:
    """Whenever a row goes, those that moved up are found, by at most one page for all that was read before."""
    site = Site(list(NINE))
    gone = NINE[place]
    run = Run(Ledger(3), site, change_once(site, page, phase, lambda rows: rows.remove(gone)), at_once=at_once)
    assert run.go() is None
    assert run.seen >= set(NINE) - {gone}
    assert len(run.delivered) == len(set(run.delivered))
    assert len(run.asks) <= 8
    assert run.coverage.findings.insertions == 0
    assert run.coverage.findings.deletions <= 1


@pytest.mark.parametrize("phase", ["count", "rows"])
@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_one_insertion_is_mended_by_few_requests(place: int, at_once: int, page: int, phase: Phase) -> None:
    """Whenever a row comes, none of the others is missed."""
    site = Site(list(NINE))
    run = Run(Ledger(3), site, change_once(site, page, phase, lambda rows: rows.insert(place, "x")), at_once=at_once)
    assert run.go() is None
    assert run.seen >= set(NINE)
    assert len(run.delivered) == len(set(run.delivered))
    assert len(run.asks) <= 8
    assert run.coverage.findings.insertions <= 1
    assert run.coverage.findings.deletions == 0


def test_pages_of_an_older_total_are_read_again_in_one() -> None:
    """What a deletion made stale, and will not be told by the pass, is asked for in larger pages."""
    ledger = Ledger(3, largest=6)
    talk = Talk(ledger)
    talk.tell_together([(1, "abc", 14), (2, "def", 14), (3, "ghi", 14), (4, "jkl", 14)])
    talk.tell(5, "n", 13)
    assert talk.wanted(5) == [Ask(1, 6), Ask(2, 6)]
    assert talk.wanted(5, {Ask(1, 6), Ask(4, 3)}, oldest=5) == [Ask(3, 3)]
    talk.tell(Ask(1, 6), "bcdefg", 13)
    talk.tell(Ask(2, 6), "hijklm", 13)
    assert ledger.connected == 4
    assert (ledger.unique, ledger.duplicates) == (14, 11)
    talk.tell(COUNT, "b", 13)
    assert ledger.connected == 5
    assert ledger.findings.basis == "count"


def test_larger_pages_are_not_asked_for_again_once_clamped() -> None:
    """A server that gives fewer rows at once than were asked for is asked for pages of the usual size from then on."""
    site = Site(list("abcdefghijklmno"), largest=3)
    run = Run(Ledger(3), site, change_once(site, 4, "count", lambda rows: rows.remove("a")))
    assert run.go() is None
    assert run.seen == set("abcdefghijklmno")
    larger = [ask for ask in run.asks if ask.size > 3]
    assert len(larger) == 1


def test_a_list_that_shrinks_ends_earlier() -> None:
    """A page past the end makes what told more be read again, until a picture shows the end."""
    site = Site(list("abcdefg"))
    run = Run(Ledger(3), site, change_once(site, 3, "count", lambda rows: rows.remove("b")))
    assert run.go() is None
    assert run.seen == set("abcdefg")
    assert run.coverage.findings.basis == "order"
    assert run.coverage.missing() == []


def test_a_list_that_becomes_empty() -> None:
    """When all is gone there is nothing stable to miss."""
    site = Site(list("abcdefg"))
    run = Run(Ledger(1), site, change_once(site, 5, "count", list.clear))
    assert run.go() is None
    assert run.coverage.total == 0


def test_a_page_past_the_end_leaves_the_totals_open() -> None:
    """It bounds the total and tells none, so nothing is added up any more: only order, or one picture, proves."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 7)
    talk.tell(2, "def", 7)
    talk.past_end(3)
    assert (ledger.total, ledger.goal, ledger.missing()) == (6, 2, [])
    assert ledger.findings.deletions == 0
    assert talk.wanted(3) == [Ask(1, 999)]
    talk.tell(Ask(1, 999), "abcdef", 6)
    assert not ledger.closed
    talk.tell(COUNT, "a", 6)
    assert ledger.findings.basis == "order"


def test_what_a_page_past_the_end_made_stale_is_mended_beside_the_sweep() -> None:
    """Though no other total was told, what was read before it is of no picture with what comes after it."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 12)
    talk.past_end(4)
    talk.tell(2, "def", 12)
    assert ledger.totals == [12]
    assert talk.wanted(3, {Ask(3, 3)}, oldest=2) == [Ask(1, 3)]


def test_nothing_more_is_asked_for_while_a_contrary_answer_may_come() -> None:
    """What is sent while an answer of another total is under way would be in no picture, and read again."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 12, sent=0, oldest=0)
    assert ledger.may_sweep(0)
    talk.tell(2, "efg", 11, sent=0, oldest=0)
    assert not ledger.may_sweep(0)
    assert talk.wanted(3, {Ask(3, 3)}, oldest=0) == []
    talk.tell(3, "hij", 11, sent=0)
    assert ledger.may_sweep(None)
    assert talk.wanted(3)


def test_endless_changes_end_in_a_doubt() -> None:
    """When each answer tells another total the bound on requests ends it."""
    site = Site([f"r{row}" for row in range(30)])

    def change(_: Ask, phase: Phase) -> None:
        if phase == "count":
            site.rows.pop() if len(site.rows) > 27 else site.rows.extend(["x", "y", "z"])

    run = Run(Ledger(1), site, change)
    assert run.go() == "too_many_changes"
    assert run.coverage.findings.basis is None
    assert 30 < len(run.asks) <= 3 * 30 + 20


def test_a_balanced_change_that_shows_by_its_rows() -> None:
    """Equal totals and too few distinct rows mean an insertion and a deletion, and that the totals prove nothing."""
    ledger = Ledger(2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 6)
    talk.tell(2, "bc", 6)
    talk.tell(3, "de", 6)
    assert not ledger.closed
    assert ledger.findings.contradictions == 1
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "x", 6)
    assert not ledger.closed
    assert talk.wanted(3) == []
    assert (ledger.sweep, ledger.sweep_size) == (2, 1000)
