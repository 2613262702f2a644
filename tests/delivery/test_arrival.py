"""A page that has come: which of its rows are handed on, and what it tells about the order of rows."""

from __future__ import annotations

import pytest
from attrs import evolve

from explo_async.completeness.evidence import Entry
from explo_async.delivery.arrival import Arrival, RowPage, make_arrival, pick_rows
from explo_async.delivery.merge import OrderedRows
from explo_async.plan import Ask
from tests.helpers.deliveries import Connected, customers, decoded, letters_of

PAGE = RowPage(number=2, page_size=3, total_count=9, rows=customers("def"))
IN_A_PICTURE = Connected(pictures={4: 7})


def test_its_picture_tells_what_follows() -> None:
    """A page is of the still picture that its chain knows it to be of, and without a chain of none."""
    arrival = Arrival(4, PAGE, ())
    assert arrival.snapshot(IN_A_PICTURE) == OrderedRows(2, 7, PAGE.rows)
    assert arrival.snapshot(None) == OrderedRows(2, None, PAGE.rows)
    assert Arrival(5, PAGE, ()).snapshot(IN_A_PICTURE) == OrderedRows(2, None, PAGE.rows)


def test_only_pages_of_the_listing_tell_what_follows() -> None:
    """The picture of another page says nothing of the page after it."""
    assert Arrival(4, PAGE, (), adjoins=False).snapshot(IN_A_PICTURE) == OrderedRows(2, None, PAGE.rows)


def test_arrivals_are_told_apart_by_what_they_are() -> None:
    """Two arrivals of the same rows are two."""
    assert Arrival(4, PAGE, ()) != Arrival(4, PAGE, ())


def test_a_page_of_the_listing_arrives_as_it_is() -> None:
    """Its number, its rows and what is known of them are handed on, with the size of the listing."""
    page, fresh = decoded("def"), customers("ef")
    entry = Entry(5, fresh=[1, 2], shared=frozenset({0}))
    arrival = make_arrival(Ask(2, 3), page, entry, fresh, size=3, adjoins=True)
    assert arrival.page == PAGE
    assert (arrival.index, arrival.fresh, arrival.shared) == (5, fresh, frozenset({0}))
    assert (arrival.is_seam, arrival.adjoins) == (False, True)


@pytest.mark.parametrize(
    ("ask", "adjoins", "number", "picture"),
    [
        (Ask(4, 3), True, 4, 7),
        (Ask(4, 3), False, 4, None),
        (Ask(4, 4), True, 5, None),
        (Ask(3, 4), True, 3, None),
        (Ask(5, 2), True, 3, None),
    ],
)
def test_a_page_of_another_size_adjoins_none(ask: Ask, number: int, picture: int | None, *, adjoins: bool) -> None:
    """A page that begins elsewhere than those of the listing goes by the one in which it begins, and has no picture."""
    page = decoded("def")
    arrival = make_arrival(ask, page, Entry(0), page.rows, size=3, adjoins=adjoins)
    assert arrival.snapshot(Connected(pictures={0: 7})) == OrderedRows(number, picture, page.rows)
    assert arrival.page.page_size == 3


@pytest.mark.parametrize(
    ("fresh", "unreadable", "all_rows", "rows"),
    [
        pytest.param("", "", False, "bc", id="no news"),
        pytest.param("d", "", False, "abcd", id="news"),
        pytest.param("", "", True, "abcd", id="all wanted"),
        pytest.param("", "e", False, "abcd", id="a record that cannot be read"),
    ],
)
def test_a_bridge_without_news_keeps_what_is_wanted(fresh: str, unreadable: str, rows: str, *, all_rows: bool) -> None:
    """Only the rows at the boundary are kept of a page of another size that brought nothing, unless all are wanted."""
    page = decoded(f"abcd{unreadable}", unreadable=unreadable)
    entry = Entry(0, fresh=[], seam=slice(1, 3))
    arrival = make_arrival(Ask(1, 4), page, entry, customers(fresh), size=3, adjoins=True, all_rows=all_rows)
    assert (letters_of(arrival.page.rows), arrival.is_seam) == (rows, rows == "bc")


def test_not_all_rows_are_wanted_unless_that_is_said() -> None:
    """A bridge without news is a seam then, and what was made by hand is none."""
    entry = Entry(0, fresh=[], seam=slice(1, 3))
    assert make_arrival(Ask(1, 4), decoded("abcd"), entry, (), size=3, adjoins=True).is_seam
    assert not Arrival(4, PAGE, ()).is_seam


def test_a_page_of_the_listing_without_news_is_no_seam() -> None:
    """A page that is read again and brings nothing is kept whole: it may tell the order anew."""
    entry = Entry(0, fresh=[], seam=slice(1, 2))
    arrival = make_arrival(Ask(1, 3), decoded("abc"), entry, (), size=3, adjoins=True)
    assert (letters_of(arrival.page.rows), arrival.is_seam) == ("abc", False)


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


def test_rows_that_do_not_fit_their_ids_are_a_bug() -> None:
    """A page with fewer readable rows than its ids call for is refused, and no row takes another one's place."""
    page = evolve(decoded("abc", unreadable="a"), rows=customers("b"))
    with pytest.raises(ValueError, match="shorter"):
        pick_rows(page, [1, 2])
