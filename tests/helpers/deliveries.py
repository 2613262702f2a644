"""Rows written as letters, and what a delivery asks of a chain: for the tests of rows between arrival and consumer."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.decode.page import DecodedPage
from explo_async.delivery.arrival import Arrival, RowPage
from explo_async.models import Customer, InvalidRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from explo_async.delivery.arrival import Delivery


def customers(letters: str, name: str | None = None) -> tuple[Customer, ...]:
    """Make a customer of each letter."""
    return tuple(Customer(provided_id=letter, name=name) for letter in letters)


def letters_of(rows: Iterable[Customer]) -> str:
    """Write customers as letters."""
    return "".join(customer.provided_id for customer in rows)


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


@frozen
class Chosen:
    """The rows that a test names, out of the arrivals from one on."""

    rows: str
    since: int = 0

    def takes(self, index: int) -> bool:
        """Tell whether an arrival is late enough."""
        return index >= self.since

    def has(self, provided_id: str) -> bool:
        """Tell whether a row was named."""
        return provided_id in self.rows


@frozen
class Connected:
    """A chain that holds the arrivals that a test names, or all of them."""

    indices: Collection[int] | None = None
    selection: Chosen | None = field(default=None, kw_only=True)
    pictures: Mapping[int, int] = field(default=MappingProxyType({}), kw_only=True)
    """The still pictures of some arrivals."""

    def holds(self, index: int) -> bool:
        """Tell whether an arrival was named."""
        return self.indices is None or index in self.indices

    def picture_of(self, index: int) -> int | None:
        """Return the picture that the test gave."""
        return self.pictures.get(index)


NOTHING, EVERYTHING = Connected(()), Connected()


def arrive(
    delivery: Delivery[Customer],
    index: int,
    number: int,
    rows: str,
    *,
    fresh: str | None = None,
    shared: Iterable[int] = (),
    is_seam: bool = False,
    adjoins: bool = True,
    total: int = 9,
    name: str | None = None,
) -> None:
    """Let a page of three arrive, of whose rows all are fresh or those that are named."""
    page = RowPage(number=number, page_size=3, total_count=total, rows=customers(rows, name))
    fresh_rows = customers(rows if fresh is None else fresh, name)
    delivery.put(Arrival(index, page, fresh_rows, frozenset(shared), is_seam, adjoins))


def take(delivery: Delivery[Customer], connected: Connected, *, freely: bool = False) -> str | None:
    """Take the next rows out as letters, None when there are none that may go."""
    page = delivery.take(connected, freely=freely)
    return None if page is None else letters_of(page.rows)


def take_all(delivery: Delivery[Customer], connected: Connected) -> list[str]:
    """Take out what may go, each page as its letters; what may go is ready, and nothing else."""
    pages = []
    while (ready := delivery.is_ready(connected)) | ((page := take(delivery, connected)) is not None):
        assert ready
        assert page is not None
        pages.append(page)
    return pages


def rest_of(delivery: Delivery[Customer], connected: Connected | None = None) -> str:
    """Take out what is left, as letters."""
    return letters_of(chain.from_iterable(delivery.rest(connected)))


TWO_PICTURES = Connected(pictures={0: 1, 1: 1, 2: 1, 3: 2, 4: 2})


def put_two_pictures(delivery: Delivery[Customer]) -> None:
    """Let three pages arrive, and then two of them once more, after three rows came in before the second."""
    for index, (number, rows, fresh) in enumerate(
        [(1, "abc", "abc"), (2, "def", "def"), (3, "ghi", "ghi"), (2, "uvw", "uvw"), (3, "def", "")]
    ):
        arrive(delivery, index, number, rows, fresh=fresh, shared=() if fresh else (1,))
