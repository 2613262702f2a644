"""Lists that change or contradict themselves while they are read; more of them are in the tests of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async import ListingChanged
from explo_async.emulator import Dialect
from explo_async.emulator.synthetic import make_customer
from tests.promises.catalogue.case import Case, Data, Raises
from tests.promises.catalogue.faults import Changed
from tests.promises.catalogue.places import PAGE_SIZE, changing, explo

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator import Emulator

GROUP = "List"


def add(total: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Count more than there are, or fewer."""
    return lambda page: page | {"total_count": page["total_count"] + total}


def repeat(page: dict[str, Any]) -> dict[str, Any]:
    """Put the first row of a page in the place of the second."""
    customers = page["results"]["customers"]
    customers[1] = customers[0]
    return page


def first_page(page: dict[str, Any]) -> dict[str, Any]:
    """Put page 1 in the place of any page."""
    page["results"]["customers"] = [make_customer(0, serial) for serial in range(PAGE_SIZE)]
    return page


def empty(page: dict[str, Any]) -> dict[str, Any]:
    """Take the rows out."""
    page["results"]["customers"] = []
    return page


def lost(name: str, what: str, change: Callable[[dict[str, Any]], Any], match: str, *, note: str) -> Case:
    """Make a case of pages that contradict each other."""
    return Case(
        name=name,
        group=GROUP,
        what=what,
        opening=explo(Changed(change)),
        outcome=Raises(error=ListingChanged, match=match, page=None, asks=None, note=note),
    )


def delete_one(emulator: Emulator, request: int) -> None:
    """Take a customer of page 3 out as the second request arrives."""
    if request == 2:
        emulator.delete_at(25)


CASES = [
    lost(
        "total too large",
        "`total_count` larger than the rows of all pages",
        add(5),
        "total 35, 30 customers found",
        note="with both numbers",
    ),
    lost(
        "an id twice in a page",
        "the same id twice in one page",
        repeat,
        # The three pages are read again as one, which hides one row in place of three.
        "same provided_id twice.*total 30, 29 distinct customers",
        note="in bounded time",
    ),
    lost(
        "the same page",
        "the same page for every page number",
        first_page,
        "same rows for different pages: 10 distinct customers of 30",
        note="in bounded time",
    ),
    lost(
        "no rows",
        "pages without rows although there is a total",
        empty,
        "total 30, 0 customers found",
        note="in bounded time",
    ),
    *(
        Case(
            name=name,
            group=GROUP,
            what="a server that clamps the page size, or ignores it",
            opening=explo(dialect=dialect),
            outcome=Data(retries=None, note="in pages of another size"),
        )
        for name, dialect in (
            ("page size clamped", Dialect(max_page_size=4)),
            ("page size ignored", Dialect(page_size_name=None)),
        )
    ),
    Case(
        name="a deletion",
        group=GROUP,
        what="a customer is deleted while the list is read",
        opening=changing(delete_one),
        outcome=Data(retries=None, note="pages around the gap asked for again"),
    ),
]
