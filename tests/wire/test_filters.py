"""How the filters are spelled, and what a server that ignores them does not pass for."""

from __future__ import annotations

import gc

import pytest

from explo_async import APIError
from explo_async.emulator import Emulator
from explo_async.emulator.dialect import EARLIER, Dialect
from explo_async.emulator.synthetic import level_of, parent_of, provided_id_of
from explo_async.wire.dialect import contradiction
from tests.helpers.clients import client_of

TOTAL = 1000
REGIONS = tuple(provided_id_of(serial) for serial in range(TOTAL) if level_of(serial) == "Region")
ENTERPRISE = provided_id_of(0)
CHILDREN = tuple(provided_id_of(serial) for serial in range(TOTAL) if parent_of(serial) == ENTERPRISE)
CAMEL_ONLY = Dialect(keys="camel", filter_names="camel")


@pytest.mark.parametrize(
    "dialect",
    [Dialect(), EARLIER, CAMEL_ONLY, Dialect(keys="camel", filter_names="snake"), Dialect(filter_names="both")],
    ids=["today", "earlier", "camelCase filters alone", "snake_case filters alone", "both"],
)
async def test_each_spelling_of_the_filters_is_found(dialect: Dialect) -> None:
    """Where the keys are camelCase, the filters are sent so too; each call gives the customers that were asked for."""
    async with Emulator(TOTAL, dialect=dialect) as emulator:
        for first in ("level", "parent", "count"):
            async with client_of(emulator) as explo:
                if first == "count":
                    assert await explo.customers.count(parent_provided_id=ENTERPRISE) == len(CHILDREN)
                if first != "parent":
                    regions = await explo.customers.list(hierarchy_level_name="Region", page_size=30)
                    assert tuple(customer.provided_id for customer in regions) == REGIONS
                children = await explo.customers.list(parent_provided_id=ENTERPRISE)
                assert tuple(customer.provided_id for customer in children) == CHILDREN
                page = await explo.customers.page(2, page_size=10, hierarchy_level_name="Region")
                assert tuple(customer.provided_id for customer in page.customers) == REGIONS[10:20]


async def test_the_filters_of_today_cost_nothing_more() -> None:
    """A server of today's documented form gets them in its own spelling alone, and no request more."""
    async with Emulator(TOTAL) as emulator, client_of(emulator) as explo:
        await explo.customers.list(hierarchy_level_name="Region")
        assert [set(seen.query) & {"hierarchyLevelName"} for seen in emulator.log] == [set(), set()]


async def test_the_camel_filters_are_known_from_a_list_without_any() -> None:
    """What the first answer shows need not be found out again."""
    async with Emulator(TOTAL, dialect=CAMEL_ONLY) as emulator, client_of(emulator) as explo:
        await explo.customers.count()
        assert await explo.customers.count(parent_provided_id=ENTERPRISE) == len(CHILDREN)
        assert emulator.requests == 2


async def test_todays_keys_with_the_filters_of_camel_case() -> None:
    """A row that contradicts the filter makes the client try the other spelling as well, once."""
    async with Emulator(TOTAL, dialect=Dialect(filter_names="camel")) as emulator, client_of(emulator) as explo:
        regions = await explo.customers.list(hierarchy_level_name="Region")
        assert tuple(customer.provided_id for customer in regions) == REGIONS


@pytest.mark.parametrize("keys", ["snake", "camel"])
async def test_a_server_that_ignores_the_level_is_not_believed(keys: str) -> None:
    """Rows of another level than the one asked for are an error that says so, in every call."""
    dialect = Dialect(keys=keys, filter_names="none")  # type: ignore[arg-type]
    says = r"page 1: the server ignores the filter hierarchy_level_name='Region': it sends customers of 'Enterprise'"
    async with Emulator(TOTAL, dialect=dialect) as emulator, client_of(emulator) as explo:
        for call in (
            explo.customers.list(hierarchy_level_name="Region"),
            explo.customers.page(hierarchy_level_name="Region"),
            explo.customers.count(hierarchy_level_name="Region"),
        ):
            with pytest.raises(APIError, match=says) as raised:
                await call
            assert raised.value.status == 200
        with pytest.raises(APIError, match=says):
            async for _ in explo.customers.stream(hierarchy_level_name="Region"):
                pass
        with pytest.raises(APIError, match=says):
            async for _ in explo.customers.stream(hierarchy_level_name="Region").records():
                pass
        assert len(await explo.customers.list()) == TOTAL


async def test_a_later_page_that_contradicts_the_filter_is_an_error_too() -> None:
    """The first rows may be of the level that was asked for by chance."""
    records = [
        {"provided_id": f"c{number}", "hierarchy_level": "Region" if number < 25 else "Branch"} for number in range(40)
    ]
    async with (
        Emulator(records, dialect=Dialect(filter_names="none")) as emulator,
        client_of(emulator) as explo,
    ):
        with pytest.raises(APIError, match="page 3: the server ignores the filter .*customers of 'Branch'"):
            await explo.customers.list(hierarchy_level_name="Region", page_size=10)


async def test_an_expected_total_does_not_hinder_the_learning(caplog: pytest.LogCaptureFixture) -> None:
    """Pages asked for together with page 1, in the wrong spelling, are thrown away, and their errors with them."""
    async with Emulator(TOTAL, dialect=CAMEL_ONLY) as emulator, client_of(emulator) as explo:
        regions = await explo.customers.list(hierarchy_level_name="Region", page_size=10, expected_total=len(REGIONS))
        assert tuple(customer.provided_id for customer in regions) == REGIONS
    gc.collect()
    # asyncio logs an exception of a task that nobody has looked at.
    assert caplog.records == []


@pytest.mark.parametrize(
    ("levels", "wanted", "found"),
    [
        ([], "A", None),
        (["A", None, "A"], "A", None),
        (["A", None, "B", "C"], "A", "B"),
        (["", "A"], "A", ""),
        (["B"], None, None),
    ],
)
def test_what_contradicts_a_filter(levels: list[str | None], wanted: str | None, found: str | None) -> None:
    """Another level does; no level does not, and nothing without a filter."""
    assert contradiction(levels, wanted) == found
