"""What is asked for again, and what ends that; the answers come by way of the ledger."""

from __future__ import annotations

import pytest

from explo_async.completeness.evidence import Findings
from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk


def begin(
    size: int = 3, *, verified: bool = False, trusts_order: bool = True, largest: int = 1000
) -> tuple[Ledger, Talk]:
    ledger = Ledger(size, verified=verified, trusts_order=trusts_order, largest=largest)
    return ledger, Talk(ledger)


def test_a_larger_page_stands_for_the_pages_that_it_holds() -> None:
    """When all rows before it went, the larger page that is read again is the latest answer for each of its pages."""
    ledger, talk = begin(largest=6)
    talk.tell_together([(1, "abc", 12), (2, "def", 12)])
    talk.past_end(3)
    assert talk.wanted(3) == [Ask(1, 6)]
    talk.tell(Ask(1, 6), "ghijkl", 6)
    assert ledger.connected == 2
    # It was not clamped, so that the next one may be as large.
    assert ledger._sweeps.largest == 6


@pytest.mark.parametrize(
    ("ask", "rows", "total"),
    [
        pytest.param(Ask(1, 6), "abc", 12, id="fewer rows than are due"),
        pytest.param(Ask(2, 6), "ghi", 9, id="as many as are due, which a clamped page has as well"),
    ],
)
def test_a_larger_page_that_may_have_been_clamped_is_not_trusted(ask: Ask, rows: str, total: int) -> None:
    """It may show other rows than it seems to: it is no page's answer, and shows no end."""
    ledger, talk = begin(largest=6)
    talk.tell(ask, rows, total)
    assert (ledger.connected, ledger.closed) == (0, False)
    assert ledger.missing() == list(range(1, total // 3 + 1))
    assert ledger._sweeps.largest == 3


def test_a_page_that_is_past_the_end_is_no_page_any_more() -> None:
    """What was connected as far as page 3 is so as far as page 2 when there is no page 3."""
    ledger, talk = begin()
    for number, rows in ((1, "abc"), (2, "def"), (3, "g"), (1, "abc")):
        talk.tell(number, rows, 7)
    assert ledger.connected == 3
    talk.past_end(3)
    assert ledger.connected == 2


def test_a_total_that_page_after_page_denies_is_wrong() -> None:
    """When page 1 tells of four pages, and page 4 is past the end each time, the doubt says so."""
    ledger, talk = begin()
    for _ in range(3):
        assert ledger.doubt is None
        talk.tell(1, "abc", 12)
        talk.past_end(4)
    talk.tell(1, "abc", 12)
    talk.tell(2, "def", 12)
    talk.tell(3, "ghi", 12)
    assert talk.wanted(4) == []
    assert ledger.doubt == "total_wrong"


def test_page_1_may_be_missing_as_well() -> None:
    """Every page of the list that nobody answered is missing."""
    ledger, talk = begin()
    talk.tell(2, "def", 9)
    assert ledger.missing() == [1, 3]


def test_an_old_answer_of_the_same_total_is_read_again() -> None:
    """What told 8 before another answer told 7 is not of the picture that tells 8 now."""
    _, talk = begin(largest=3)
    talk.tell(1, "abc", 8)
    talk.tell(2, "efg", 7)
    talk.tell(3, "gh", 8)
    assert talk.wanted(3) == [Ask(1, 3), Ask(2, 3)]


def test_what_was_read_in_vain_is_what_shows_the_same_and_is_not_fit() -> None:
    """Neither a page that is fit nor one that differs from its last answer counts as read in vain."""
    ledger, talk = begin(largest=3)
    talk.tell(1, "abc", 9)
    for _ in range(3):
        talk.tell(2, "efg", 8)
    talk.tell(1, "xyz", 7)
    assert talk.wanted(2) == [Ask(2, 3)]
    for rows in ("de", "d", "de", "d"):
        talk.tell(2, rows, 7)
    assert Ask(2, 3) in talk.wanted(2)
    assert ledger.doubt is None


def test_the_flaw_is_what_ends_a_list_that_is_not_read_again() -> None:
    """Where order is not trusted no page is repaired: one that is not fit ends the run with what is wrong with it."""
    run = Run(Ledger(3, trusts_order=False), Site(list("aacdefghi")))
    assert run.go() == "duplicate_ids"
    assert len(run.asks) == 4


def test_a_count_with_more_rows_than_it_asked_for_is_no_flaw() -> None:
    """Where the page size is ignored a count shows a whole page, which is not taken for one."""
    ledger, talk = begin()
    for page, rows in ((1, "abc"), (2, "def"), (3, "ghi")):
        talk.tell(page, rows, 9)
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "abc", 9)
    assert ledger._limit.flaw is None
    assert ledger.findings == Findings(basis="count")
    talk.tell(Ask(2, 2), "cde", 9)
    assert ledger._limit.flaw == "total_wrong"


@pytest.mark.parametrize(
    ("size", "answers", "doubt"),
    [
        pytest.param(3, [("abc", 12)] * 4, "page_ignored", id="the rows of page 1 on each page"),
        pytest.param(3, [("abc", 12), ("abc", 15), ("abc", 18), ("abc", 21)], None, id="a page of rows came each time"),
        pytest.param(3, [("abc", 12), ("abx", 12), ("aby", 12), ("abz", 12)], None, id="with a row of their own"),
        pytest.param(1, [("a", 12)] * 4, None, id="one row proves little"),
        pytest.param(2, [("ab", 12)] * 4, "page_ignored", id="two rows do"),
    ],
)
def test_echoes(size: int, answers: list[tuple[str, int]], doubt: str | None) -> None:
    """Only whole pages with exactly the rows of another one, under the same total, show that pages are ignored."""
    ledger, talk = begin(size)
    for number, (rows, total) in enumerate(answers, 1):
        talk.tell(number, rows, total)
    assert ledger.doubt == doubt


def test_verified_waits_for_no_total() -> None:
    """Its pass goes on whatever totals are under way: no page is read again for a total."""
    for verified in (True, False):
        ledger, talk = begin(verified=verified)
        talk.tell(1, "abc", 9, sent=0, oldest=0)
        talk.tell(2, "efg", 8, sent=0, oldest=0)
        assert ledger.may_sweep(0) == verified


def test_the_first_doubt_stays() -> None:
    """A contradiction that is met later is not what the run is given up for."""
    ledger, talk = begin(1, verified=True)
    talk.tell(1, "a", 1)
    talk.tell(2, "b", 99)
    talk.tell(Ask(1, 2), "ab", 99)
    talk.tell(Ask(1, 2), "ba", 99)
    assert ledger.doubt == "too_many_changes"
