"""Rows of a stream in listing order: what holds a page back, and which pages leave merged."""

from __future__ import annotations

from explo_async.delivery.in_order import InOrder
from explo_async.models import Customer
from tests.helpers.deliveries import (
    EVERYTHING,
    NOTHING,
    TWO_PICTURES,
    Connected,
    arrive,
    put_two_pictures,
    rest_of,
    take,
    take_all,
)


def test_a_page_waits_until_it_hangs_together_with_page_1() -> None:
    """Rows are held while a row before them may be missing, whatever arrives meanwhile."""
    held = InOrder[Customer]()
    arrive(held, 0, 3, "ghi")
    arrive(held, 1, 1, "abc")
    assert (take_all(held, NOTHING), len(held)) == ([], 2)
    assert (take_all(held, Connected((1,))), len(held)) == (["abc"], 1)
    arrive(held, 2, 2, "def")
    assert (take_all(held, Connected((1,))), len(held)) == ([], 2)
    assert (take_all(held, EVERYTHING), len(held)) == (["def", "ghi"], 0)


def test_without_a_chain_pages_leave_in_their_order() -> None:
    """Where nothing is known of what hangs together nothing is held back."""
    held = InOrder[Customer]()
    for index, (number, rows) in enumerate([(3, "ghi"), (1, "abc")]):
        arrive(held, index, number, rows)
    assert [page and page.number for page in (held.take(None), held.take(None), held.take(None))] == [1, 3, None]


def test_pages_with_rows_in_common_leave_together_in_order() -> None:
    """A page that is read again before its first reading has left brings the rows that belong between."""
    held = InOrder[Customer]()
    arrive(held, 0, 2, "ef")
    arrive(held, 1, 2, "de", fresh="d", shared=(0,))
    arrive(held, 2, 4, "xyz")
    assert (take_all(held, EVERYTHING), len(held)) == (["def", "xyz"], 0)


def test_a_page_read_again_with_other_rows_leaves_with_its_first_reading() -> None:
    """The number alone tells that two arrivals belong together."""
    held = InOrder[Customer]()
    arrive(held, 0, 2, "def")
    arrive(held, 1, 2, "uvw")
    arrive(held, 2, 3, "xyz")
    assert len(held) == 3
    first = take(held, EVERYTHING)
    assert (sorted(first or ""), take(held, EVERYTHING)) == (sorted("defuvw"), "xyz")


def test_a_page_that_has_left_is_not_read_again_with_it() -> None:
    """Once a page has left, what comes under its number leaves by itself, in its turn."""
    held = InOrder[Customer]()
    arrive(held, 0, 1, "abc")
    assert take(held, EVERYTHING) == "abc"
    arrive(held, 1, 1, "xab", fresh="x")
    arrive(held, 2, 2, "def")
    assert take_all(held, EVERYTHING) == ["x", "def"]


def test_related_arrivals_leave_together() -> None:
    """Pages that are held at one time and share a row or a number leave as one, merged; others on their own."""
    held = InOrder[Customer]()
    arrive(held, 0, 2, "def")
    arrive(held, 1, 4, "jkl")
    arrive(held, 2, 2, "cde", fresh="c", shared=(0,), total=10)
    arrive(held, 3, 1, "abc", fresh="ab", shared=(2,), total=10)
    arrive(held, 4, 3, "fgh", fresh="gh", shared=(0,), total=10)
    assert (take_all(held, Connected((0, 2, 3, 4))), len(held)) == (["abcdefgh"], 1)
    assert (take_all(held, EVERYTHING), len(held)) == (["jkl"], 0)


def test_merged_rows_leave_with_the_facts_of_the_first_page() -> None:
    """The page that several become has the number of the earliest of them, and its total."""
    held = InOrder[Customer]()
    arrive(held, 0, 3, "ghi", total=9)
    arrive(held, 1, 2, "efg", fresh="ef", shared=(0,), total=10)
    page = held.take(EVERYTHING)
    assert page is not None
    assert (page.number, page.total_count) == (2, 10)


def test_the_later_record_of_a_customer_is_merged() -> None:
    """Of a row that came twice before it left, what was read last leaves."""
    held = InOrder[Customer]()
    arrive(held, 0, 2, "ef", name="old")
    arrive(held, 1, 2, "de", fresh="d", shared=(0,), name="new")
    page = held.take(EVERYTHING)
    assert page is not None
    assert [(row.provided_id, row.name) for row in page.rows] == [("d", "new"), ("e", "new"), ("f", "old")]


def test_order_known_from_rows_delivered() -> None:
    """A page without fresh rows is let go with nothing to show, and does not keep others back."""
    held = InOrder[Customer]()
    arrive(held, 0, 5, "mno")
    arrive(held, 1, 2, "abc", fresh="", shared=(9,))
    assert (take_all(held, Connected((1,))), len(held)) == ([], 1)
    assert take_all(held, EVERYTHING) == ["mno"]


def test_what_only_tells_the_order_is_kept_as_long_as_somebody_waits_for_it() -> None:
    """A seam is no row to deliver, and is forgotten with the last page that it could order."""
    held = InOrder[Customer]()
    arrive(held, 0, 2, "def")
    arrive(held, 1, 1, "cd", fresh="", shared=(0,), is_seam=True)
    assert len(held) == 1
    assert take(held, Connected((1,))) is None
    assert take(held, EVERYTHING) == "def"
    assert take(held, EVERYTHING) is None
    arrive(held, 2, 2, "fg", fresh="", shared=(0,), is_seam=True)
    assert held._held == {}


def test_a_seam_merges_nothing() -> None:
    """Rows known before at a boundary join no pages that could leave one by one."""
    held = InOrder[Customer]()
    arrive(held, 0, 1, "abc")
    arrive(held, 1, 2, "def")
    arrive(held, 2, 1, "cd", fresh="", shared=(0, 1), is_seam=True)
    assert take_all(held, EVERYTHING) == ["abc", "def"]


def test_a_reading_without_news_is_dropped_once_nobody_waits_beside_it() -> None:
    """A page that was only read again goes when its place in the order matters to nobody."""
    held = InOrder[Customer]()
    arrive(held, 0, 9, "xyz")
    arrive(held, 1, 2, "de", fresh="")
    arrive(held, 2, 9, "yz", fresh="", shared=(0,))
    assert take(held, Connected((1,))) is None
    assert 1 not in held._held
    assert rest_of(held) == "xyz"


def test_what_told_the_order_before_a_page_leaves_with_it() -> None:
    """A plain page takes along what is known of the order before it, and leaves what is known of the order after it."""
    held = InOrder[Customer]()
    arrive(held, 0, 3, "ghi")
    arrive(held, 1, 2, "fg", fresh="", is_seam=True)
    arrive(held, 2, 4, "jkl")
    arrive(held, 3, 5, "mno", fresh="", is_seam=True)
    assert (take(held, EVERYTHING), sorted(held._held)) == ("ghi", [2, 3])


def test_two_still_pictures() -> None:
    """Pages that leave together are merged as their pictures tell."""
    held = InOrder[Customer]()
    put_two_pictures(held)
    assert (take_all(held, TWO_PICTURES), len(held)) == (["abc", "uvwdefghi"], 0)


def test_the_picture_tells_which_page_follows() -> None:
    """Pages of one still picture that leave together follow each other, whatever their rows' former pages were."""

    def rows_of(connected: Connected) -> str | None:
        held = InOrder[Customer]()
        arrive(held, 0, 2, "def")
        arrive(held, 1, 3, "ghi")
        arrive(held, 2, 3, "def", fresh="", shared=(0,))
        return take(held, connected)

    assert rows_of(Connected(pictures=dict.fromkeys(range(3), 7))) == "defghi"
    assert rows_of(Connected()) == "dgehfi"


def test_what_is_not_part_of_the_chain_can_be_dropped() -> None:
    """What waits behind a gap comes again; dropped, it neither leaves nor is merged with what comes then."""
    held = InOrder[Customer]()
    for index, rows in enumerate(["abc", "def", "ghi"]):
        arrive(held, index, index + 1, rows)
    arrive(held, 3, 3, "fgh", fresh="", shared=(1, 2))
    held.drop_rest(Connected((0,)))
    assert len(held) == 1
    arrive(held, 4, 2, "xde")
    assert (take_all(held, EVERYTHING), len(held)) == (["abc", "xde"], 0)
    arrive(held, 5, 3, "fgh")
    held.drop_rest(NOTHING)
    assert (rest_of(held), len(held)) == ("", 0)


def test_what_told_the_order_goes_with_the_last_page_that_it_could_order() -> None:
    """A page that is dropped takes along what is of no use without it."""
    held = InOrder[Customer]()
    arrive(held, 0, 1, "abc")
    arrive(held, 1, 2, "cd", fresh="", shared=(0,))
    held.drop_rest(Connected((1,)))
    assert (held._held, len(held), held._entangled) == ({}, 0, False)


def test_over_a_gap_pages_leave_freely() -> None:
    """At the end of a run that proved nothing all rows leave, in order of pages, those in common merged."""
    held = InOrder[Customer]()
    arrive(held, 0, 5, "mno")
    arrive(held, 1, 2, "ef")
    arrive(held, 2, 2, "def", fresh="d", shared=(1,))
    assert take(held, NOTHING) is None
    assert [take(held, NOTHING, freely=True) for _ in range(3)] == ["def", "mno", None]


def test_pages_of_a_chain_of_rows_leave_as_one() -> None:
    """Each page shares a row with the next, and so all of them leave together."""
    held = InOrder[Customer]()
    rows = ["ab", "bc", "cd", "de"]
    for index, page in enumerate(rows):
        arrive(held, index, index + 1, page, fresh=page[-1] if index else page, shared=(index - 1,) if index else ())
    assert take_all(held, EVERYTHING) == ["abcde"]
