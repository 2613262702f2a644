"""Faults that are whole answers, those that a test makes itself, and what all faults share, on the wire."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import aiohttp
import pytest
from attrs import frozen

from explo_async.emulator import Emulator
from explo_async.emulator.faults import Body, ContentType, Fault, Html, Redirect, Status
from tests.helpers.emulator_client import ask_by_hand, asking

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange


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
        assert await ask_by_hand(emulator) == b"NONSENSE\r\n\r\n"


async def test_an_unknown_status_has_no_reason() -> None:
    """A status line can be written by hand with a status that has no phrase."""

    @frozen
    class Odd(Fault):
        async def happen(self, exchange: Exchange) -> None:
            exchange.write_head(599, {"X": "1"})
            exchange.close()

    async with Emulator(60, faults=[Odd()]) as emulator:
        assert await ask_by_hand(emulator) == b"HTTP/1.1 599 \r\nX: 1\r\n\r\n"


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
