from __future__ import annotations

import sys
import tracemalloc

import pytest

from explo_async.drift import Ledger
from explo_async.evidence import Ask, Doubt
from explo_async.sightings import fingerprints

ROWS = "abcdefghijklmnopqrstuvwxyz"


def add(ledger: Ledger, number: int, rows: str, total: int, *, sent: int | None = None) -> list[int] | None:
    moment = ledger.moment if sent is None else sent
    return ledger.add(Ask(number, ledger.size), total=total, keys=list(rows), sent=moment).fresh


def asks(ledger: Ledger, swept: int) -> list[int]:
    return [ask.number for ask in ledger.wanted((), swept=swept)]


def test_full_pages_of_one_total_hang_together() -> None:
    """Adjacent full pages that tell the same total close the chain, in any order of arrival, with no further request."""
    ledger = Ledger(3)
    assert add(ledger, 1, "abc", 8) is None
    assert not ledger.closed
    add(ledger, 3, "gh", 8)
    assert (ledger.connected, ledger.goal) == (1, 3)
    add(ledger, 2, "def", 8)
    assert ledger.closed
    assert asks(ledger, 3) == []
    assert (ledger.connected, ledger.unique, ledger.totals, ledger.doubt) == (3, 8, [8], None)


def test_an_empty_list_is_closed_by_its_first_page() -> None:
    """No rows and a total of 0 are a whole list."""
    ledger = Ledger(3)
    add(ledger, 1, "", 0)
    assert ledger.closed


def test_a_deletion_before_the_cursor_is_mended_by_one_page() -> None:
    """When a row is deleted between two pages, the earlier one is asked for again and shows the row that moved up."""
    ledger = Ledger(3)
    add(ledger, 1, "abc", 9)
    add(ledger, 2, "efg", 8)
    assert ledger.connected == 1
    assert asks(ledger, 2) == [1]
    assert add(ledger, 1, "bcd", 8) == [2]
    add(ledger, 3, "hi", 8)
    assert ledger.closed
    assert ledger.asked_again == {1}
    assert ledger.duplicates == 2


def test_an_insertion_before_the_cursor_needs_no_request() -> None:
    """After an insertion the next page begins with a row that was seen: the two share it."""
    ledger = Ledger(3)
    add(ledger, 1, "abc", 6)
    assert add(ledger, 2, "cde", 7) == [1, 2]
    assert ledger.connected == 2
    assert asks(ledger, 2) == []
    add(ledger, 3, "f", 7)
    assert ledger.closed


def test_more_deletions_than_a_page_holds_are_followed_back() -> None:
    """When the rows moved up by more than a page, earlier pages are asked for until one shares a row."""
    ledger = Ledger(3)
    for number, rows in ((1, "abc"), (2, "def")):
        add(ledger, number, rows, 15)
    add(ledger, 3, "mno", 9)
    assert asks(ledger, 3) == [2]
    assert add(ledger, 2, "ghl", 9) is None
    assert asks(ledger, 3) == [1]
    add(ledger, 1, "def", 9)
    assert ledger.closed


def test_a_change_that_was_certainly_between_two_equal_totals_breaks_their_link() -> None:
    """Two pages of the same total are not linked when an answer between them told another."""
    ledger = Ledger(2)
    add(ledger, 1, "ab", 6)
    add(ledger, 3, "ef", 5)
    add(ledger, 2, "cd", 6)
    assert ledger.connected == 1
    assert asks(ledger, 3) == [1, 3]
    overlapping = Ledger(2)
    add(overlapping, 1, "ab", 6, sent=0)
    add(overlapping, 3, "ef", 5, sent=0)
    add(overlapping, 2, "cd", 6, sent=0)
    assert overlapping.connected == 2


def test_a_list_that_shrinks_ends_earlier() -> None:
    """An answer past the end makes the page before it be asked for again, until it is seen to end the list."""
    ledger = Ledger(3)
    add(ledger, 1, "abc", 7)
    add(ledger, 2, "def", 7)
    ledger.past_end(3)
    assert asks(ledger, 3) == [2]
    add(ledger, 2, "def", 6)
    assert ledger.closed


def test_several_answers_past_the_end_lead_back_to_page_1() -> None:
    """Only page 1 surely exists: it tells how long the list is now."""
    ledger = Ledger(1)
    for number, row in enumerate("abcdef", 1):
        add(ledger, number, row, 9)
    for number in (9, 8, 7):
        ledger.past_end(number)
    assert asks(ledger, 9) == [1]
    add(ledger, 1, "", 0)
    assert ledger.closed


def test_a_page_past_the_end_that_nobody_expected_means_nothing() -> None:
    """A page asked for on a hint that is past the end changes nothing."""
    ledger = Ledger(3)
    add(ledger, 1, "abc", 4)
    ledger.past_end(3)
    assert (ledger.total, ledger.goal) == (4, 2)


def doubt_of(ledger: Ledger, pages: dict[int, tuple[str, int]], *, most: int = 200) -> tuple[Doubt | None, int]:
    """Answer whatever the ledger asks for, the same each time; return its doubt and how many answers it took."""
    swept = answers = 0
    while ledger.doubt is None and not (swept >= ledger.goal and ledger.closed) and answers < most:
        wanted = asks(ledger, swept)
        if not wanted and swept < ledger.goal:
            swept += 1
            wanted = [swept]
        for number in wanted:
            answers += 1
            rows, total = pages.get(number, ("", -1))
            if total < 0:
                ledger.past_end(number)
            else:
                add(ledger, number, rows, total)
    return ledger.doubt, answers


@pytest.mark.parametrize(
    ("pages", "doubt"),
    [
        (dict.fromkeys(range(1, 11), ("abc", 30)), "page_ignored"),
        ({1: ("abc", 9), 2: ("de", 9), 3: ("fgh", 9)}, "total_wrong"),
        ({1: ("abc", 8), 2: ("def", 8), 3: ("g", 8)}, "total_wrong"),
        ({1: ("abc", 8), 2: ("def", 8), 3: ("ghi", 8)}, "total_wrong"),
        ({1: ("abc", 9), 2: ("def", 9)}, "total_wrong"),
        ({1: ("", 9)}, "total_wrong"),
        ({1: ("abc", 6), 2: ("ade", 6)}, "unordered"),
        ({1: ("abc", 9), 2: ("dde", 9), 3: ("fgh", 9)}, "duplicate_ids"),
    ],
)
def test_a_server_that_contradicts_itself_is_found_out_quickly(pages: dict[int, tuple[str, int]], doubt: Doubt) -> None:
    """A list at rest whose totals and rows do not fit ends in a doubt that says how, within a few requests."""
    found, answers = doubt_of(Ledger(3), pages)
    assert found == doubt
    assert answers <= 12


def test_a_page_after_the_last_one_is_a_contradiction() -> None:
    """When the last page by the total says that another follows, as the earlier form can, the total is too low."""
    ledger = Ledger(2)
    add(ledger, 1, "ab", 4)
    for _ in range(3):
        ledger.add(Ask(2, 2), total=4, keys=["c", "d"], sent=ledger.moment, has_next=True)
        ledger.wanted((), swept=2)
    assert not ledger.closed
    assert ledger.doubt == "total_wrong"


def test_a_row_without_a_readable_id_breaks_the_links_of_its_page() -> None:
    """Such a page cannot be checked against its neighbours, also when it is read again."""
    ledger = Ledger(2)
    add(ledger, 1, "ab", 4)
    for _ in range(3):
        ledger.add(Ask(2, 2), total=4, keys=["c", None], sent=ledger.moment)
        ledger.wanted((), swept=2)
    assert ledger.doubt == "unreadable_id"


def test_too_much_growth_is_a_doubt() -> None:
    """A list that becomes more than twice and 20 pages as long as at first is not chased."""
    ledger = Ledger(1)
    add(ledger, 1, "a", 2)
    add(ledger, 2, "b", 25)
    assert ledger.doubt == "too_many_changes"


def test_endless_changes_end_in_a_doubt() -> None:
    """When each answer tells another total the bound on requests ends it."""
    ledger = Ledger(1)
    add(ledger, 1, "a", 30)
    add(ledger, 2, "b", 31)
    answers = 0
    while wanted := ledger.wanted((), swept=3):
        for ask in wanted:
            answers += 1
            ledger.add(ask, total=31 + answers % 47, keys=[f"x{answers}"], sent=ledger.moment)
    assert ledger.doubt == "too_many_changes"
    assert 70 < answers <= 2 * 30 + 20


def test_a_balanced_change_that_shows_by_its_rows_leads_to_a_second_pass() -> None:
    """Equal totals and too few distinct rows mean an insertion and a deletion: all pages are read again, once."""
    ledger = Ledger(2)
    add(ledger, 1, "ab", 6)
    add(ledger, 2, "bc", 6)
    add(ledger, 3, "de", 6)
    assert not ledger.closed
    assert asks(ledger, 3) == [1, 2, 3]
    for number, rows in ((1, "xa"), (2, "bc"), (3, "de")):
        add(ledger, number, rows, 6)
    assert ledger.closed


def test_verified_bridges_every_boundary() -> None:
    """Without trust in totals, each boundary is asked for with a page of another size that holds both its sides."""
    ledger = Ledger(3, verified=True)
    add(ledger, 1, "abc", 8)
    add(ledger, 2, "def", 8)
    add(ledger, 3, "gh", 8)
    assert not ledger.closed
    wanted = ledger.wanted((), swept=3)
    assert wanted == [Ask(2, 2), Ask(2, 4)]
    assert ledger.wanted(wanted, swept=3) == []
    ledger.add(Ask(2, 2), total=8, keys=["c", "d"], sent=3)
    ledger.add(Ask(2, 4), total=8, keys=list("efgh"), sent=3)
    assert ledger.closed


def test_verified_catches_a_deletion_and_an_insertion_that_cancel_out() -> None:
    """What "checked" cannot see, because all totals are equal, "verified" sees by the row that is nowhere."""
    checked, verified = Ledger(2), Ledger(2, verified=True)
    for ledger in (checked, verified):
        add(ledger, 1, "ab", 6)
        # Here b is deleted and x put at the end: c moves to page 1, which has been read.
        add(ledger, 2, "de", 6)
        add(ledger, 3, "fx", 6)
    assert checked.closed
    assert checked.unique == 6
    assert not verified.closed
    while wanted := verified.wanted((), swept=3):
        for ask in wanted:
            rows = "acdefx"[(ask.number - 1) * ask.size : ask.number * ask.size]
            verified.add(ask, total=6, keys=list(rows), sent=verified.moment)
    assert not verified._sightings._seen.without("c")
    assert verified.closed


def test_verified_reads_both_sides_again_when_a_bridge_does_not_hold() -> None:
    """A bridge that shares rows with one side only makes both sides be read again, and be bridged again."""
    ledger = Ledger(2, verified=True)
    add(ledger, 1, "ab", 4)
    add(ledger, 2, "cd", 4)
    (bridge,) = ledger.wanted((), swept=2)
    ledger.add(bridge, total=4, keys=["x", "y", "z"][: bridge.size], sent=2)
    assert asks(ledger, 2) == [1, 2]
    add(ledger, 1, "ab", 4)
    add(ledger, 2, "cd", 4)
    assert ledger.wanted((), swept=2) == [bridge]


def test_missing_pages_are_those_without_an_answer() -> None:
    """`missing` names the pages that the list has and that were not read."""
    ledger = Ledger(2)
    add(ledger, 1, "ab", 7)
    add(ledger, 3, "ef", 7)
    assert ledger.missing() == [2, 4]


@pytest.mark.parametrize("customers", [700_000, 1_400_000])
def test_the_ids_of_a_stream_take_at_most_100_bytes_each(customers: int) -> None:
    """The ledger of a stream keeps less than 100 bytes a customer, just after its table has grown as well."""
    size = 1000
    ledger = Ledger(size)
    tracemalloc.start()
    for number in range(1, customers // size + 1):
        keys = fingerprints([f"customer-{number}-{row}" for row in range(size)])
        ledger.add(Ask(number, size), total=customers, keys=keys, sent=ledger.moment)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / customers < 100
    assert max(map(sys.getsizeof, keys)) == 32
