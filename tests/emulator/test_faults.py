"""What each scripted fault does on the wire."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import TYPE_CHECKING, Literal

import aiohttp
import pytest
from attrs import frozen

from explo_async.emulator import Emulator
from explo_async.emulator.faults import (
    Body,
    Close,
    ContentType,
    CutChunked,
    Fault,
    Hang,
    Html,
    Redirect,
    Reset,
    Slow,
    Status,
    Trickle,
    Truncate,
)
from tests.helpers.emulator_client import PATH, BrokenOffError, asking

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange


def _request(emulator: Emulator) -> bytes:
    return f"GET {PATH} HTTP/1.1\r\nHost: x\r\nExplo-Authorization: Token {emulator.token}\r\n\r\n".encode()


async def _raw(emulator: Emulator) -> bytes:
    """Ask for page 1 by hand and read until the connection ends; ConnectionResetError after a TCP reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    try:
        writer.write(_request(emulator))
        return await reader.read(-1)
    finally:
        writer.close()


async def test_status_answers_with_body_and_headers() -> None:
    """`Status` gives its status, body and headers in place of the page, JSON unless said otherwise."""
    fault = Status(503, b'{"detail":"Down."}', {"Retry-After": "7"}, page=1)
    plain = Status(502, b"down", {"Content-Type": "text/plain"}, page=2)
    async with Emulator(60, faults=[fault, plain]) as emulator, asking(emulator) as ask:
        reply = await ask()
        assert (reply.status, reply.json(), reply.headers["Retry-After"]) == (503, {"detail": "Down."}, "7")
        assert reply.headers["Content-Type"] == "application/json"
        assert (await ask(page=2)).headers["Content-Type"] == "text/plain"
        assert [seen.status for seen in emulator.log] == [503, 502]


async def test_a_fault_of_the_first_attempt_leaves_the_second_alone() -> None:
    """A scripted fault is met by its page and attempt only; the log says which attempt was which."""
    async with Emulator(60, faults=[Status(500, page=2, attempt=1)]) as emulator, asking(emulator) as ask:
        assert [(await ask(page=page)).status for page in (2, 1, 2)] == [500, 200, 200]
        assert [(seen.page, seen.attempt) for seen in emulator.log] == [(2, 1), (1, 1), (2, 2)]


async def test_a_refused_request_meets_no_fault() -> None:
    """A wrong token is a 401 even where every answer is a 500."""
    async with Emulator(60, faults=[Status(500)]) as emulator, asking(emulator) as ask:
        assert (await ask(token="wrong")).status == 401


async def test_html_is_a_page_for_people() -> None:
    """`Html` answers as a proxy or a captive portal does."""
    async with Emulator(60, faults=[Html(times=1), Html(502)]) as emulator, asking(emulator) as ask:
        reply = await ask()
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert reply.body.startswith(b"<!DOCTYPE html>")
        assert (await ask()).status == 502


async def test_body_is_sent_as_it_stands() -> None:
    """`Body` sends any bytes under any headers; the encoding that they claim is not applied."""
    packed = Body(gzip.compress(b"[]")[:-4], 206, "text/x", {"Content-Encoding": "gzip"})
    async with Emulator(60, faults=[packed]) as emulator, asking(emulator, auto_decompress=False) as ask:
        reply = await ask()
        assert (reply.status, reply.body) == (206, packed.body)
        assert (reply.headers["Content-Type"], reply.headers["Content-Encoding"]) == ("text/x", "gzip")


async def test_redirect_points_elsewhere_or_nowhere() -> None:
    """`Redirect` sends its location, or none at all."""
    faults = [Redirect(302, "https://example.com/", page=1), Redirect(301, None)]
    async with Emulator(60, faults=faults) as emulator, asking(emulator) as ask:
        there, nowhere = await ask(), await ask(page=2)
        assert (there.status, there.headers["Location"]) == (302, "https://example.com/")
        assert nowhere.status == 301
        assert "Location" not in nowhere.headers


async def test_content_type_changes_nothing_else() -> None:
    """`ContentType` sends the good body under another type, or under none."""
    faults = [ContentType("text/plain", attempt=1), ContentType(None, attempt=2)]
    async with Emulator(60, faults=faults) as emulator, asking(emulator) as ask:
        other, absent, good = await ask(), await ask(), await ask()
        assert other.headers["Content-Type"] == "text/plain"
        assert "Content-Type" not in absent.headers
        assert other.body == absent.body == good.body
        assert [seen.status for seen in emulator.log] == [200, 200, 200]


async def test_close_is_clean_and_without_an_answer() -> None:
    """`Close` ends the connection with a FIN before the first byte; the log has no status then."""
    async with Emulator(60, faults=[Close()]) as emulator:
        assert await _raw(emulator) == b""
        assert [seen.status for seen in emulator.log] == [None]


@pytest.mark.parametrize("when", ["before_headers", "in_headers", "in_body"])
async def test_reset_breaks_the_connection(when: Literal["before_headers", "in_headers", "in_body"]) -> None:
    """`Reset` is a TCP reset, wherever it comes."""
    async with Emulator(60, faults=[Reset(when)]) as emulator:
        with pytest.raises(ConnectionResetError):
            await _raw(emulator)


async def test_a_reset_in_the_headers_leaves_a_piece_of_them() -> None:
    """What comes before the reset arrives: a status line and the beginning of a header."""
    loop = asyncio.get_running_loop()
    async with Emulator(60, faults=[Reset("in_headers")]) as emulator:
        with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as client:
            client.setblocking(False)
            await loop.sock_sendall(client, _request(emulator))
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
            await loop.sock_sendall(client, _request(emulator))
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
        head, _, body = (await _raw(emulator)).partition(b"\r\n\r\n")
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
        head, _, body = (await _raw(emulator)).partition(b"\r\n\r\n")
        assert b"\r\nTransfer-Encoding: chunked" in head
        assert b"Content-Length" not in head
        assert body == b'5\r\n{"tot\r\n'


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


async def test_a_fault_of_ones_own_needs_nothing_but_its_class() -> None:
    """The server knows no kind of fault: a new one is a class, with the connection in its hands."""

    @frozen
    class Gibberish(Fault):
        async def happen(self, exchange: Exchange) -> Answer | None:
            exchange.write(b"NONSENSE\r\n\r\n")
            exchange.close()
            exchange.close()
            return None

    async with Emulator(60, faults=[Gibberish()]) as emulator:
        assert await _raw(emulator) == b"NONSENSE\r\n\r\n"


async def test_an_unknown_status_has_no_reason() -> None:
    """A status line can be written by hand with a status that has no phrase."""

    @frozen
    class Odd(Fault):
        async def happen(self, exchange: Exchange) -> None:
            exchange.write_head(599, {"X": "1"})
            exchange.close()

    async with Emulator(60, faults=[Odd()]) as emulator:
        assert await _raw(emulator) == b"HTTP/1.1 599 \r\nX: 1\r\n\r\n"


async def test_writing_after_the_client_has_left_is_lost() -> None:
    """A fault that still writes, closes or resets when its client is gone does no harm."""
    done = asyncio.Event()

    @frozen
    class Stubborn(Fault):
        async def happen(self, exchange: Exchange) -> None:
            try:
                await exchange.hang()
            finally:
                exchange.write(b"x")
                exchange.close()
                exchange.reset()
                done.set()

    async with Emulator(60, faults=[Stubborn()]) as emulator:
        async with asking(emulator, timeout=aiohttp.ClientTimeout(total=0.05)) as ask:
            with pytest.raises(TimeoutError):
                await ask()
        await done.wait()
