"""Rows of a list, which stay until the end."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.delivery.arrival import Arrival, RowPage
from explo_async.delivery.kept import Kept
from explo_async.models import Customer
from tests.helpers.deliveries import (
    EVERYTHING,
    TWO_PICTURES,
    Chosen,
    Connected,
    arrive,
    customers,
    letters_of,
    put_two_pictures,
    rest_of,
    take_all,
)

PAGES = [(2, "def"), (1, "abc"), (3, "ghi")]


def test_kept() -> None:
    """A list gives out nothing on the way and never counts as full."""
    kept = Kept[Customer]()
    arrive(kept, 0, 1, "abc")
    assert (take_all(kept, EVERYTHING), kept.take(None), len(kept)) == ([], None, 0)


@pytest.mark.parametrize(
    ("pages", "order"),
    [
        pytest.param([(1, "abc", "abc"), (2, "cde", "de")], "abcde", id="row deleted before"),
        pytest.param([(2, "def", "def"), (1, "xab", "xab"), (2, "cde", "c")], "xabcdef", id="row added before"),
        pytest.param([(1, "abc", "abc"), (2, "cde", "de"), (3, "fgh", "fgh")], "abcdefgh", id="nothing after it"),
        pytest.param([(1, "abc", "abc"), (1, "abc", "")], "abc", id="read again, unchanged"),
        pytest.param([(1, "abc", "abc"), (1, "xyz", "xyz")], "axbycz", id="read again, with other rows"),
        pytest.param([(2, "de", "de"), (1, "abc", "abc"), (2, "def", "f")], "abcdef", id="row added at the end"),
    ],
)
def test_kept_of_a_changing_list(pages: list[tuple[int, str, str]], order: str) -> None:
    """Rows that came at different moments are put where the pages on which they came tell."""
    kept = Kept[Customer]()
    for index, (number, rows, fresh) in enumerate(pages):
        arrive(kept, index, number, rows, fresh=fresh)
    assert rest_of(kept) == order


def test_what_came_once_is_given_as_it_is() -> None:
    """Pages that came once, with new rows alone, are put in order and neither merged nor copied; no more is kept."""
    kept = Kept[Customer]()
    pages = [RowPage(number=number, page_size=3, total_count=9, rows=customers(rows)) for number, rows in PAGES]
    for index, page in enumerate(pages):
        kept.put(Arrival(index, page, page.rows, frozenset({9})))
    assert {(arrival.fresh, arrival.shared) for arrival in kept._arrivals} == {((), frozenset())}
    given = list(kept.rest(None))
    assert all(rows is page.rows for rows, page in zip(given, (pages[1], pages[0], pages[2]), strict=True))


def test_kept_as_read_last() -> None:
    """Of a customer that came twice, and changed meanwhile, the later record is kept."""
    kept = Kept[Customer]()
    arrive(kept, 0, 1, "ab")
    arrive(kept, 1, 1, "b", fresh="", name="new")
    assert [row.name for row in chain.from_iterable(kept.rest(None))] == [None, "new"]


def test_kept_of_two_still_pictures() -> None:
    """Rows of a page come before those of the next one in the same picture, wherever that had been before."""
    kept = Kept[Customer]()
    put_two_pictures(kept)
    assert rest_of(kept, TWO_PICTURES) == "abcuvwdefghi"


def test_a_selection_of_one_sweep() -> None:
    """Of an exact list those rows are given that belong to it, as the sweep after its moment read them, in its order."""
    kept = Kept[Customer]()
    for index, (number, rows) in enumerate([(1, "abg"), (2, "def"), (2, "efx"), (1, "abd")]):
        arrive(kept, index, number, rows, fresh=rows if index < 2 else "")
    arrive(kept, 4, 3, "y", fresh="", name="new")
    pieces = list(kept.rest(Connected(selection=Chosen("abdefgy", since=2))))
    assert [letters_of(piece) for piece in pieces] == ["abd", "ef", "y"]
    assert pieces[-1][0].name == "new"
    assert rest_of(kept, Connected(selection=Chosen("abdefgy", since=2))) == ""


def test_a_selection_of_several_sweeps() -> None:
    """Rows that were read in several sweeps, in pages of different sizes, are merged and given once, as read last."""
    kept = Kept[Customer]()
    for index, (number, rows) in enumerate([(1, "zab"), (1, "abc"), (2, "cef"), (1, "abcdefx")]):
        arrive(kept, index, number, rows, fresh=rows if not index else "", adjoins=index < 3)
    arrive(kept, 4, 1, "f", fresh="", name="new")
    selected = list(chain.from_iterable(kept.rest(Connected(selection=Chosen("zabcdef", since=1)))))
    assert letters_of(selected) == "abcdef"
    assert [row.name for row in selected] == [None] * 5 + ["new"]


def test_a_selection_of_nobody() -> None:
    """An exact list may be empty, whatever was seen before and after."""
    kept = Kept[Customer]()
    for index, rows in enumerate(["ab", "bc", "bd"]):
        arrive(kept, index, 1, rows)
    assert rest_of(kept, Connected(selection=Chosen("", since=1))) == ""


@given(st.data())
def test_any_selection(data: st.DataObject) -> None:
    """Whatever order the pages of two sweeps arrive in and whatever is selected, that comes, once, in listing order."""
    letters = "abcdefghijkl"
    chosen = "".join(letter for letter in letters if data.draw(st.booleans()))
    sweeps = data.draw(st.integers(1, 2))
    kept = Kept[Customer]()
    index = 0
    for sweep in range(sweeps + 1):
        size = 3 if sweep < 2 else 4
        for number in data.draw(st.permutations(range(1, len(letters) // size + 1))):
            first = (number - 1) * size
            arrive(kept, index, first // 3 + 1, letters[first : first + size], adjoins=size == 3)
            index += 1
    assert rest_of(kept, Connected(selection=Chosen(chosen, since=4))) == chosen
