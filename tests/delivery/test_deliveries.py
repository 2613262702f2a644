"""What all ways to deliver have in common: each row once, in an order that fits how it was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.delivery.arrival import RowPage
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.models import Customer
from tests.helpers.deliveries import EVERYTHING, NOTHING, Connected, arrive, customers, rest_of, take, take_all


def test_each_says_when_rows_are_given_out() -> None:
    """The exact list has to know it."""
    assert [make.handing for make in (Kept, InOrder, AsTheyCome)] == ["at the end", "in order", "as they come"]


@pytest.mark.parametrize("make", [InOrder, AsTheyCome])
def test_only_fresh_rows(make: type[InOrder[Customer] | AsTheyCome[Customer]]) -> None:
    """Of a page that is read again only the rows leave that had not come before, with the page's own facts."""
    delivery = make()
    arrive(delivery, 0, 1, "abc")
    assert delivery.take(None) == RowPage(number=1, page_size=3, total_count=9, rows=customers("abc"))
    arrive(delivery, 1, 1, "abx", fresh="x", shared=(0,), total=10)
    arrive(delivery, 2, 1, "abx", fresh="", shared=(0, 1), total=10)
    assert len(delivery) == 1
    assert delivery.take(None) == RowPage(number=1, page_size=3, total_count=10, rows=customers("x"))
    assert take_all(delivery, EVERYTHING) == []


@pytest.mark.parametrize("make", [InOrder, AsTheyCome, Kept])
def test_rest(make: type[InOrder[Customer] | AsTheyCome[Customer] | Kept[Customer]]) -> None:
    """What still waits at the end comes in listing order, on one page as it arrived, and once."""
    delivery = make()
    for index, (number, rows) in enumerate([(9, "z"), (3, "ef"), (2, "d"), (1, "abc")]):
        arrive(delivery, index, number, rows)
    assert (rest_of(delivery), len(delivery)) == ("abcdefz", 0)
    assert (rest_of(delivery), take_all(delivery, EVERYTHING)) == ("", [])


@pytest.mark.parametrize("make", [AsTheyCome, Kept])
def test_what_waits_for_nothing_is_not_dropped(make: type[AsTheyCome[Customer] | Kept[Customer]]) -> None:
    """Where no order is kept on the way there is no gap to wait behind."""
    delivery = make()
    arrive(delivery, 0, 2, "def")
    arrive(delivery, 1, 1, "abc")
    delivery.drop_rest(NOTHING)
    assert rest_of(delivery) == "abcdef"


@pytest.mark.parametrize(
    ("make", "pages"),
    [(InOrder, ["abc", "ghi", "mno"]), (AsTheyCome, ["ghi", "mno", "abc"]), (Kept, [])],
)
def test_everything_may_go_in_the_end(
    make: type[InOrder[Customer] | AsTheyCome[Customer] | Kept[Customer]], pages: list[str]
) -> None:
    """Once nothing more can come the gaps hold nothing back; the order of leaving, or of staying, is as always."""
    delivery = make()
    for index, (number, rows) in enumerate([(3, "ghi"), (5, "mno"), (1, "abc")]):
        arrive(delivery, index, number, rows)
    taken = [take(delivery, NOTHING, freely=True) for _ in range(4)]
    assert (taken, len(delivery)) == ([*pages, *[None] * (4 - len(pages))], 0)


@given(st.permutations(range(1, 9)), st.sets(st.integers(1, 8)))
def test_any_order_of_arrival(arrivals: list[int], steps: set[int]) -> None:
    """Pages that arrive in any order, taken at any moments, give the same customers in the same order."""
    letters = "abcdefghijklmnopqrstuvwx"
    kept, held, seen = Kept[Customer](), InOrder[Customer](), ""
    index_of: dict[int, int] = {}
    for index, number in enumerate(arrivals):
        index_of[number] = index
        for delivery in (kept, held):
            arrive(delivery, index, number, letters[3 * number - 3 : 3 * number])
        if number in steps:
            prefix = next(following - 1 for following in range(1, 10) if following not in index_of)
            seen += "".join(take_all(held, Connected([index_of[page] for page in range(1, prefix + 1)])))
            assert len(seen) >= 3 * prefix
    assert seen + rest_of(held) == rest_of(kept) == letters
