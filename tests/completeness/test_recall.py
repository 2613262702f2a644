"""Resuming: rows that a former run gave in order, and what its chain had proved of them."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from explo_async.completeness.ledger import Ledger
from explo_async.completeness.sightings import fingerprints
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk


def resume(rows: str, *, size: int = 2, verified: bool = False, trusts_order: bool = True) -> tuple[Ledger, Talk]:
    """Begin with the rows of a former run."""
    ledger = Ledger(size, verified=verified, trusts_order=trusts_order)
    for start in range(0, len(rows), size):
        ledger.recall(list(rows[start : start + size]))
    return ledger, Talk(ledger)


def test_recalled_rows_are_not_given_again_and_hang_together() -> None:
    """What was given before is not fresh, and its pages are connected; those after it need the last of them again."""
    ledger, talk = resume("abcdef")
    assert (ledger.connected, ledger.unique, ledger.closed) == (3, 6, False)
    assert talk.tell(1, "ab", 8).fresh == []
    assert talk.wanted(2, {Ask(3, 2)}, oldest=1) == []
    assert talk.tell(3, "ef", 8).fresh == []
    assert talk.tell(4, "gh", 8).fresh is None
    talk.tell(COUNT, "a", 8)
    assert ledger.connected == 4
    assert ledger.closed
    assert ledger.findings.basis == "order"
    assert (ledger.asked_again, ledger.unique) == (set(), 8)


@pytest.mark.parametrize("rows", ["efgh", "abcdefgh", "xabcdefgh", "fgh"])
def test_a_list_that_moved_since_is_followed_back(rows: str) -> None:
    """However far rows moved since, all that the former run did not give are found, each once."""
    ledger, _ = resume("abcdef")
    run = Run(ledger, Site(list(rows)), swept=2)
    assert run.go() is None
    assert run.delivered == [row for row in rows if row not in "abcdef"]


def test_totals_of_another_time_prove_nothing() -> None:
    """What existed in between is not known: no count over all is made, nor insertions and deletions told."""
    ledger, talk = resume("ab")
    talk.tell(1, "ab", 4)
    talk.tell(2, "cd", 5)
    assert ledger.findings.insertions == 0
    assert not ledger.closed


def test_verified_resumes_as_well() -> None:
    """Shared rows join what was recalled and what comes."""
    ledger, talk = resume("abcd", verified=True)
    talk.tell(1, "ab", 6)
    talk.tell(2, "cd", 6)
    talk.tell(3, "ef", 6)
    assert talk.wanted(3) == [Ask(2, 3)]
    talk.tell(Ask(2, 3), "def", 6)
    assert talk.wanted(3) == []
    assert ledger.findings.basis == "shared rows"


def test_where_order_is_not_trusted_all_is_read() -> None:
    """Then the former rows are only not given again; the list is proved by the rows that come now."""
    ledger, talk = resume("abcd", trusts_order=False)
    assert (ledger.connected, ledger.unique) == (0, 4)
    assert talk.tell(1, "ab", 5).fresh == []
    assert talk.tell(2, "cd", 5).fresh == []
    assert talk.tell(3, "x", 5).fresh == [0]
    assert not ledger.closed
    talk.tell(COUNT, "a", 5)
    assert ledger.findings.basis == "count"


def test_former_rows_do_not_count_where_order_is_not_trusted() -> None:
    """A row that only the former run saw is no row of this list."""
    ledger, talk = resume("abcd", trusts_order=False)
    talk.tell(1, "ab", 4)
    talk.tell(2, "xb", 4)
    talk.tell(COUNT, "a", 4)
    assert not ledger.closed


def test_the_ids_of_a_stream_take_at_most_100_bytes_each() -> None:
    """The ledger of a stream keeps less than 100 bytes a customer, just after its table has grown as well."""
    # A dict grows when two thirds of its 2 ** n places are taken: one table would have grown at 349 525 ids, and the
    # third of tables of at most 2 ** 17 ids has at 87 381 of its own.
    customers, size = 352_000, 1000
    ledger = Ledger(size)
    talk = Talk(ledger)
    tracemalloc.start()
    for number in range(1, customers // size + 1):
        keys = fingerprints([f"customer-{number}-{row}" for row in range(size)])
        talk.tell(number, keys, customers)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / customers < 100
    assert max(map(sys.getsizeof, keys)) == 32
