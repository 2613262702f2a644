"""Runs that are closed, share a client, a session or its connections: a clear end, and nothing left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import ClientClosed, CustomerList, DeadlineExceeded, ExploClient, RateLimit, RetryPolicy
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Status

if TYPE_CHECKING:
    from explo_async.progress import Progress


async def test_two_lists_at_once_share_one_client(explo: ExploClient, emulator: Emulator) -> None:
    """Calls under way together are each complete, and together keep to `max_concurrency`."""
    lists = await asyncio.gather(*(explo.customers.list(page_size=size) for size in (50, 70)), explo.customers.count())
    whole = list(emulator.provided_ids)
    for customers in lists[:2]:
        assert isinstance(customers, CustomerList)
        assert [customer.provided_id for customer in customers] == whole
    assert emulator.peak_in_flight <= 16


async def test_ten_clients_share_one_session(emulator: Emulator) -> None:
    """Ten clients on a borrowed session are each complete; closing them leaves the session open."""
    async with aiohttp.ClientSession() as session:
        clients = [ExploClient(emulator.token, base_url=emulator.url, session=session) for _ in range(10)]
        lists = await asyncio.gather(*(client.customers.list(page_size=500) for client in clients))
        assert [len(customers) for customers in lists] == [2345] * 10
        await clients[0].close()
        with pytest.raises(ClientClosed):
            await clients[0].customers.count()
        assert await clients[1].customers.count() == 2345
        assert not session.closed


async def test_a_queue_for_connections_is_no_timeout() -> None:
    """With many more pages than connections of its own, no attempt times out for having waited for one."""
    async with (
        Emulator(1000, latency=0.02) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, max_concurrency=4, request_timeout=0.5) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 1000
        assert customers.report.stats.retries == 0
        assert emulator.open_connections <= 4


@pytest.mark.parametrize(("limit", "limit_per_host"), [(2, 0), (0, 2), (0, 0)])
async def test_a_borrowed_session_with_few_connections_is_enough(limit: int, limit_per_host: int) -> None:
    """No more is sent at once than the session has connections for, and no attempt times out waiting for one.

    The 40 pages and the COUNT are sent once each.
    """
    async with (
        Emulator(400, latency=0.02) as emulator,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit, limit_per_host=limit_per_host)) as session,
    ):
        explo = ExploClient(emulator.token, base_url=emulator.url, session=session, request_timeout=0.3)
        customers = await explo.customers.list(page_size=10)
        assert (len(customers), emulator.requests, customers.report.stats.retries) == (400, 41, 0)


async def test_closing_the_client_ends_a_list_in_any_state() -> None:
    """`close` while a page hangs, waits for the quota or backs off ends the list in ClientClosed, never a short list."""
    for fault, options in (
        (Hang(page=2), {}),
        (Hang("body", page=2), {}),
        (Status(503, page=2), {"retry": RetryPolicy(wait_initial=60, wait_max=60)}),
        (Status(429, page=2), {}),
        (None, {"rate_limit": RateLimit(2, 60)}),
    ):
        async with Emulator(100, faults=[fault] if fault else []) as emulator:
            second = asyncio.Event()
            emulator.on_request = lambda seen, second=second: second.set() if seen.page == 2 else None
            explo = ExploClient(emulator.token, base_url=emulator.url, **options)
            listing = asyncio.create_task(explo.customers.list(page_size=10))
            await second.wait()
            await asyncio.sleep(0.02)
            await explo.close()
            with pytest.raises(ClientClosed, match="closed while the list was fetched"):
                await listing
            await emulator.drain()


@pytest.mark.parametrize("pages", [1, 12])
async def test_a_stream_that_is_closed_is_not_complete(explo: ExploClient, pages: int) -> None:
    """Whether pages were still to come or only to be taken: its report says so, and so does an error to who reads on."""
    there = asyncio.Event()

    def note(progress: Progress) -> None:
        if progress.pages == pages:
            there.set()

    async with explo.customers.stream(page_size=200, on_progress=note) as stream:
        rows = stream.pages()
        await anext(rows)
        await there.wait()
    assert stream.report is not None
    assert stream.report.verdict == "incomplete"
    with pytest.raises(ClientClosed, match="the stream was closed before its end"):
        await anext(rows)


async def test_a_stream_closed_after_its_end_stays_complete(explo: ExploClient) -> None:
    """Closing what has ended changes nothing."""
    stream = explo.customers.stream()
    assert len([customer async for customer in stream]) == 2345
    await stream.aclose()
    assert stream.report is not None
    assert (stream.report.verdict, stream.total_count) == ("complete", 2345)


async def test_each_listing_leaves_a_line_in_the_log(explo: ExploClient, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, under the package's name: how it ended and what it cost, also when it was left or failed."""
    caplog.set_level("INFO", "explo_async")
    await explo.customers.list()
    async with explo.customers.stream(page_size=100) as stream:
        await anext(stream.pages())
    with pytest.raises(DeadlineExceeded):
        await explo.customers.list(timeout=1e-6)
    ends = [record.getMessage() for record in caplog.records if record.levelname == "INFO"]
    assert ends[0].startswith("listing complete: 2345 customers, 3 pages, 4 requests, 0 retries, ")
    assert ends[1].startswith("listing ended by ClientClosed: ")
    assert ends[2].startswith("listing ended by DeadlineExceeded: 0 customers, ")
    assert len(ends) == 3
