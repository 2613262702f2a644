"""The ledger of "checked" where rows contradict a stable order: only counts are left, by further sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

if TYPE_CHECKING:
    from collections.abc import Callable

NINE = "abcdefghi"


def sort_by_size(slipped: dict[int, str]) -> Callable[[Ask, list[str]], list[str]]:
    """Sort ties as a database does, by how many rows it is asked for."""

    def order(ask: Ask, rows: list[str]) -> list[str]:
        return list(slipped.get(ask.size * 10 + ask.number, slipped.get(ask.size, "".join(rows))))

    return order


def test_a_row_that_moved_within_one_picture_ends_the_trust_in_order() -> None:
    """A page that is read twice within one picture must show the same; what does not is a contradiction."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    talk.tell(2, "dce", 9)
    assert ledger.findings.contradictions == 0
    talk.tell(3, "ghi", 9)
    assert ledger.findings.contradictions == 1
    assert ledger.findings.contradictions == 1
    assert ledger.findings.basis is None


def test_rows_the_other_way_round_end_the_trust_in_order() -> None:
    """Two rows in one order here and in the other there are contradictions at once, whatever the totals."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    talk.tell(2, "cba", 8)
    assert ledger.findings.contradictions == 2


def test_a_page_with_one_row_twice_contradicts_no_order() -> None:
    """What is wrong with such a page says nothing of the order of others."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    talk.tell(2, "cac", 9)
    talk.tell(2, "cac", 9)
    talk.tell(COUNT, "a", 9)
    assert ledger.findings.contradictions == 0
    assert ledger.connected == 1


def test_further_sweeps_find_what_ties_hid() -> None:
    """d slips through between two pages; a sweep in larger pages shows it, and the rows of one picture are nine."""
    site = Site(list(NINE), order=sort_by_size({31: NINE, 32: "abdcefghi", 33: NINE}))
    run = Run(Ledger(3), site)
    assert run.go() is None
    assert run.seen == set(NINE)
    ledger = run.coverage
    assert (ledger.findings.basis, ledger.findings.contradictions) == ("count", 1)
    assert run.asks == [Ask(1, 3), Ask(2, 3), Ask(3, 3), COUNT, Ask(1, 1000), COUNT]
    assert sorted(run.delivered) == list(NINE)


def test_the_union_of_several_sweeps_counts() -> None:
    """Each sweep of a list at rest may hide rows: all of them together show every row, in smaller pages each time."""
    site = Site(
        list(NINE),
        order=sort_by_size({31: NINE, 32: "abdcefghi", 33: "abcdefghc", 10: "abcefghic", 1: NINE}),
    )
    ledger = Ledger(3, largest=10)
    run = Run(ledger, site)
    assert run.go() is None
    # Each pass is followed by a count, which has one row as well, but for the last: its first pages tell the total again.
    assert [ask.size for ask in run.asks] == [3, 3, 3, 1, 10, 1, *[1] * 9]
    assert ledger.findings.basis == "count"
    assert run.seen == set(NINE)


def test_rows_of_two_pictures_are_counted_anew() -> None:
    """When the list changed during a sweep only the rows seen from the next one on count; those of all that follow."""
    ledger = Ledger(2, largest=2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 9)
    talk.tell(2, "ba", 5)
    assert ledger.findings.contradictions == 1
    talk.tell(3, "c", 5)
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 5)
    assert talk.wanted(3) == []
    assert (ledger.sweep, ledger.sweep_size, ledger.goal) == (2, 1, 5)
    for number, row in enumerate("abxya", 1):
        talk.tell(Ask(number, 1), row, 5)
    assert talk.wanted(5) == [COUNT]
    talk.tell(COUNT, "a", 5)
    # With c they would be five, of two lists.
    assert not ledger.closed
    assert talk.wanted(5) == []
    assert ledger.sweep == 3
    talk.tell(Ask(1, 1), "z", 5)
    talk.tell(Ask(2, 1), "a", 5)
    assert ledger.findings.basis == "count"


def test_further_sweeps_hold_all_that_they_bring() -> None:
    """After the first pass nothing is waited for: where its rows belong is not known anyway."""
    ledger = Ledger(2, trusts_order=False)
    talk = Talk(ledger)
    talk.tell(1, "ab", 5)
    talk.tell(2, "bc", 5)
    talk.tell(3, "d", 5)
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 5)
    assert (talk.wanted(3), ledger.sweep, ledger.sweep_size) == ([], 2, 1000)
    late = talk.tell(Ask(9, 1), "x", 9)
    assert ledger.holds(late.index)


def test_pages_are_held_by_their_numbers_where_order_is_not_trusted() -> None:
    """Rows leave with their page once every page before it was answered: nothing else tells where they belong."""
    ledger = Ledger(2, trusts_order=False)
    talk = Talk(ledger)
    talk.tell(1, "ab", 6)
    talk.tell(3, "ef", 6)
    assert [ledger.holds(index) for index in range(2)] == [True, False]
    assert talk.wanted(3, {Ask(2, 2)}) == []
    assert talk.wanted(3) == [Ask(2, 2)]
    talk.tell(2, "cd", 6)
    assert all(ledger.holds(index) for index in range(3))
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 6)
    assert ledger.findings.basis == "count"


def test_a_chain_proves_nothing_where_order_is_not_trusted() -> None:
    """A list that changed is swept again, though its chain is closed."""
    bases = []
    for trusts_order in (True, False):
        ledger = Ledger(2, trusts_order=trusts_order)
        talk = Talk(ledger)
        talk.tell(1, "ab", 4)
        talk.tell(2, "d", 3)
        talk.tell(1, "ab", 3)
        assert trusts_order or talk.wanted(2) == [COUNT]
        talk.tell(COUNT, "a", 3)
        assert ledger.connected == 2
        assert talk.wanted(2) == []
        bases.append((ledger.findings.basis, ledger.sweep))
    assert bases == [("order", 1), (None, 2)]


def test_a_list_that_never_shows_all_its_rows() -> None:
    """When every sweep hides the same row the doubt is the order, after a bounded number of requests."""
    rows = [f"r{row}" for row in range(30)]
    hidden = Site(rows, order=lambda _, listed: ["r0" if row == "r5" else row for row in listed])
    run = Run(Ledger(3, largest=3), hidden)
    assert run.go() == "unordered"
    assert run.coverage.unique == 29
    assert run.coverage.sweep == 3
    assert len(run.asks) <= 3 * 10 + 2 * 20


def test_what_a_further_sweep_grows_by_counts_against_the_bound() -> None:
    """A list that grows while it is swept once more is not followed without end; each page of it counts once."""
    ledger = Ledger(2, trusts_order=False, largest=2)
    talk = Talk(ledger)
    talk.tell(1, "ab", 4)
    talk.tell(2, "bc", 4)
    assert talk.wanted(2) == [COUNT]
    talk.tell(COUNT, "a", 4)
    assert (talk.wanted(2), ledger.sweep, ledger.goal) == ([], 2, 4)
    for _ in range(9):
        talk.tell(Ask(1, 1), "a", 10)
    assert ledger.doubt is None
    talk.tell(Ask(1, 1), "a", 30)
    assert ledger.doubt == "too_many_changes"
