"""`client.customers`: the list whole, page by page, filtered, or only counted."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async import ConfigurationError, Customer, CustomerList, ExploClient, NotFound
from explo_async.emulator import Dialect, Emulator


async def test_list_returns_the_whole_list_in_order_with_its_report(explo: ExploClient, emulator: Emulator) -> None:
    """`list` gives every customer once in the server's order, and a report that says complete."""
    customers = await explo.customers.list(page_size=100)
    assert isinstance(customers, CustomerList)
    assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
    report = customers.report
    assert (report.verdict, report.total_count, report.totals_seen, report.customers) == (
        "complete",
        2345,
        (2345,),
        2345,
    )
    # 24 pages and the COUNT after them, which is no page.
    assert (report.stats.requests, report.stats.pages, emulator.requests) == (25, 24, 25)
    assert (emulator.log[-1].page, emulator.log[-1].page_size) == (1, 1)
    assert (report.basis, report.stats.refetched, report.pages_asked_again) == ("count", 0, ())
    assert report.stats.bytes_received > 2345 * 400
    assert report.stats.elapsed > 0


async def test_page_and_count_take_one_request(explo: ExploClient, emulator: Emulator) -> None:
    """`page` gives one page as the server cut it, `count` the number of customers."""
    assert await explo.customers.count() == 2345
    page = await explo.customers.page()
    assert (page.number, page.page_size, page.total_count, len(page.customers)) == (1, 20, 2345, 20)
    assert emulator.requests == 2
    last = await explo.customers.page(118)
    assert (last.number, last.page_size, len(last.customers)) == (118, 20, 5)
    third = await explo.customers.page(3, page_size=7)
    assert [customer.provided_id for customer in third.customers] == list(emulator.provided_ids[14:21])


async def test_a_single_page_past_the_end_is_not_found(explo: ExploClient) -> None:
    """`page` says that the list is shorter."""
    with pytest.raises(NotFound, match="page 119: .*no such page"):
        await explo.customers.page(119)


async def test_filters_narrow_the_list(explo: ExploClient) -> None:
    """Both filters reach the server and narrow all four calls alike."""
    whole = await explo.customers.list()
    regions = [customer for customer in whole if customer.hierarchy_level == "Region"]
    # The emulator's first customer has nine branches and nine regions under it, which have nine branches each.
    children = [*whole[1:10], *whole[10:100:10]]
    both = [customer for customer in children if customer in regions]
    assert (len(both), len(children)) == (9, 18)
    cases: list[tuple[dict[str, Any], list[Customer]]] = [
        ({"hierarchy_level_name": "Region"}, regions),
        ({"parent_provided_id": "customer-0000000"}, children),
        ({"parent_provided_id": "customer-0000000", "hierarchy_level_name": "Region"}, both),
        ({"parent_provided_id": "nobody"}, []),
    ]
    for filters, found in cases:
        assert await explo.customers.list(**filters) == found
        assert await explo.customers.count(**filters) == len(found)
        assert (await explo.customers.page(page_size=1000, **filters)).customers == tuple(found)
        assert [one async for one in explo.customers.stream(**filters)] == found


@pytest.mark.parametrize("page_size_name", ["page_size", "pageSize", None])
@pytest.mark.parametrize("keys", ["snake", "camel"])
@pytest.mark.parametrize("past_end", ["404", "empty"])
async def test_every_dialect_gives_the_same_list(page_size_name: str | None, keys: str, past_end: str) -> None:
    """Whatever a deployment spells, the list is the same, for its pages, a request for each guess, and the COUNT."""
    dialect = Dialect(keys=keys, page_size_name=page_size_name, past_end=past_end, next_links=keys == "camel")  # type: ignore[arg-type]
    async with Emulator(130, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        customers = await explo.customers.list(page_size=50)
        assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
        assert emulator.requests == {"page_size": 4, "pageSize": 5, None: 9}[page_size_name]


async def test_the_earlier_path_and_a_clamped_page_size() -> None:
    """A deployment at the earlier path that clamps pages at 37 rows is understood."""
    dialect = Dialect(path="/api/v2/customers/", max_page_size=37)
    async with Emulator(130, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list()) == 130


async def test_gzip_is_understood() -> None:
    """Compressed pages give the same list."""
    async with Emulator(300, gzip=True) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list(page_size=100)) == 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page_size": 0}, "page_size must be an int of at least 1, not 0"),
        ({"page_size": True}, "page_size"),
        ({"consistency": "maybe"}, "consistency must be one of 'off', 'checked', 'verified', 'exact', not 'maybe'"),
        ({"invalid": "drop"}, "invalid must be one of 'raise', 'collect'"),
        ({"expected_total": -1}, "expected_total must be an int of at least 0"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"parent_provided_id": ""}, "parent_provided_id must be a non-empty string"),
        ({"hierarchy_level_name": "a\ud800"}, "hierarchy_level_name has characters"),
    ],
)
async def test_wrong_arguments_of_a_call_are_refused(
    explo: ExploClient, emulator: Emulator, options: dict[str, object], message: str
) -> None:
    """The same for the calls, of `list` and `stream` alike."""
    with pytest.raises(ConfigurationError, match=message):
        await explo.customers.list(**options)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=message):
        explo.customers.stream(**options)  # type: ignore[arg-type]
    assert emulator.requests == 0


@pytest.mark.parametrize(
    ("number", "size", "message"),
    [
        (0, 20, "number must be an int of at least 1, not 0"),
        (-1, 20, "number must be an int of at least 1, not -1"),
        ("1", 20, "number must be an int of at least 1, not '1'"),
        (1, 0, "page_size must be an int of at least 1, not 0"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    explo: ExploClient, emulator: Emulator, number: int, size: int, message: str
) -> None:
    """Page numbers and sizes begin at 1; nothing is sent for another one."""
    with pytest.raises(ConfigurationError, match=f"^{message}$"):
        await explo.customers.page(number, page_size=size)
    assert emulator.requests == 0
