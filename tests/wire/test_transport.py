from __future__ import annotations

import asyncio
import socket
import time

import aiohttp
import pytest
from aiohttp import web

from explo_async import (
    AuthenticationError,
    ClientClosed,
    ExploClient,
    RedirectRefused,
    RequestTimeout,
    ResponseTooLarge,
    RetryPolicy,
    ServerError,
    TransportError,
)
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close, CutChunked, Fault, Hang, Html, Redirect, Reset, Status, Trickle, Truncate
from explo_async.wire.aiohttp_errors import translate
from tests.helpers.clients import ONCE, QUICK, client_of


@pytest.mark.parametrize(
    ("fault", "retries"),
    [
        # Page 2 goes out on the connection of page 1, which may have been closed since: that is no attempt.
        (Close(page=2, attempt=1), 0),
        (Reset("before_headers", page=2, attempt=1), 0),
        (Reset("in_headers", page=2, attempt=1), 0),
        (Reset("in_body", page=2, attempt=1), 1),
        (Truncate(page=2, attempt=1), 1),
        (CutChunked(page=2, attempt=1), 1),
        (Html(page=2, attempt=1), 1),
        (Status(503, page=2, attempt=1), 1),
        (Hang("headers", page=2, attempt=1), 1),
        (Hang("body", page=2, attempt=1), 1),
        (Trickle(0.05, page=2, attempt=1), 1),
    ],
    ids=lambda value: repr(value).split(", page")[0],
)
async def test_a_passing_fault_costs_one_more_request(fault: Fault, retries: int) -> None:
    """Whatever breaks one answer, the page is asked for once more, by us and not behind our back.

    That is three pages, the COUNT after them, and that one request.
    """
    async with Emulator(30, faults=[fault]) as emulator, client_of(emulator, request_timeout=0.3, retry=QUICK) as explo:
        customers = await explo.customers.list(page_size=10)
        assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
        assert emulator.requests == 3 + 1 + 1
        assert customers.report.stats.requests == 3 + 1 + 1
        assert customers.report.stats.retries == retries


async def test_each_real_send_takes_a_slot_of_the_quota() -> None:
    """aiohttp would send a GET again by itself after a closed connection; here each send is counted and decided."""
    async with Emulator(30, faults=[Close(page=2)]) as emulator, client_of(emulator, retry=QUICK) as explo:
        with pytest.raises(TransportError, match=r"page 2: .*ServerDisconnectedError.*after 6 attempts") as raised:
            await explo.customers.list(page_size=10)
        # Six attempts, of which the first began on the connection of page 1.
        assert emulator.pages.count(2) == 7
        assert raised.value.stats is not None
        assert raised.value.stats.requests == emulator.requests


async def test_a_request_that_hangs_ends_in_request_timeout() -> None:
    """An answer that does not come within `request_timeout` is RequestTimeout, with page and advice."""
    async with (
        Emulator(30, faults=[Hang("body", page=1)]) as emulator,
        client_of(emulator, request_timeout=0.05, retry=RetryPolicy(attempts=2, wait_initial=0)) as explo,
    ):
        with pytest.raises(
            RequestTimeout, match=r"page 1: no whole answer within request_timeout=0\.05 s.*2 attempts.*raise"
        ):
            await explo.customers.count()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_the_other_server_sees_nothing(status: int) -> None:
    """No redirect is followed: the other server gets no request, and so no token."""
    async with (
        Emulator(10) as other,
        Emulator(10, faults=[Redirect(status, other.url + "/v2/api/customers/")]) as emulator,
        client_of(emulator) as explo,
    ):
        with pytest.raises(RedirectRefused, match=rf"page 1: .*{status}"):
            await explo.customers.count()
        assert (emulator.requests, other.requests) == (1, 0)


async def test_an_answer_over_the_limit_is_not_read_on() -> None:
    """A body beyond `max_response_bytes` ends in ResponseTooLarge after one request."""
    async with Emulator(1000) as emulator, client_of(emulator, max_response_bytes=10_000) as explo:
        with pytest.raises(ResponseTooLarge, match="page 1: .*max_response_bytes=10000"):
            await explo.customers.list()
        assert emulator.requests == 1


async def test_a_wrong_token_is_an_authentication_error_without_the_token() -> None:
    """401 fails at once and shows the server's words, never ours."""
    async with Emulator(10) as emulator, ExploClient("s3cret", base_url=emulator.url) as explo:
        with pytest.raises(AuthenticationError, match="Invalid token") as raised:
            await explo.customers.count()
        assert "s3cret" not in repr(raised.value) + str(raised.value) + repr(raised.value.__dict__)
        assert raised.value.__context__ is None
        assert emulator.requests == 1


async def test_nobody_listening_is_a_transport_error() -> None:
    """A refused connection names the origin, the reason and what to check."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with ExploClient("abc", base_url=url, retry=ONCE) as explo:
        with pytest.raises(TransportError, match=rf"no connection to {url} .*check base_url") as raised:
            await explo.customers.count()
    error: BaseException | None = raised.value
    while error is not None:
        assert not isinstance(error, aiohttp.ClientError)
        error = error.__cause__ or error.__context__


async def test_a_name_that_does_not_exist_is_a_transport_error() -> None:
    """A host that cannot be resolved is named as such."""
    async with ExploClient("abc", base_url="https://explo.invalid", retry=ONCE) as explo:
        with pytest.raises(TransportError, match="cannot be resolved"):
            await explo.customers.count()


async def test_an_answer_that_is_not_http_has_no_status() -> None:
    """aiohttp makes up a status 400 for it; here it is a TransportError."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, ExploClient("abc", base_url=url, retry=ONCE) as explo:
        with pytest.raises(TransportError, match="not valid HTTP"):
            await explo.customers.count()


async def test_a_session_closed_by_its_owner_is_client_closed(emulator: Emulator) -> None:
    """A borrowed session that was closed is said to be closed."""
    async with aiohttp.ClientSession() as session:
        explo = ExploClient(emulator.token, base_url=emulator.url, session=session)
        assert await explo.customers.count() == 2345
    with pytest.raises(ClientClosed, match="session was closed"):
        await explo.customers.count()


async def test_a_session_closed_under_a_list_is_no_short_list() -> None:
    """Closing the session while pages wait for a connection ends the list in ClientClosed."""
    async with Emulator(1000, faults=[Hang(page=3)]) as emulator:
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
        explo = ExploClient(emulator.token, base_url=emulator.url, session=session, retry=QUICK)
        hanging = asyncio.Event()
        emulator.on_request = lambda seen: hanging.set() if seen.page == 3 else None
        listing = asyncio.create_task(explo.customers.list(page_size=100))
        await hanging.wait()
        await session.close()
        with pytest.raises(ClientClosed):
            await listing


async def test_the_time_for_an_attempt_does_not_run_while_the_quota_is_waited_for() -> None:
    """`request_timeout` counts from the sending: a wait for the quota that is longer does no harm."""
    from explo_async import RateLimit  # noqa: PLC0415 -- only here

    async with (
        Emulator(30) as emulator,
        client_of(emulator, rate_limit=RateLimit(1, 0.3), request_timeout=0.2) as explo,
    ):
        began = time.monotonic()
        assert len(await explo.customers.list(page_size=10)) == 30
        assert time.monotonic() - began > 0.9
        assert emulator.requests == 3 + 1


async def test_retry_after_is_read_from_the_headers() -> None:
    """Retry-After of a 503 reaches the error, two headers count as the longer one."""

    async def busy(_: web.Request) -> web.Response:
        response = web.Response(status=503)
        response.headers.add("Retry-After", "3")
        response.headers.add("Retry-After", "500")
        return response

    runner = web.ServerRunner(web.Server(busy))  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ExploClient("abc", base_url=url) as explo:
        with pytest.raises(ServerError, match="asks to wait 500 s") as raised:
            await explo.customers.count()
    assert raised.value.retry_after == 500.0
    await runner.cleanup()


def test_a_failed_handshake_is_not_repeated() -> None:
    """A certificate that does not fit is not retryable, although aiohttp counts it as a connection error."""
    key = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)
    failure = translate(
        aiohttp.ClientConnectorCertificateError(key, Exception("expired")), origin="https://h", closed=False
    )
    assert isinstance(failure, TransportError)
    assert not failure.retryable
