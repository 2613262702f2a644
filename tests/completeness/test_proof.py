"""What each piece of evidence proves, and what it does not; the answers come by way of the ledger."""

from __future__ import annotations

import pytest

from explo_async.completeness.evidence import Findings
from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Talk


def begin(
    size: int = 3, *, verified: bool = False, trusts_order: bool = True, largest: int = 1000
) -> tuple[Ledger, Talk]:
    ledger = Ledger(size, verified=verified, trusts_order=trusts_order, largest=largest)
    return ledger, Talk(ledger)


def test_fewer_rows_than_existed_all_the_time_prove_nothing() -> None:
    """A page that falls short shows an end, but two rows are fewer than the three that the totals tell of."""
    ledger, talk = begin()
    talk.tell(1, "ab", 3)
    assert ledger._chain.end is not None
    assert not ledger.closed


def test_more_rows_than_can_have_existed_prove_nothing() -> None:
    """A chain with an end is no proof if six rows were seen of a list that never had more than three."""
    ledger, talk = begin()
    talk.tell(1, "abc", 3)
    talk.tell(1, "xyz", 3)
    assert ledger._chain.end is not None
    assert not ledger.closed


def test_rows_that_moved_further_than_changes_move_them_prove_nothing() -> None:
    """One deletion moves rows forth by one place: a list whose halves were exchanged is no such list."""
    ledger, talk = begin(2)
    talk.tell(1, "ab", 5)
    talk.tell(2, "cd", 5)
    talk.tell(1, "cd", 4)
    talk.tell(2, "ab", 4)
    talk.tell(COUNT, "c", 4)
    assert ledger._chain.end is not None
    assert (ledger.findings.contradictions, ledger.unique) == (0, 4)
    assert not ledger.closed


def test_without_all_totals_only_a_trusted_order_proves() -> None:
    """After a page past the end nothing can be added up; where order is not trusted either, nothing is left."""
    bases = []
    for trusts_order in (True, False):
        ledger, talk = begin(trusts_order=trusts_order)
        talk.tell(1, "abc", 7)
        talk.past_end(3)
        talk.tell(1, "abd", 6)
        talk.tell(2, "efg", 6)
        talk.tell(COUNT, "a", 6)
        bases.append(ledger.findings.basis)
    assert bases == ["order", None]


def test_a_page_past_the_end_just_where_the_list_ends() -> None:
    """It contradicts nothing, and the totals go on being added up."""
    ledger, talk = begin()
    talk.tell(1, "abc", 6)
    talk.tell(2, "def", 6, oldest=1)
    talk.tell(COUNT, "a", 6, oldest=1)
    talk.past_end(3, sent=1)
    # It was the last thing that could have voided the picture.
    assert ledger.findings == Findings(basis="count")


# What shows an end where no total is trusted.


@pytest.mark.parametrize(
    ("rows", "more", "closed"),
    [
        pytest.param(["a", "b"], None, True, id="fewer rows than are due"),
        pytest.param(["a", None], None, False, id="with one that cannot be read"),
        pytest.param(["a", "a"], None, False, id="with one twice"),
        pytest.param(["a", "b"], True, False, id="though another page is said to follow"),
        pytest.param(["a", "b"], False, True, id="and no other page is said to follow"),
    ],
)
def test_an_end_shown_by_rows(rows: list[str | None], more: bool | None, *, closed: bool) -> None:
    """A page that can be read, and has fewer rows than its total calls for, shows the end."""
    ledger, talk = begin(verified=True)
    talk.tell(1, rows, 9, has_next=more)
    assert ledger.closed == closed


def test_no_end_is_shown_by_a_larger_page_that_falls_short() -> None:
    """It may have been clamped."""
    ledger, talk = begin(verified=True)
    talk.tell(Ask(1, 6), "abc", 9)
    assert not ledger.closed


def test_no_end_is_shown_by_a_last_page_that_tells_of_another() -> None:
    """What reaches its total and says that more follows has the wrong total."""
    ledger, talk = begin(verified=True)
    talk.tell(1, "ab", 2, has_next=True)
    talk.tell(COUNT, "a", 2, has_next=True)
    assert not ledger.closed
