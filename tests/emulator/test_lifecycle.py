"""What the emulator counts, when it answers, and how it ends."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from explo_async.emulator import Emulator, Seen
from explo_async.emulator.faults import Hang, Slow, Status, Trickle
from tests.helpers.emulator_client import BrokenOffError, asking


async def test_every_request_is_logged() -> None:
    """The log has every request in order of arrival, with what it asked for, its status and the loop's time."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        before = asyncio.get_running_loop().time()
        await ask(page=2, page_size=30)
        await ask(page="abc")
        await ask(page=2, pageSize=3)
        seen = emulator.log[0]
        assert before <= seen.at <= asyncio.get_running_loop().time()
        assert seen == Seen(
            page=2,
            page_size=30,
            status=200,
            at=seen.at,
            attempt=1,
            path="/v2/api/customers/",
            query={"page": "2", "page_size": "30"},
            method="GET",
            verb="list_customers",
            writes=False,
            provided_id=None,
        )
        assert [(seen.page, seen.status, seen.attempt) for seen in emulator.log[1:]] == [(None, 404, 1), (2, 200, 2)]
        assert (emulator.requests, emulator.pages) == (3, [2, 2])


async def test_requests_under_way_are_counted() -> None:
    """In flight is what has arrived and is not answered; the peak stays."""
    async with Emulator(100, faults=[Hang(page=1)]) as emulator, asking(emulator) as ask:
        arrived = asyncio.Event()
        emulator.on_request = lambda _: arrived.set()
        hanging = asyncio.ensure_future(ask())
        await arrived.wait()
        assert (emulator.in_flight, emulator.open_connections) == (1, 1)
        await ask(page=2)
        assert (emulator.in_flight, emulator.peak_in_flight, emulator.open_connections) == (1, 2, 2)
        hanging.cancel()
        await emulator.drain()
        assert (emulator.in_flight, emulator.peak_in_flight) == (0, 2)


async def test_an_answered_request_is_not_in_flight_when_its_client_sees_the_answer() -> None:
    """A client that keeps to a bound never looks as if it went over it."""
    async with Emulator(20_000, latency=0.001) as emulator, asking(emulator) as ask:
        slots = asyncio.Semaphore(4)

        async def bounded(page: int) -> None:
            async with slots:
                await ask(page=page, page_size=1000)

        await asyncio.gather(*(bounded(page) for page in range(1, 21)))
        assert emulator.peak_in_flight == 4


async def test_the_list_can_change_exactly_at_a_request() -> None:
    """`on_request` runs at arrival, before anything is counted: its change shows in that very answer."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        statuses = []

        def delete_first(seen: Seen) -> None:
            statuses.append((seen.status, emulator.log[-1].status))
            if seen.page == 2:
                emulator.delete_at(0)

        emulator.on_request = delete_first
        assert (await ask(page=1)).provided_ids[0] == "customer-0000000"
        second = await ask(page=2)
        assert (second.provided_ids[0], second.json()["total_count"]) == ("customer-0000021", 44)
        assert statuses == [(None, None), (None, None)]


@pytest.mark.parametrize("one_snapshot", [False, True])
async def test_a_page_is_cut_before_its_latency(one_snapshot: bool) -> None:
    """A change during the latency of an answer reaches neither its count nor its rows."""
    async with Emulator(2, latency=0.05, one_snapshot=one_snapshot) as emulator, asking(emulator) as ask:
        emulator.on_request = lambda _: asyncio.get_running_loop().call_later(0.02, emulator.delete, "customer-0000000")
        reply = await ask()
        assert (reply.json()["total_count"], len(reply.provided_ids)) == (2, 2)
        assert (emulator.total_count, emulator.provided_ids) == (1, ("customer-0000001",))


async def test_added_customers_are_served() -> None:
    """What is added comes back from `add` and from the server."""
    async with Emulator(1) as emulator, asking(emulator) as ask:
        emulator.add({"provided_id": "mine"}, 0)
        fresh = emulator.add()
        assert (await ask()).provided_ids == ["mine", "customer-0000000", fresh["provided_id"]]


async def test_prepared_pages_are_the_same_pages() -> None:
    """Preparing changes nothing but the time that an answer takes, and ends with a change of the list."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        before = (await ask(page=2, page_size=20)).body
        emulator.prepare(20)
        assert (await ask(page=2, page_size=20)).body == before
        emulator.delete_at(0)
        assert (await ask(page=2, page_size=20)).json()["total_count"] == 44


async def test_latency_and_jitter_delay_every_answer() -> None:
    """No answer comes before the latency, and with jitter some come later than others."""
    async with Emulator(20, latency=0.02, jitter=0.05) as emulator, asking(emulator) as ask:
        loop = asyncio.get_running_loop()
        took = []
        for path in ("/v2/api/customers/", "/elsewhere/", "/v2/api/customers/"):
            started = loop.time()
            await ask(path)
            took.append(loop.time() - started)
        assert min(took) >= 0.02
        assert max(took) - min(took) > 0.005


async def test_draining_an_idle_emulator_returns_at_once() -> None:
    """With nothing under way there is nothing to wait for."""
    async with Emulator(1) as emulator:
        await emulator.drain()


async def test_a_client_that_leaves_ends_its_request() -> None:
    """A request whose client has gone does not wait out its latency."""
    async with Emulator(1, latency=3600) as emulator:
        async with asking(emulator, timeout=aiohttp.ClientTimeout(total=0.05)) as ask:
            with pytest.raises(TimeoutError):
                await ask()
        await emulator.drain()
        assert (emulator.requests, emulator.in_flight) == (1, 0)


async def test_closing_ends_whatever_is_under_way() -> None:
    """Hanging, trickling, slow and idle connections all end at once, and no task is left."""
    tasks_before = asyncio.all_tasks()
    faults = [Hang(page=1), Hang("body", page=2), Trickle(60, page=3), Slow(3600, page=4), Status(500, page=5)]
    async with asyncio.timeout(5):
        async with Emulator(200, faults=faults) as emulator:
            client = asking(emulator)
            ask = await client.__aenter__()
            all_there = asyncio.Event()
            emulator.on_request = lambda _: all_there.set() if emulator.requests == 5 else None
            asked = [asyncio.ensure_future(ask(page=page)) for page in (5, 1, 2, 3, 4)]
            await all_there.wait()
            await asked[0]
            assert (emulator.in_flight, emulator.open_connections) == (4, 5)
        assert emulator.open_connections == 0
        ends = await asyncio.gather(*asked[1:], return_exceptions=True)
        assert [type(end) for end in ends] == [
            BrokenOffError,
            aiohttp.ClientPayloadError,
            aiohttp.ClientPayloadError,
            BrokenOffError,
        ]
        await client.__aexit__(None, None, None)
    assert asyncio.all_tasks() == tasks_before


async def test_after_closing_no_task_of_the_server_is_left() -> None:
    """When the block has ended, so has every task, without another turn of the loop."""
    tasks_before = asyncio.all_tasks()
    async with Emulator(20) as emulator:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 404 Not Found\r\n"
    assert asyncio.all_tasks() == tasks_before
    assert (await reader.read()).endswith(b'{"detail":"Not found."}')
    writer.close()
    await writer.wait_closed()


async def test_it_listens_where_it_says() -> None:
    """The port can be chosen; it is free again after the block, and taken within it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    emulator = Emulator(1, port=port)
    assert (emulator.url, emulator.open_connections) == ("", 0)
    async with emulator:
        assert emulator.url == f"http://127.0.0.1:{port}"
        with pytest.raises(OSError, match="in use"):
            await Emulator(1, port=port).__aenter__()
    async with Emulator(1, port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}"
