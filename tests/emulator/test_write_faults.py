"""What goes wrong with writes, on the wire: whether the write was done, and what the client sees of it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from explo_async.emulator import Emulator, Fault, Randomly
from explo_async.emulator.faults import (
    Body,
    Close,
    ContentType,
    CutChunked,
    Hang,
    Html,
    Late,
    Redirect,
    Reset,
    Slow,
    Status,
    Trickle,
    Truncate,
)
from explo_async.endpoint import CREATE_CUSTOMER, DELETE_CUSTOMER, LIST_GROUP_TAGS, UPDATE_CUSTOMER
from tests.helpers.emulator_client import Asker, BrokenOffError, asking

THROTTLED = Status(429, b'{"detail":"Request was throttled."}', {"Retry-After": "1"})


async def create(ask: Asker, provided_id: str = "a") -> int | None:
    """Create a customer and return the status; None where the answer does not arrive whole."""
    try:
        return (await ask.do(CREATE_CUSTOMER, {"provided_id": provided_id})).status
    except (BrokenOffError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
        return None


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [
        (Status(500), 500, False),
        (Status(500, done=True), 500, True),
        (THROTTLED, 429, False),
        (Close(), None, False),
        (Close(done=True), None, True),
        (Reset(), None, False),
        (Reset(done=True), None, True),
        (Reset("in_headers", done=True), None, True),
        (Reset("in_body"), None, True),
        (Truncate(), None, True),
        (CutChunked(), None, True),
        (Html(), 200, False),
        (Html(502, done=True), 502, True),
        (Body(b"{}"), 200, False),
        (Redirect(302, "/login"), 302, False),
        (ContentType("text/html"), 200, True),
        (Trickle(0.0, chunk=50), 200, True),
        (Slow(0.001), 200, True),
        (Slow(0.001, then=Close()), None, False),
        (Slow(0.001, then=Close(), done=True), None, True),
    ],
    ids=repr,
)
async def test_whether_a_write_was_done(fault: Fault, status: int | None, done: bool) -> None:
    """What needs the good answer has it done; what does not, leaves it undone unless `done` says otherwise."""
    async with Emulator([], faults=[fault]) as emulator, asking(emulator) as ask:
        assert await create(ask) == status
        await emulator.drain()
        assert emulator.provided_ids == (("a",) if done else ())
        assert [write.provided_id for write in emulator.writes] == list(emulator.provided_ids)
        assert emulator.log[0].writes


@pytest.mark.parametrize("done", [False, True])
async def test_an_answer_that_never_comes(done: bool) -> None:
    """A client that gives up does not know what became of its write."""
    async with Emulator([], faults=[Hang(done=done)]) as emulator, asking(emulator) as ask:
        under_way = asyncio.Event()
        if done:
            emulator.on_write = lambda _: under_way.set()
        else:
            emulator.on_request = lambda _: under_way.set()
        hanging = asyncio.ensure_future(create(ask))
        await under_way.wait()
        hanging.cancel()
        await emulator.drain()
        assert emulator.provided_ids == (("a",) if done else ())


async def test_a_write_may_be_done_long_after_its_client_has_left() -> None:
    """Whoever reads back at once finds nothing, and then it is done."""
    async with Emulator([], faults=[Late(0.05, verb="create_customer")]) as emulator, asking(emulator) as ask:
        done = asyncio.Event()
        emulator.on_write = lambda _: done.set()
        assert await create(ask) is None
        assert await ask.get("a") is None
        await done.wait()
        assert await ask.get("a") is not None
        assert len(emulator.writes) == 1


async def test_a_slow_write_is_not_done_for_who_does_not_wait() -> None:
    """It is done at the end of the wait, and so never when the client leaves before."""
    async with Emulator([], faults=[Slow(30.0, attempt=1)]) as emulator, asking(emulator) as ask:
        arrived = asyncio.Event()
        emulator.on_request = lambda _: arrived.set()
        waiting = asyncio.ensure_future(create(ask))
        await arrived.wait()
        waiting.cancel()
        await emulator.drain()
        assert emulator.writes == ()
        assert await create(ask) == 200


async def test_a_write_that_is_refused_is_not_done_by_a_fault() -> None:
    """`done` does what the request asks for, which may be nothing."""
    async with Emulator([], faults=[Status(500, done=True)]) as emulator, asking(emulator) as ask:
        assert (await ask.do(UPDATE_CUSTOMER, {"provided_id": "nobody"})).status == 500
        assert emulator.writes == ()


async def test_faults_are_addressed_by_verb_and_customer() -> None:
    """A fault meets the requests of its endpoint about its customer, also where those name it by its token."""
    faults = [
        Status(501, verb="create_customer", provided_id="b"),
        Status(502, verb="delete_customer", provided_id="a", attempt=1),
        Status(503, verb="group_tags"),
        Status(504, verb="list_customers"),
    ]
    async with Emulator([], faults=faults) as emulator, asking(emulator) as ask:
        made = await ask.make("a")
        assert [await create(ask, each) for each in ("a", "b", "b", "c")] == [200, 501, 501, 200]
        token = {"current_token": made["token"]}
        assert [(await ask.do(DELETE_CUSTOMER, token)).status for _ in range(2)] == [502, 200]
        assert (await ask.do(LIST_GROUP_TAGS)).status == 503
        assert (await ask()).status == 504
        told = [(seen.verb, seen.provided_id, seen.attempt) for seen in emulator.log]
        assert told == [
            ("create_customer", "a", 1),
            ("create_customer", "a", 2),
            ("create_customer", "b", 1),
            ("create_customer", "b", 2),
            ("create_customer", "c", 1),
            ("delete_customer", "a", 1),
            ("delete_customer", "a", 2),
            ("group_tags", None, 1),
            ("list_customers", None, 1),
        ]


async def test_a_fault_of_a_page_leaves_writes_alone() -> None:
    """With a page a fault is one of the list; without any it meets everything."""
    async with Emulator([], faults=[Status(500, page=1), Status(501, every=2)]) as emulator, asking(emulator) as ask:
        assert [await create(ask), await create(ask), (await ask()).status] == [200, 501, 500]


def test_a_verb_that_is_none_is_refused() -> None:
    """A misspelt one would never happen."""
    with pytest.raises(ValueError, match="'verb' must be in"):
        Status(500, verb="create_customers")


async def test_a_share_of_the_writes_is_drawn_by_customer() -> None:
    """Which writes a random fault meets depends on verb, customer and attempt, not on the order."""

    async def met(ids: list[str], seed: int = 0) -> dict[str, Any]:
        faults = [Randomly(Status(500, verb="create_customer"), 0.5)]
        async with Emulator([], faults=faults, seed=seed) as emulator, asking(emulator) as ask:
            return {each: await create(ask, each) for each in ids}

    ids = [f"c{number}" for number in range(40)]
    forward = await met(ids)
    assert set(forward.values()) == {200, 500}
    assert await met(ids[::-1]) == forward
    assert await met(ids, seed=1) != forward
