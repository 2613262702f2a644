"""The emulator in a thread: it starts, changes and ends safely, whichever thread asks for it."""

from __future__ import annotations

import asyncio
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest

from explo_async import CustomerPage, ExploClient
from explo_async.emulator.faults import Hang
from explo_async.emulator.thread import EmulatorThread
from tests.helpers.emulator_client import BrokenOffError, asking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explo_async.emulator import Emulator, Seen


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def provided_ids(emulator: Emulator) -> list[str]:
    """Read the first page as plain code would."""
    headers = {"Explo-Authorization": f"Token {emulator.token}"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{emulator.url}/v2/api/customers/", headers=headers), timeout=5
    ) as answer:
        return [record["provided_id"] for record in msgspec.json.decode(answer.read())["results"]["customers"]]


def test_it_serves_plain_code_until_the_block_ends() -> None:
    """Without an event loop of one's own the emulator answers within the block, and nothing listens after it."""
    with EmulatorThread(3, token="fake") as emulator:
        assert provided_ids(emulator) == list(emulator.provided_ids)
        assert emulator.requests == 1
    with pytest.raises(urllib.error.URLError, match="refused"):
        provided_ids(emulator)


def test_what_fails_at_the_start_is_raised_in_the_caller() -> None:
    """A port that is taken is an error where the block begins, and the thread has ended."""
    with EmulatorThread(1) as emulator:
        second = EmulatorThread(1, port=int(emulator.url.rpartition(":")[2]))
        with pytest.raises(OSError, match="in use"):
            second.__enter__()
        assert provided_ids(emulator) == ["customer-0000000"]
        assert second.url == ""


async def test_an_error_in_the_block_ends_it_all() -> None:
    """Whatever leaves the block, requests under way are ended with it."""

    async def fail() -> None:
        with EmulatorThread(1, faults=[Hang()]) as emulator:
            arrived = asyncio.Event()
            emulator.on_request = lambda _: loop.call_soon_threadsafe(arrived.set)
            async with asking(emulator) as ask:
                asked.append(asyncio.ensure_future(ask()))
                await arrived.wait()
                raise LookupError

    loop = asyncio.get_running_loop()
    asked: list[asyncio.Future[object]] = []
    async with asyncio.timeout(5):
        with pytest.raises(LookupError):
            await fail()
        with pytest.raises(BrokenOffError):
            await asked[0]


def test_the_list_changes_between_two_requests() -> None:
    """While a client reads one snapshot a page, each change of another thread is in an answer as a whole or not."""

    async def read(emulator: Emulator) -> list[CustomerPage]:
        async with ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo:
            return [await explo.customers.page(page_size=1000) for _ in range(30)]

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with EmulatorThread(300, one_snapshot=True) as emulator, ThreadPoolExecutor(1) as pool:
            pages = pool.submit(asyncio.run, read(emulator))
            while not pages.done():
                for _ in range(50):
                    emulator.delete_at(0)
                for _ in range(50):
                    emulator.add()
    finally:
        sys.setswitchinterval(usual)
    assert len({page.total_count for page in pages.result()}) > 1
    for page in pages.result():
        assert len({customer.provided_id for customer in page.customers}) == page.total_count


def test_a_change_has_its_result_in_the_caller() -> None:
    """What a change returns or raises comes back to the thread that asked for it."""
    with EmulatorThread(2) as emulator:
        assert emulator.add({"provided_id": "mine"}, 0) == {"provided_id": "mine"}
        assert emulator.change("customer-0000001", name="Other")["name"] == "Other"
        emulator.delete("customer-0000000")
        assert emulator.customer("customer-0000001")["name"] == "Other"
        assert emulator.parent_of("customer-0000001") == "customer-0000000"
        emulator.prepare(20)
        assert provided_ids(emulator) == ["mine", "customer-0000001"]
        with pytest.raises(KeyError, match="customer-0000000"):
            emulator.delete("customer-0000000")
        with pytest.raises(IndexError):
            emulator.delete_at(2)
        for look in (emulator.customer, emulator.parent_of):
            with pytest.raises(KeyError, match="customer-0000000"):
                look("customer-0000000")


def test_a_request_can_change_the_list() -> None:
    """`on_request` runs in the serving thread, and its change shows in that very answer."""
    with EmulatorThread(2) as emulator:

        def delete_first(_: Seen) -> None:
            threads.append(threading.current_thread())
            emulator.delete_at(0)

        threads: list[threading.Thread] = []
        emulator.on_request = delete_first
        assert provided_ids(emulator) == ["customer-0000001"]
        assert [thread.name for thread in threads] == ["explo-emulator"]


async def test_the_list_can_change_while_nothing_is_served() -> None:
    """Before the block and after it a change is made at once, and there is nothing to wait for."""
    emulator = EmulatorThread(1)
    emulator.add()
    with emulator:
        assert provided_ids(emulator) == list(emulator.provided_ids)
    emulator.delete_at(0)
    await emulator.drain()
    assert emulator.total_count == 1


async def test_draining_waits_in_the_loop_of_the_caller() -> None:
    """`drain` returns when the last request has ended, and lets the caller's own loop run meanwhile."""
    with EmulatorThread(1, faults=[Hang(page=1)]) as emulator:
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        emulator.on_request = lambda _: loop.call_soon_threadsafe(arrived.set)
        async with asking(emulator) as ask:
            asked = asyncio.ensure_future(ask())
            await arrived.wait()
            drained = asyncio.ensure_future(emulator.drain())
            await ask(page=2)
            assert not drained.done()
            asked.cancel()
            await drained
        assert emulator.in_flight == 0
