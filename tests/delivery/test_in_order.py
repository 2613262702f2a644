from __future__ import annotations

from attrs import frozen

from explo_async.delivery.arrival import Arrival, RowPage
from explo_async.delivery.in_order import InOrder
from explo_async.models import Customer


@frozen
class Chain:
    """A chain that holds some arrivals."""

    indices: frozenset[int]
    picture: int | None = None
    """That of all arrivals."""
    selection: None = None

    def holds(self, index: int) -> bool:
        return index in self.indices

    def picture_of(self, index: int) -> int | None:
        del index
        return self.picture


def arrive(
    index: int, number: int, rows: str, fresh: str = "", *, shared: tuple[int, ...] = (), is_seam: bool = False
) -> Arrival[Customer]:
    customers = {row: Customer(provided_id=row) for row in rows}
    page = RowPage(number=number, page_size=3, total_count=9, rows=tuple(customers.values()))
    return Arrival(index, page, tuple(customers[row] for row in fresh), frozenset(shared), is_seam)


def take(held: InOrder[Customer], *indices: int) -> str | None:
    page = held.take(Chain(frozenset(indices)))
    return None if page is None else "".join(customer.provided_id for customer in page.rows)


def test_a_page_waits_until_it_hangs_together_with_page_1() -> None:
    """Rows are held while a row before them may be missing, whatever arrives meanwhile."""
    held = InOrder[Customer]()
    held.put(arrive(0, 1, "abc", "abc"))
    held.put(arrive(1, 3, "ghi", "ghi"))
    assert take(held, 0) == "abc"
    assert take(held, 0) is None
    assert not held.is_ready(Chain(frozenset({0})))
    held.put(arrive(2, 2, "def", "def"))
    assert held.is_ready(Chain(frozenset({0, 1, 2})))
    assert (take(held, 0, 1, 2), take(held, 0, 1, 2), len(held)) == ("def", "ghi", 0)


def test_pages_with_rows_in_common_leave_together_in_order() -> None:
    """A page that is read again before its first reading has left brings the rows that belong between."""
    held = InOrder[Customer]()
    held.put(arrive(0, 2, "ef", "ef"))
    held.put(arrive(1, 2, "de", "d", shared=(0,)))
    held.put(arrive(2, 4, "xyz", "xyz"))
    assert take(held, 0, 1, 2) == "def"
    assert take(held, 0, 1, 2) == "xyz"


def test_what_only_tells_the_order_is_kept_as_long_as_somebody_waits_for_it() -> None:
    """A seam is no row to deliver, and is forgotten with the last page that it could order."""
    held = InOrder[Customer]()
    held.put(arrive(0, 2, "def", "def"))
    held.put(arrive(1, 1, "cd", shared=(0,), is_seam=True))
    assert len(held) == 1
    assert take(held, 1) is None
    assert take(held, 0, 1) == "def"
    assert take(held, 0, 1) is None
    held.put(arrive(2, 2, "fg", shared=(0,), is_seam=True))
    assert held._held == {}


def test_a_reading_without_news_is_dropped_once_nobody_waits_beside_it() -> None:
    """A page that was only read again goes when its place in the order matters to nobody."""
    held = InOrder[Customer]()
    held.put(arrive(0, 9, "xyz", "xyz"))
    held.put(arrive(1, 2, "de"))
    held.put(arrive(2, 9, "yz", shared=(0,)))
    assert take(held, 1) is None
    assert 1 not in held._held
    assert [["".join(row.provided_id for row in rows)] for rows in held.rest(None)] == [["xyz"]]


def test_the_picture_tells_which_page_follows() -> None:
    """Pages of one still picture that leave together follow each other, whatever their rows' former pages were."""

    def held_pages() -> InOrder[Customer]:
        held = InOrder[Customer]()
        held.put(arrive(0, 2, "def", "def"))
        held.put(arrive(1, 3, "ghi", "ghi"))
        held.put(arrive(2, 3, "def", shared=(0,)))
        return held

    def rows_of(picture: int | None) -> str:
        page = held_pages().take(Chain(frozenset({0, 1, 2}), picture))
        return "" if page is None else "".join(customer.provided_id for customer in page.rows)

    assert rows_of(7) == "defghi"
    assert rows_of(None) == "dgehfi"


def test_what_does_not_hang_together_is_dropped() -> None:
    """Only what may leave stays, and what told the order goes with the last page that it could order."""
    held = InOrder[Customer]()
    held.put(arrive(0, 1, "abc", "abc"))
    held.put(arrive(1, 3, "ghi", "ghi"))
    held.put(arrive(2, 3, "fgh", shared=(1,)))
    held.drop_rest(Chain(frozenset({0})))
    assert (list(held._held), len(held)) == ([0], 1)
    held.put(arrive(3, 2, "cd", shared=(0,)))
    held.drop_rest(Chain(frozenset({3})))
    assert (held._held, len(held), held._entangled) == ({}, 0, False)


def test_over_a_gap_pages_leave_freely() -> None:
    """At the end of a run that proved nothing all rows leave, in order of pages."""
    held = InOrder[Customer]()
    held.put(arrive(0, 5, "xyz", "xyz"))
    held.put(arrive(1, 3, "ghi", "ghi"))
    nothing = Chain(frozenset())
    assert held.take(nothing) is None
    pages = [held.take(nothing, freely=True), held.take(nothing, freely=True), held.take(nothing, freely=True)]
    assert [page and page.number for page in pages] == [3, 5, None]
