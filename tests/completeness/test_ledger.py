"""The ledger of "checked" on lists at rest, and on answers that contradict themselves."""

from __future__ import annotations

import pytest

from explo_async.completeness.evidence import Findings
from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

NINE = "abcdefghi"


def pages(run: Run) -> list[int]:
    """List what was asked for, 0 for a mere count."""
    return [0 if ask == COUNT else ask.number for ask in run.asks]


@pytest.mark.parametrize("at_once", [1, 2, 9])
@pytest.mark.parametrize(
    ("rows", "asked"),
    [(NINE, [1, 2, 3, 0]), ("abcdefgh", [1, 2, 3, 0]), ("abc", [1, 0]), ("a", [1, 0]), ("", [1])],
)
def test_a_quiet_list_takes_a_page_each_and_one_count(rows: str, asked: list[int], at_once: int) -> None:
    """A list at rest is proved by count with one small request besides its pages; an empty one by its first page."""
    ledger = Ledger(3)
    run = Run(ledger, Site(list(rows)), at_once=at_once)
    assert run.go() is None
    assert pages(run) == asked
    assert ledger.findings == Findings(basis="count")
    assert run.delivered == list(rows)
    assert (ledger.unique, ledger.total) == (len(rows), len(rows))
    assert (ledger.asked_again, ledger.selection, ledger.sweep) == (set(), None, 1)


def test_nothing_is_closed_before_the_last_page_is_in_a_picture() -> None:
    """All pages of one total are not enough: the last one may have been cut by a COUNT older than its rows."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    assert (ledger.connected, ledger.goal, ledger.closed) == (1, 3, False)
    talk.tell(2, "def", 9)
    assert (ledger.connected, ledger.holds(1)) == (1, False)
    talk.tell(3, "ghi", 9)
    assert (ledger.connected, ledger.holds(1), ledger.holds(2)) == (2, True, False)
    assert not ledger.closed
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 9)
    assert (ledger.connected, ledger.holds(2), ledger.closed) == (3, True, True)
    assert talk.wanted(3) == []


def test_nothing_is_asked_for_beside_a_pass_at_rest() -> None:
    """As long as all is well and the pass goes on, or answers are due, nothing else is wanted."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    assert talk.wanted(1) == []
    talk.tell(3, "ghi", 9, oldest=1)
    assert talk.wanted(3, {Ask(2, 3)}, oldest=1) == []
    assert ledger.missing() == [2]


def test_the_count_must_be_asked_for_after_all_had_come() -> None:
    """A count that was under way together with the last page closes nothing."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell_together([(1, "ab", 2), (COUNT, "a", 2)])
    assert not ledger.closed
    assert talk.wanted(1) == [COUNT]
    talk.tell(COUNT, "a", 2)
    assert ledger.closed


def test_a_page_past_the_end_that_nobody_expected_means_nothing() -> None:
    """A page asked for on a hint that is past the end changes nothing of what is known."""
    ledger = Ledger(3)
    run = Run(ledger, Site(list("abcd")), hint=3)
    assert run.go() is None
    assert (ledger.total, ledger.goal, ledger.findings.basis) == (4, 2, "count")


class Ignorant(Site):
    """A server that gives the first page whatever page is asked for."""

    def read(self, ask: Ask, total: int) -> list[str]:
        del total
        return self.rows[: ask.size]


@pytest.mark.parametrize(
    ("site", "doubt", "most"),
    [
        pytest.param(Ignorant([f"{row}" for row in range(30)]), "page_ignored", 10, id="page ignored"),
        pytest.param(Site(list(NINE), uncounted=-1), "total_wrong", 6, id="a row counted and not shown"),
        pytest.param(Site(list(NINE), uncounted=-5), "total_wrong", 9, id="several of them"),
        pytest.param(Site([], uncounted=-2), "total_wrong", 3, id="nothing shown at all"),
        pytest.param(Site(list("abcaefgh")), "unordered", 33, id="one row on two pages"),
        pytest.param(Site(list("aacdefghi")), "duplicate_ids", 6, id="one row twice on a page"),
    ],
)
def test_contradictions_at_rest(site: Site, doubt: str, most: int) -> None:
    """A list at rest whose totals and rows do not fit ends in a doubt that says how, within a few requests."""
    ledger = Ledger(3)
    run = Run(ledger, site)
    assert run.go() == doubt
    assert not ledger.closed
    assert ledger.findings.basis is None
    assert len(run.asks) <= most


@pytest.mark.parametrize(("largest", "doubt"), [(3, "page_ignored"), (1000, None)])
def test_a_short_list_whose_page_1_alone_is_shown(largest: int, doubt: str | None) -> None:
    """Of two or three pages all but the first echo it: that is said where no larger page shows the rest."""
    run = Run(Ledger(3, largest=largest), Ignorant(list("abcdef")))
    assert run.go() == doubt


def test_a_list_whose_page_1_alone_is_shown_is_found_by_a_larger_page() -> None:
    """Where page numbers are ignored and a larger page shows all there is, that is the list."""
    ledger = Ledger(3)
    run = Run(ledger, Ignorant(list(NINE)))
    assert run.go() is None
    assert (ledger.findings.basis, run.seen) == ("count", set(NINE))


def test_an_unreadable_id_is_a_doubt() -> None:
    """A page with such a row cannot be checked against its neighbours, also when it is read again."""
    ledger = Ledger(2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4)
    for _ in range(3):
        talk.tell(2, ["c", None], 4)
        assert not ledger.closed
        talk.wanted(2)
    assert ledger.doubt == "unreadable_id"


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("trusts_order", [True, False])
def test_a_last_page_that_denies_the_end(*, trusts_order: bool, verified: bool) -> None:
    """When the last page by the total goes on saying that another follows, no count of its rows proves the list."""
    ledger = Ledger(2, verified=verified, trusts_order=trusts_order)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4, has_next=True)
    talk.tell(2, "cd", 4, has_next=True)
    for _ in range(9):
        assert not ledger.closed
        for ask in talk.wanted(2):
            talk.tell(ask, "abcd"[ask.first : ask.first + ask.size], 4, has_next=True)
    assert ledger.doubt == "total_wrong"


def test_a_last_page_that_denies_the_end_at_first() -> None:
    """When it is read again and the next page is no more, the list is proved."""
    ledger = Ledger(2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4, has_next=True)
    talk.tell(2, "cd", 4, has_next=True)
    assert talk.wanted(2) == [Ask(2, 2)]
    talk.tell(2, "cd", 4, has_next=False)
    talk.tell(COUNT, "a", 4, has_next=True)
    assert ledger.findings == Findings(basis="count")


def test_a_last_page_that_says_that_it_is_the_last() -> None:
    """What an answer says of a next page contradicts nothing where it fits the total."""
    ledger = Ledger(2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4, has_next=True)
    talk.tell(2, "cd", 4, has_next=False)
    talk.tell(COUNT, "a", 4, has_next=True)
    assert ledger.findings == Findings(basis="count")


def test_a_count_that_comes_with_a_whole_page() -> None:
    """Where the page size is ignored a count shows more than one row, and is as good as any."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    for number, rows in ((1, "abc"), (2, "def"), (3, "ghi")):
        talk.tell(number, rows, 9)
    talk.tell(COUNT, "abc", 9)
    assert ledger.findings == Findings(basis="count")


def test_too_much_growth_is_a_doubt() -> None:
    """A list that becomes more than twice and 20 pages as long as at first is not chased."""
    ledger = Ledger(1)
    talk = Talk(ledger)
    talk.tell(1, "a", 2)
    talk.tell(2, "b", 24)
    assert ledger.doubt is None
    talk.tell(2, "b", 25)
    assert ledger.doubt == "too_many_changes"
    assert talk.wanted(2) == []


def test_findings_before_any_answer() -> None:
    """A run that has heard nothing has found nothing."""
    ledger = Ledger(3)
    assert (ledger.findings, ledger.closed, ledger.goal, ledger.missing()) == (Findings(), False, 1, [])
