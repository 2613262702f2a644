"""Where rows wait, and in which order they leave."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.decode import DecodedPage
from explo_async.delivery import Arrival, AsTheyCome, Kept, pick_rows
from explo_async.held import InOrder
from explo_async.models import Customer, CustomerPage, InvalidRecord
from explo_async.order import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.delivery import Delivery


def customers(letters: str) -> tuple[Customer, ...]:
    """Make a customer of each letter."""
    return tuple(Customer(provided_id=letter) for letter in letters)


def letters_of(rows: Iterable[Customer]) -> str:
    """Write customers as letters."""
    return "".join(customer.provided_id for customer in rows)


def rest_of(delivery: Delivery) -> str:
    """Take out what is left, as letters."""
    return letters_of(chain.from_iterable(delivery.rest()))


class Connected:
    """A chain of the arrivals that a test names; none named means all."""

    def __init__(self, *indices: int) -> None:
        self._indices = indices

    def holds(self, index: int) -> bool:
        """Tell whether an arrival was named."""
        return not self._indices or index in self._indices


NOTHING, EVERYTHING = Connected(-1), Connected()


def arrive(delivery: Delivery, index: int, number: int, rows: str, *, fresh: str | None = None, **facts: Any) -> None:
    """Let a page arrive, of which all or some rows are fresh."""
    page = CustomerPage(number=number, page_size=3, total_count=facts.pop("total", 9), customers=customers(rows))
    fresh_rows = customers(rows if fresh is None else fresh)
    delivery.put(Arrival(index=index, page=page, fresh=fresh_rows, **facts))


def take_all(delivery: Delivery, connected: Connected) -> list[str]:
    """Take out what may go, each page as its letters; what may go is ready, and nothing else."""
    pages = []
    while (ready := delivery.is_ready(connected)) | ((page := delivery.take(connected)) is not None):
        assert ready
        assert page is not None
        pages.append(letters_of(page.customers))
    return pages


def test_as_they_come() -> None:
    """Without an order pages leave as they arrive, whatever hangs together."""
    delivery = AsTheyCome()
    for index, (number, rows) in enumerate([(3, "ghi"), (1, "abc"), (2, "def")]):
        arrive(delivery, index, number, rows)
    assert len(delivery) == 3
    assert (take_all(delivery, NOTHING), len(delivery)) == (["ghi", "abc", "def"], 0)


def test_in_order() -> None:
    """Pages leave in listing order, and none before the pages up to it are known to hang together."""
    delivery = InOrder()
    arrive(delivery, 0, 3, "ghi")
    arrive(delivery, 1, 1, "abc")
    assert (take_all(delivery, NOTHING), len(delivery)) == ([], 2)
    assert (take_all(delivery, Connected(1)), len(delivery)) == (["abc"], 1)
    arrive(delivery, 2, 2, "def")
    assert (take_all(delivery, Connected(1)), len(delivery)) == ([], 2)
    assert (take_all(delivery, EVERYTHING), len(delivery)) == (["def", "ghi"], 0)


@pytest.mark.parametrize("make", [InOrder, AsTheyCome])
def test_only_fresh_rows(make: type[InOrder | AsTheyCome]) -> None:
    """Of a page that is read again only the rows leave that had not come before, with the page's own facts."""
    delivery = make()
    arrive(delivery, 0, 1, "abc")
    assert delivery.take(None) == CustomerPage(number=1, page_size=3, total_count=9, customers=customers("abc"))
    arrive(delivery, 1, 1, "abx", fresh="x", shared=frozenset({0}), total=10)
    arrive(delivery, 2, 1, "abx", fresh="", shared=frozenset({0, 1}), total=10)
    assert len(delivery) == 1
    assert delivery.take(None) == CustomerPage(number=1, page_size=3, total_count=10, customers=customers("x"))
    assert take_all(delivery, EVERYTHING) == []


def test_related_arrivals_leave_together() -> None:
    """Pages that are held at one time and share a row or a number leave as one, merged; others on their own."""
    delivery = InOrder()
    arrive(delivery, 0, 2, "def")
    arrive(delivery, 1, 4, "jkl")
    arrive(delivery, 2, 2, "cde", fresh="c", shared=frozenset({0}), total=10)
    arrive(delivery, 3, 1, "abc", fresh="ab", shared=frozenset({2}), total=10)
    arrive(delivery, 4, 3, "fgh", fresh="gh", shared=frozenset({0}), total=10)
    assert (take_all(delivery, Connected(0, 2, 3, 4)), len(delivery)) == (["abcdefgh"], 1)
    assert (take_all(delivery, EVERYTHING), len(delivery)) == (["jkl"], 0)


def test_order_known_from_rows_delivered() -> None:
    """A page without fresh rows is let go with nothing to show, and does not keep others back."""
    delivery = InOrder()
    arrive(delivery, 0, 5, "mno")
    arrive(delivery, 1, 2, "abc", fresh="", shared=frozenset({9}))
    assert (take_all(delivery, Connected(1)), len(delivery)) == ([], 1)
    assert take_all(delivery, EVERYTHING) == ["mno"]


@pytest.mark.parametrize("make", [InOrder, AsTheyCome, Kept])
def test_rest(make: type[InOrder | AsTheyCome | Kept]) -> None:
    """What still waits at the end comes in listing order, on one page as it arrived, and once."""
    delivery = make()
    for index, (number, rows) in enumerate([(9, "z"), (3, "ef"), (2, "d"), (1, "abc")]):
        arrive(delivery, index, number, rows)
    assert (rest_of(delivery), len(delivery)) == ("abcdefz", 0)
    assert (rest_of(delivery), take_all(delivery, EVERYTHING)) == ("", [])


def test_rest_of_one_page() -> None:
    """Rows that came on one page at different moments keep that order where they leave as they come."""
    delivery = AsTheyCome()
    for index, (number, rows) in enumerate([(2, "d"), (2, "e"), (1, "a"), (2, "f"), (1, "b")]):
        arrive(delivery, index, number, rows)
    assert rest_of(delivery) == "abdef"


def test_kept() -> None:
    """A list gives out nothing on the way and never counts as full."""
    kept = Kept()
    arrive(kept, 0, 1, "abc")
    assert (take_all(kept, EVERYTHING), kept.take(None), len(kept)) == ([], None, 0)


@pytest.mark.parametrize(
    ("pages", "order"),
    [
        pytest.param([(1, "abc", "abc"), (2, "cde", "de")], "abcde", id="row deleted before"),
        pytest.param([(2, "def", "def"), (1, "xab", "xab"), (2, "cde", "c")], "xabcdef", id="row added before"),
        pytest.param([(1, "abc", "abc"), (2, "cde", "de"), (3, "fgh", "fgh")], "abcdefgh", id="nothing after it"),
        pytest.param([(1, "abc", "abc"), (1, "abc", "")], "abc", id="read again, unchanged"),
        pytest.param([(2, "de", "de"), (1, "abc", "abc"), (2, "def", "f")], "abcdef", id="row added at the end"),
    ],
)
def test_kept_of_a_changing_list(pages: list[tuple[int, str, str]], order: str) -> None:
    """Rows that came at different moments are put where the pages on which they came tell."""
    kept = Kept()
    for index, (number, rows, fresh) in enumerate(pages):
        arrive(kept, index, number, rows, fresh=fresh)
    assert rest_of(kept) == order


def test_kept_as_read_last() -> None:
    """Of a customer that came twice, and changed meanwhile, the later record is kept."""
    kept = Kept()
    arrive(kept, 0, 1, "ab")
    later = CustomerPage(number=1, page_size=3, total_count=9, customers=(Customer(provided_id="b", name="new"),))
    kept.put(Arrival(index=1, page=later, fresh=()))
    assert [row.name for row in chain.from_iterable(kept.rest())] == [None, "new"]


def test_bridges_tell_no_total() -> None:
    """A page of another size tells the order of its own rows, but not what stands on the pages next to it."""
    page = CustomerPage(number=2, page_size=3, total_count=9, customers=customers("def"))
    snapshots = [Arrival(index=0, page=page, fresh=(), adjoins=flag).snapshot for flag in (True, False)]
    assert snapshots == [Snapshot(2, 9, page.customers), Snapshot(2, None, page.customers)]
    assert Arrival(index=0, page=page, fresh=()).snapshot == snapshots[0]


@given(st.permutations(range(1, 9)), st.sets(st.integers(1, 8)))
def test_any_order_of_arrival(arrivals: list[int], steps: set[int]) -> None:
    """Pages that arrive in any order, taken at any moments, give the same customers in the same order."""
    letters = "abcdefghijklmnopqrstuvwx"
    kept, held, seen = Kept(), InOrder(), ""
    index_of: dict[int, int] = {}
    for index, number in enumerate(arrivals):
        index_of[number] = index
        for delivery in (kept, held):
            arrive(delivery, index, number, letters[3 * number - 3 : 3 * number])
        if number in steps:
            prefix = next(following - 1 for following in range(1, 10) if following not in index_of)
            seen += "".join(take_all(held, Connected(-1, *[index_of[page] for page in range(1, prefix + 1)])))
            assert len(seen) >= 3 * prefix
    assert seen + rest_of(held) == rest_of(kept) == letters


def decoded(letters: str, *, unreadable: str = "") -> DecodedPage:
    """Make a page of a row for each letter, some of which cannot be read."""
    invalid = [
        InvalidRecord(page=1, row=row, provided_id=letter, path="name", reason="is a number")
        for row, letter in enumerate(letters)
        if letter in unreadable
    ]
    return DecodedPage(
        total_count=9,
        customers=customers("".join(letter for letter in letters if letter not in unreadable)),
        provided_ids=tuple(letters),
        invalid=tuple(invalid),
    )


@pytest.mark.parametrize(
    ("unreadable", "positions", "picked"),
    [
        ("", None, "abcde"),
        ("", [], ""),
        ("", [1, 3], "bd"),
        ("", [0, 1, 2, 3, 4], "abcde"),
        ("b", None, "acde"),
        ("b", [], ""),
        ("b", [1], ""),
        ("b", [0, 1, 2], "ac"),
        ("be", [2, 3, 4], "cd"),
        ("abcde", [0, 4], ""),
    ],
)
def test_pick_rows(unreadable: str, positions: list[int] | None, picked: str) -> None:
    """Positions count all rows of a page; those set aside as unreadable are left out."""
    assert letters_of(pick_rows(decoded("abcde", unreadable=unreadable), positions)) == picked
