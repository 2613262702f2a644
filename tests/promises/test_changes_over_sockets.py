"""Lists that change while they are fetched over real sockets, with many requests on their way at once."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from explo_async import ExploClient, ListingChanged
from explo_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async import CustomerList
    from explo_async.emulator import Seen

PAGES = 100
SIZE = 10


async def fetch_while(
    change: Callable[[Emulator, Seen], None], *, seed: int, **options: object
) -> tuple[CustomerList, Emulator]:
    """Fetch 100 pages, 16 at once, while `change` is called before each page is cut."""
    async with (
        Emulator(PAGES * SIZE, latency=0.002, jitter=0.004, seed=seed) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo,
    ):
        emulator.on_request = lambda seen: change(emulator, seen)
        stable = set(emulator.provided_ids)
        customers = await explo.customers.list(page_size=SIZE, **options)  # type: ignore[arg-type]
        stable &= set(emulator.provided_ids)
        fetched = [customer.provided_id for customer in customers]
        assert len(set(fetched)) == len(fetched)
        assert stable <= set(fetched)
        assert [one for one in fetched if one in stable] == [one for one in emulator.provided_ids if one in stable]
        return customers, emulator


@pytest.mark.parametrize("place", [0, 3, 495, 996, 999])
@pytest.mark.parametrize("seed", range(3))
async def test_one_deletion_costs_at_most_20_requests(place: int, seed: int) -> None:
    """One customer that is deleted in the middle of 100 pages makes at most 20 pages be asked for again.

    A COUNT comes at the end, unless a page that was asked for again has told the total after all the others had come.
    """

    def change(emulator: Emulator, _: Seen) -> None:
        if emulator.requests == PAGES // 2:
            emulator.delete_at(place)

    customers, emulator = await fetch_while(change, seed=seed)
    counts = [seen.page_size for seen in emulator.log].count(1)
    assert counts <= 1
    assert customers.report.stats.refetched == emulator.requests - PAGES - counts <= 20
    assert customers.report.totals_seen == (1000, 999)
    assert customers.report.verdict == "complete"


@pytest.mark.parametrize("seed", range(5))
async def test_ten_scattered_changes_cost_at_most_120_requests(seed: int) -> None:
    """Ten customers deleted and created all over the list, all through the fetch."""
    draw = random.Random(seed)
    moments = set(draw.sample(range(2, PAGES), 10))

    def change(emulator: Emulator, _: Seen) -> None:
        if emulator.requests in moments:
            place = draw.randrange(emulator.total_count)
            if draw.random() < 0.7:
                emulator.delete_at(place)
            else:
                emulator.add(None, index=place)

    customers, emulator = await fetch_while(change, seed=seed)
    assert emulator.requests <= PAGES + 1 + 120
    assert len(customers.report.totals_seen) > 1


@pytest.mark.parametrize("seed", range(3))
async def test_a_list_that_never_rests_ends_within_the_bound(seed: int) -> None:
    """A change every few requests ends in a complete list or in ListingChanged, within 4 requests a page and 40."""
    draw = random.Random(seed)
    seen: list[Emulator] = []

    def change(emulator: Emulator, _: Seen) -> None:
        seen.append(emulator)
        if emulator.requests % 3 == 0:
            emulator.delete_at(draw.randrange(emulator.total_count))

    failure = None
    try:
        await fetch_while(change, seed=seed)
    except ListingChanged as error:
        failure = error
    if failure:
        assert failure.report.verdict == "incomplete"
        assert len(failure.customers) > 500
        assert "changed faster" in str(failure)
    assert seen[0].requests <= 4 * PAGES + 40


async def test_a_change_every_50_ms_ends_one_way_or_the_other() -> None:
    """Changes by the clock, while 100 pages with 20 ms latency are fetched."""
    draw = random.Random(1)
    async with (
        Emulator(PAGES * SIZE, latency=0.02) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo,
    ):
        stable = set(emulator.provided_ids)

        async def churn() -> None:
            while True:
                await asyncio.sleep(0.05)
                if draw.random() < 0.5:
                    emulator.delete_at(draw.randrange(emulator.total_count))
                else:
                    emulator.add(None, index=draw.randrange(emulator.total_count))

        changing = asyncio.create_task(churn())
        try:
            customers = await explo.customers.list(page_size=SIZE, consistency="verified")
        except ListingChanged as error:
            report = error.report
        else:
            report = customers.report
            stable &= set(emulator.provided_ids)
            assert stable <= {customer.provided_id for customer in customers}
        finally:
            changing.cancel()
        assert report.stats.requests == emulator.requests
        assert emulator.requests <= 6 * PAGES + 40


async def test_the_count_at_the_end_proves_nothing() -> None:
    """500 customers deleted near the head: a plain pass ends with exactly the new total, and 500 of them are wrong."""

    def change(emulator: Emulator, _: Seen) -> None:
        if emulator.requests == 30:
            for _row in range(500):
                emulator.delete_at(100)

    async with (
        Emulator(20_050) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo,
    ):
        emulator.on_request = lambda seen: change(emulator, seen)
        plain = await explo.customers.list(page_size=500, consistency="off")
        alive = set(emulator.provided_ids)
        assert plain.report.verdict == "unchecked"
        assert len(plain) == 19_550 == emulator.total_count
        assert len(alive - {customer.provided_id for customer in plain}) == 500
    customers, _ = await fetch_while(change, seed=0)
    assert customers.report.verdict == "complete"


@pytest.mark.parametrize("place", [0, 495, 999])
@pytest.mark.parametrize("seed", range(3))
async def test_an_exact_list_is_the_list_of_one_moment(place: int, seed: int) -> None:
    """One customer deleted and one created, apart from each other: the list is as it was at one time, within 3n + 2."""
    lists: list[tuple[str, ...]] = []

    def change(emulator: Emulator, _: Seen) -> None:
        lists.append(emulator.provided_ids)
        if emulator.requests == PAGES // 3:
            emulator.delete_at(place)
        if emulator.requests == PAGES + PAGES // 2:
            emulator.add(None, index=place // 2)
        lists.append(emulator.provided_ids)

    customers, emulator = await fetch_while(change, seed=seed, consistency="exact")
    assert tuple(customer.provided_id for customer in customers) in lists
    assert (customers.report.verdict, customers.report.basis) == ("exact", "exact")
    assert emulator.requests <= 3 * PAGES + 2


@pytest.mark.parametrize("consistency", ["checked", "verified", "exact"])
async def test_a_list_at_rest_is_the_same_however_it_is_fetched(consistency: str) -> None:
    """1, 4 and 16 at once, pages of 7, 100 and 1000 rows, kept and streamed: equal results."""
    async with Emulator(1234) as emulator:
        results = []
        for concurrency in (1, 4, 16):
            for size in (7, 100, 1000):
                async with ExploClient(
                    emulator.token, base_url=emulator.url, max_concurrency=concurrency, rate_limit=None
                ) as explo:
                    results.append(await explo.customers.list(page_size=size, consistency=consistency))  # type: ignore[arg-type]
                    stream = explo.customers.stream(page_size=size, consistency=consistency)  # type: ignore[arg-type]
                    results.append([customer async for customer in stream])  # type: ignore[arg-type]
        assert all(result == results[0] for result in results)
        assert tuple(customer.provided_id for customer in results[0]) == emulator.provided_ids
