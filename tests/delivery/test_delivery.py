"""Where rows wait, and in which order they leave."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.evidence import Entry
from explo_async.decode.page import DecodedPage
from explo_async.delivery.arrival import Arrival, RowPage, make_arrival, pick_rows
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.delivery.merge import OrderedRows
from explo_async.models import Customer, InvalidRecord
from explo_async.plan import Ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explo_async.delivery.arrival import Delivery


def customers(letters: str) -> tuple[Customer, ...]:
    """Make a customer of each letter."""
    return tuple(Customer(provided_id=letter) for letter in letters)


def letters_of(rows: Iterable[Customer]) -> str:
    """Write customers as letters."""
    return "".join(customer.provided_id for customer in rows)


class Chosen:
    """The rows that a test names, out of the arrivals from one on."""

    def __init__(self, rows: str, since: int = 0) -> None:
        self._rows, self._since = rows, since

    def takes(self, index: int) -> bool:
        """Tell whether an arrival is late enough."""
        return index >= self._since

    def has(self, provided_id: str) -> bool:
        """Tell whether a row was named."""
        return provided_id in self._rows


class Connected:
    """A chain of the arrivals that a test names; none named means all. `pictures` are the still pictures of some."""

    def __init__(
        self, *indices: int, selection: Chosen | None = None, pictures: Mapping[int, int] = MappingProxyType({})
    ) -> None:
        self._indices = indices
        self.selection = selection
        self._pictures = pictures

    def holds(self, index: int) -> bool:
        """Tell whether an arrival was named."""
        return not self._indices or index in self._indices

    def picture_of(self, index: int) -> int | None:
        """Return the picture that the test gave."""
        return self._pictures.get(index)


NOTHING, EVERYTHING = Connected(-1), Connected()


def rest_of(delivery: Delivery[Customer], connected: Connected | None = None) -> str:
    """Take out what is left, as letters."""
    return letters_of(chain.from_iterable(delivery.rest(connected)))


def arrive(
    delivery: Delivery[Customer], index: int, number: int, rows: str, *, fresh: str | None = None, **facts: Any
) -> None:
    """Let a page arrive, of which all or some rows are fresh."""
    page = RowPage(number=number, page_size=3, total_count=facts.pop("total", 9), rows=customers(rows))
    fresh_rows = customers(rows if fresh is None else fresh)
    delivery.put(Arrival(index=index, page=page, fresh=fresh_rows, **facts))


def take_all(delivery: Delivery[Customer], connected: Connected) -> list[str]:
    """Take out what may go, each page as its letters; what may go is ready, and nothing else."""
    pages = []
    while (ready := delivery.is_ready(connected)) | ((page := delivery.take(connected)) is not None):
        assert ready
        assert page is not None
        pages.append(letters_of(page.rows))
    return pages


def test_as_they_come() -> None:
    """Without an order pages leave as they arrive, whatever hangs together."""
    delivery = AsTheyCome[Customer]()
    for index, (number, rows) in enumerate([(3, "ghi"), (1, "abc"), (2, "def")]):
        arrive(delivery, index, number, rows)
    assert len(delivery) == 3
    assert (take_all(delivery, NOTHING), len(delivery)) == (["ghi", "abc", "def"], 0)


def test_in_order() -> None:
    """Pages leave in listing order, and none before the pages up to it are known to hang together."""
    delivery = InOrder[Customer]()
    arrive(delivery, 0, 3, "ghi")
    arrive(delivery, 1, 1, "abc")
    assert (take_all(delivery, NOTHING), len(delivery)) == ([], 2)
    assert (take_all(delivery, Connected(1)), len(delivery)) == (["abc"], 1)
    arrive(delivery, 2, 2, "def")
    assert (take_all(delivery, Connected(1)), len(delivery)) == ([], 2)
    assert (take_all(delivery, EVERYTHING), len(delivery)) == (["def", "ghi"], 0)


@pytest.mark.parametrize("make", [InOrder, AsTheyCome])
def test_only_fresh_rows(make: type[InOrder[Customer] | AsTheyCome[Customer]]) -> None:
    """Of a page that is read again only the rows leave that had not come before, with the page's own facts."""
    delivery = make()
    arrive(delivery, 0, 1, "abc")
    assert delivery.take(None) == RowPage(number=1, page_size=3, total_count=9, rows=customers("abc"))
    arrive(delivery, 1, 1, "abx", fresh="x", shared=frozenset({0}), total=10)
    arrive(delivery, 2, 1, "abx", fresh="", shared=frozenset({0, 1}), total=10)
    assert len(delivery) == 1
    assert delivery.take(None) == RowPage(number=1, page_size=3, total_count=10, rows=customers("x"))
    assert take_all(delivery, EVERYTHING) == []


def test_related_arrivals_leave_together() -> None:
    """Pages that are held at one time and share a row or a number leave as one, merged; others on their own."""
    delivery = InOrder[Customer]()
    arrive(delivery, 0, 2, "def")
    arrive(delivery, 1, 4, "jkl")
    arrive(delivery, 2, 2, "cde", fresh="c", shared=frozenset({0}), total=10)
    arrive(delivery, 3, 1, "abc", fresh="ab", shared=frozenset({2}), total=10)
    arrive(delivery, 4, 3, "fgh", fresh="gh", shared=frozenset({0}), total=10)
    assert (take_all(delivery, Connected(0, 2, 3, 4)), len(delivery)) == (["abcdefgh"], 1)
    assert (take_all(delivery, EVERYTHING), len(delivery)) == (["jkl"], 0)


def test_order_known_from_rows_delivered() -> None:
    """A page without fresh rows is let go with nothing to show, and does not keep others back."""
    delivery = InOrder[Customer]()
    arrive(delivery, 0, 5, "mno")
    arrive(delivery, 1, 2, "abc", fresh="", shared=frozenset({9}))
    assert (take_all(delivery, Connected(1)), len(delivery)) == ([], 1)
    assert take_all(delivery, EVERYTHING) == ["mno"]


@pytest.mark.parametrize("make", [InOrder, AsTheyCome, Kept])
def test_rest(make: type[InOrder[Customer] | AsTheyCome[Customer] | Kept[Customer]]) -> None:
    """What still waits at the end comes in listing order, on one page as it arrived, and once."""
    delivery = make()
    for index, (number, rows) in enumerate([(9, "z"), (3, "ef"), (2, "d"), (1, "abc")]):
        arrive(delivery, index, number, rows)
    assert (rest_of(delivery), len(delivery)) == ("abcdefz", 0)
    assert (rest_of(delivery), take_all(delivery, EVERYTHING)) == ("", [])


def test_rest_of_one_page() -> None:
    """Rows that came on one page at different moments keep that order where they leave as they come."""
    delivery = AsTheyCome[Customer]()
    for index, (number, rows) in enumerate([(2, "d"), (2, "e"), (1, "a"), (2, "f"), (1, "b")]):
        arrive(delivery, index, number, rows)
    assert rest_of(delivery) == "abdef"


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
        pytest.param([(2, "de", "de"), (1, "abc", "abc"), (2, "def", "f")], "abcdef", id="row added at the end"),
    ],
)
def test_kept_of_a_changing_list(pages: list[tuple[int, str, str]], order: str) -> None:
    """Rows that came at different moments are put where the pages on which they came tell."""
    kept = Kept[Customer]()
    for index, (number, rows, fresh) in enumerate(pages):
        arrive(kept, index, number, rows, fresh=fresh)
    assert rest_of(kept) == order


def test_kept_as_read_last() -> None:
    """Of a customer that came twice, and changed meanwhile, the later record is kept."""
    kept = Kept[Customer]()
    arrive(kept, 0, 1, "ab")
    later = RowPage(number=1, page_size=3, total_count=9, rows=(Customer(provided_id="b", name="new"),))
    kept.put(Arrival(index=1, page=later, fresh=()))
    assert [row.name for row in chain.from_iterable(kept.rest(None))] == [None, "new"]


def test_kept_of_two_still_pictures() -> None:
    """Rows of a page come before those of the next one in the same picture, wherever that had been before."""
    kept = Kept[Customer]()
    put_two_pictures(kept)
    assert rest_of(kept, TWO_PICTURES) == "abcuvwdefghi"


def test_in_order_of_two_still_pictures() -> None:
    """Pages that leave together are merged as their pictures tell."""
    delivery = InOrder[Customer]()
    put_two_pictures(delivery)
    assert (take_all(delivery, TWO_PICTURES), len(delivery)) == (["abc", "uvwdefghi"], 0)


TWO_PICTURES = Connected(pictures={0: 1, 1: 1, 2: 1, 3: 2, 4: 2})


def put_two_pictures(delivery: Delivery[Customer]) -> None:
    """Let three pages arrive, and then two of them once more, after three rows came in before the second."""
    for index, (number, rows, fresh) in enumerate(
        [(1, "abc", "abc"), (2, "def", "def"), (3, "ghi", "ghi"), (2, "uvw", "uvw"), (3, "def", "")]
    ):
        arrive(delivery, index, number, rows, fresh=fresh, shared=frozenset() if fresh else frozenset({1}))


def test_only_pages_of_the_listing_tell_what_follows() -> None:
    """The picture counts for just a page of the listing; without a chain nothing is known of any."""
    page = RowPage(number=2, page_size=3, total_count=9, rows=customers("def"))
    connected = Connected(pictures={4: 7})
    one, other = (Arrival(index=4, page=page, fresh=(), adjoins=flag) for flag in (True, False))
    assert one.snapshot(connected) == OrderedRows(2, 7, page.rows)
    assert other.snapshot(connected) == one.snapshot(None) == OrderedRows(2, None, page.rows)
    assert Arrival(index=5, page=page, fresh=()).snapshot(connected) == OrderedRows(2, None, page.rows)


@pytest.mark.parametrize(
    ("size", "adjoins", "number", "picture"), [(3, True, 4, 7), (3, False, 4, None), (4, True, 5, None)]
)
def test_a_page_of_another_size_adjoins_none(size: int, number: int, picture: int | None, *, adjoins: bool) -> None:
    """A page that begins elsewhere than those of the listing goes by the one in which it begins, and has no picture."""
    page = decoded("def")
    arrival = make_arrival(Ask(4, size), page, Entry(0), page.rows, size=3, adjoins=adjoins)
    assert arrival.snapshot(Connected(pictures={0: 7})) == OrderedRows(number, picture, page.rows)


@pytest.mark.parametrize(("all_rows", "rows"), [(False, "bc"), (True, "abcd")])
def test_a_bridge_without_news_keeps_what_is_wanted(rows: str, *, all_rows: bool) -> None:
    """Only the rows at the boundary are kept of a page of another size that brought nothing, unless all are wanted."""
    entry = Entry(0, fresh=[], seam=slice(1, 3))
    arrival = make_arrival(Ask(1, 4), decoded("abcd"), entry, (), size=3, adjoins=True, all_rows=all_rows)
    assert (letters_of(arrival.page.rows), arrival.is_seam) == (rows, not all_rows)


def test_a_selection_of_one_sweep() -> None:
    """Of an exact list those rows are given that belong to it, as the sweep after its moment read them, in its order."""
    kept = Kept[Customer]()
    for index, (number, rows) in enumerate([(1, "abg"), (2, "def"), (2, "efx"), (1, "abd")]):
        arrive(kept, index, number, rows, fresh=rows if index < 2 else "")
    later = RowPage(number=3, page_size=3, total_count=9, rows=(Customer(provided_id="y", name="new"),))
    kept.put(Arrival(index=4, page=later, fresh=()))
    pieces = list(kept.rest(Connected(selection=Chosen("abdefgy", since=2))))
    assert [letters_of(piece) for piece in pieces] == ["abd", "ef", "y"]
    assert pieces[-1][0].name == "new"
    assert rest_of(kept, Connected(selection=Chosen("abdefgy", since=2))) == ""


def test_a_selection_of_several_sweeps() -> None:
    """Rows that were read in several sweeps, in pages of different sizes, are merged and given once, as read last."""
    kept = Kept[Customer]()
    for index, (number, rows) in enumerate([(1, "zab"), (1, "abc"), (2, "cef"), (1, "abcdefx")]):
        arrive(kept, index, number, rows, fresh=rows if not index else "", adjoins=index < 3)
    later = RowPage(number=1, page_size=3, total_count=9, rows=(Customer(provided_id="f", name="new"),))
    kept.put(Arrival(index=4, page=later, fresh=()))
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


def test_what_is_not_part_of_the_chain_can_be_dropped() -> None:
    """What waits behind a gap comes again; dropped, it neither leaves nor is merged with what comes then."""
    delivery = InOrder[Customer]()
    for index, rows in enumerate(["abc", "def", "ghi"]):
        arrive(delivery, index, index + 1, rows)
    arrive(delivery, 3, 3, "fgh", fresh="", shared=frozenset({1, 2}))
    delivery.drop_rest(Connected(0))
    assert len(delivery) == 1
    arrive(delivery, 4, 2, "xde")
    assert (take_all(delivery, EVERYTHING), len(delivery)) == (["abc", "xde"], 0)
    arrive(delivery, 5, 3, "fgh")
    delivery.drop_rest(NOTHING)
    assert (rest_of(delivery), len(delivery)) == ("", 0)


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
    taken = []
    while (page := delivery.take(NOTHING, freely=True)) is not None:
        taken.append(letters_of(page.rows))
    assert (taken, len(delivery)) == (pages, 0)


def test_related_arrivals_leave_together_freely() -> None:
    """Pages with rows in common are merged also where they leave over a gap."""
    delivery = InOrder[Customer]()
    arrive(delivery, 0, 2, "ef")
    arrive(delivery, 1, 5, "mno")
    arrive(delivery, 2, 2, "def", fresh="d", shared=frozenset({0}))
    assert delivery.take(NOTHING) is None
    assert rest_of(delivery, NOTHING) == "defmno"


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
            seen += "".join(take_all(held, Connected(-1, *[index_of[page] for page in range(1, prefix + 1)])))
            assert len(seen) >= 3 * prefix
    assert seen + rest_of(held) == rest_of(kept) == letters


def decoded(letters: str, *, unreadable: str = "") -> DecodedPage[Customer]:
    """Make a page of a row for each letter, some of which cannot be read."""
    invalid = [
        InvalidRecord(page=1, row=row, provided_id=letter, path="name", reason="is a number")
        for row, letter in enumerate(letters)
        if letter in unreadable
    ]
    return DecodedPage(
        total_count=9,
        rows=customers("".join(letter for letter in letters if letter not in unreadable)),
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
