"""Page sizes that the server does not apply as they were asked for."""

from __future__ import annotations

import pytest

from explo_async import ExploClient
from explo_async.emulator import Dialect, Emulator
from explo_async.wire.dialect import applied_size


@pytest.mark.parametrize(("customers", "page_size"), [(10_000, 2000), (25_000, 3000), (999, 3000)])
async def test_no_page_of_the_second_list_is_thrown_away(customers: int, page_size: int) -> None:
    """A clamped size is remembered: the pages asked for on the remembered total are those that the server cuts."""
    async with Emulator(customers) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        for _ in range(3):
            before = emulator.requests
            assert len(await explo.customers.list(page_size=page_size)) == customers
            # The pages of 1000, and the COUNT after them.
            assert emulator.requests - before == -(-customers // 1000) + 1


async def test_a_size_that_is_not_clamped_any_more_costs_a_few_pages() -> None:
    """What was remembered is a guess for the pages beside page 1, which tells the truth."""
    dialect = Dialect(max_page_size=50)
    async with Emulator(300, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list(page_size=100)) == 300
        explo_sizes = explo.customers._open().sizes
        assert explo_sizes == {100: 50}
        explo_sizes[100] = 20
        customers = await explo.customers.list(page_size=100)
        assert [each.provided_id for each in customers] == list(emulator.provided_ids)
        assert explo_sizes == {100: 50}


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_page_says_the_size_that_was_applied(number: int) -> None:
    """`page_size` is that of the server, on the first page, a full one and the last."""
    async with Emulator(2345) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        await explo.customers.page(page_size=10)
        page = await explo.customers.page(number, page_size=5000)
        assert (page.page_size, len(page.customers)) == (1000, {1: 1000, 2: 1000, 3: 345}[number])


@pytest.mark.parametrize(
    ("asked", "number", "rows", "total", "applied"),
    [
        (5000, 2, 1000, 25_000, 1000),
        (5000, 2, 500, 1500, 1000),
        (5000, 3, 345, 2345, 1000),
        (200, 3, 50, 450, 200),
        (200, 2, 200, 450, 200),
        (5000, 2, 0, 450, 5000),
        (100, 2, 20, 450, 20),
    ],
)
def test_applied_size(asked: int, number: int, rows: int, total: int, applied: int) -> None:
    """Rows and total of a page show how large the server makes pages."""
    assert applied_size(asked, number=number, rows=rows, total_count=total) == applied


@pytest.mark.parametrize("path", ["/v2/api/customers/", "/api/v2/customers/"])
async def test_counting_is_one_request(path: str) -> None:
    """A count needs no page size, so a server that ignores it is not asked twice; only another path costs one more."""
    dialect = Dialect(page_size_name=None, path=path)
    async with Emulator(300, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert await explo.customers.count() == 300
        assert emulator.requests == 1 + (path != "/v2/api/customers/")
        assert await explo.customers.count() == 300
        assert emulator.requests == 2 + (path != "/v2/api/customers/")
