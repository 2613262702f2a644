"""Faults of time, on the wire."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Slow, Status, Trickle
from tests.helpers.emulator_client import PATH, asking


async def test_hang_never_answers() -> None:
    """`Hang` before the headers sends nothing; the request ends when its client leaves."""
    async with Emulator(60, faults=[Hang()]) as emulator:
        async with asking(emulator, timeout=aiohttp.ClientTimeout(total=0.05)) as ask:
            with pytest.raises(TimeoutError):
                await ask()
        await emulator.drain()
        assert (emulator.in_flight, emulator.log[0].status) == (0, None)


async def test_hang_in_the_body_sends_half_of_it() -> None:
    """`Hang` in the body sends head and half of the body, and then nothing more."""
    async with Emulator(60, faults=[Hang("body", times=1)]) as emulator, aiohttp.ClientSession() as session:
        headers = {"Explo-Authorization": f"Token {emulator.token}"}
        async with session.get(emulator.url + PATH, headers=headers) as response:
            assert response.status == 200
            half = await response.content.readexactly((response.content_length or 0) // 2)
            assert half.startswith(b'{"total_count":60,')
            assert emulator.in_flight == 1
        await emulator.drain()
        assert emulator.log[0].status == 200


async def test_trickle_sends_the_good_body_in_drops() -> None:
    """`Trickle` sends everything, a byte or a chunk at a time."""
    faults = [Trickle(0.0, attempt=1), Trickle(0.001, chunk=5000, attempt=2)]
    async with Emulator(60, faults=faults) as emulator, asking(emulator) as ask:
        drops, chunks, good = await ask(), await ask(), await ask()
        assert drops.body == chunks.body == good.body
        assert emulator.in_flight == 0


async def test_trickle_takes_its_time() -> None:
    """Between two drops the interval passes."""
    async with Emulator([], faults=[Trickle(0.01, chunk=20)]) as emulator, asking(emulator) as ask:
        started = asyncio.get_running_loop().time()
        drops = -(-len((await ask()).body) // 20)
        assert asyncio.get_running_loop().time() - started >= 0.01 * (drops - 1)


async def test_slow_delays_the_answer_or_another_fault() -> None:
    """`Slow` waits, and then the good answer comes, or the fault named."""
    faults = [Slow(0.05, page=1), Slow(0.05, then=Status(500))]
    async with Emulator(60, faults=faults) as emulator, asking(emulator) as ask:
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert (await ask()).status == 200
        assert loop.time() - started >= 0.05
        assert (await ask(page=2)).status == 500
