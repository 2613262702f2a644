"""Faults that break the connection or end it too early, on the wire."""

from __future__ import annotations

import asyncio
import socket
from typing import Literal

import aiohttp
import pytest

from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close, CutChunked, Reset, Truncate
from tests.helpers.emulator_client import BrokenOffError, ask_by_hand, asking, raw_request


async def test_close_is_clean_and_without_an_answer() -> None:
    """`Close` ends the connection with a FIN before the first byte; the log has no status then."""
    async with Emulator(60, faults=[Close()]) as emulator:
        assert await ask_by_hand(emulator) == b""
        assert [seen.status for seen in emulator.log] == [None]


@pytest.mark.parametrize("when", ["before_headers", "in_headers", "in_body"])
async def test_reset_breaks_the_connection(when: Literal["before_headers", "in_headers", "in_body"]) -> None:
    """`Reset` is a TCP reset, wherever it comes."""
    async with Emulator(60, faults=[Reset(when)]) as emulator:
        with pytest.raises(ConnectionResetError):
            await ask_by_hand(emulator)


async def test_a_reset_in_the_headers_leaves_a_piece_of_them() -> None:
    """What comes before the reset arrives: a status line and the beginning of a header."""
    loop = asyncio.get_running_loop()
    async with Emulator(60, faults=[Reset("in_headers")]) as emulator:
        with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as client:
            client.setblocking(False)
            await loop.sock_sendall(client, raw_request(emulator))
            assert await loop.sock_recv(client, 1000) == b"HTTP/1.1 200 OK\r\nContent-Type: applic"
            with pytest.raises(ConnectionResetError):
                await loop.sock_recv(client, 1000)


async def _count_until_reset(client: socket.socket) -> int:
    count = 0
    while True:
        try:
            piece = await asyncio.get_running_loop().sock_recv(client, 1_000_000)
        except ConnectionResetError:
            return count
        assert piece
        count += len(piece)


async def test_a_reset_does_not_wait_for_a_slow_reader() -> None:
    """What the client has not taken yet when the reset comes is lost."""
    loop = asyncio.get_running_loop()
    record = {"provided_id": "big", "name": "x" * 80_000_000}
    async with Emulator([record], faults=[Reset("in_body")]) as emulator:
        with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as client:
            client.setblocking(False)
            arrived = asyncio.Event()
            emulator.on_request = lambda _: arrived.set()
            await loop.sock_sendall(client, raw_request(emulator))
            await arrived.wait()
            await emulator.drain()
            assert await _count_until_reset(client) < 20_000_000


async def test_reset_comes_where_it_was_told() -> None:
    """To a client, a reset before or in the headers is no answer, one in the body is a broken one."""
    faults = [Reset("in_body", page=1), Reset("in_headers", page=2), Reset(page=3)]
    async with Emulator(60, faults=faults) as emulator, asking(emulator) as ask:
        with pytest.raises(aiohttp.ClientPayloadError):
            await ask()
        for page in (2, 3):
            with pytest.raises(BrokenOffError, match="ClientOSError"):
                await ask(page=page)
        assert [seen.status for seen in emulator.log] == [200, None, None]


@pytest.mark.parametrize(("keep", "kept"), [(0.25, 0.25), (10, 10), (0, 0)])
async def test_truncate_sends_less_than_it_says(keep: float, kept: float) -> None:
    """`Truncate` announces the whole body, sends a fraction of it or so many bytes, and closes."""
    async with Emulator(60, faults=[Truncate(keep, times=1)]) as emulator, asking(emulator) as ask:
        head, _, body = (await ask_by_hand(emulator)).partition(b"\r\n\r\n")
        good = (await ask()).body
        assert b"\r\nContent-Length: %d\r\n" % len(good) in head
        assert body == good[: int(len(good) * kept) if isinstance(kept, float) else kept]


async def test_cut_chunked_ends_without_its_last_chunk() -> None:
    """`CutChunked` sends a whole chunk, and then nothing that ends the body."""
    async with (
        Emulator(60, faults=[CutChunked(attempt=1), CutChunked(5, attempt=2)]) as emulator,
        asking(emulator) as ask,
    ):
        with pytest.raises(aiohttp.ClientPayloadError):
            await ask()
        head, _, body = (await ask_by_hand(emulator)).partition(b"\r\n\r\n")
        assert b"\r\nTransfer-Encoding: chunked" in head
        assert b"Content-Length" not in head
        assert body == b'5\r\n{"tot\r\n'
