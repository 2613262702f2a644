"""What all calls of one client share: its settings, its session, its loop, and its end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest

from explo_async import ClientClosed, ConfigurationError, ExploClient
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang


async def test_the_environment_names_token_and_server(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """EXPLO_TOKEN and EXPLO_BASE_URL stand in for the arguments."""
    monkeypatch.setenv("EXPLO_TOKEN", emulator.token)
    monkeypatch.setenv("EXPLO_BASE_URL", emulator.url)
    async with ExploClient() as explo:
        assert await explo.customers.count() == 2345


def test_the_repr_shows_no_token() -> None:
    """`repr` shows where the client points, and nothing of its token."""
    assert repr(ExploClient("s3cret")) == "ExploClient(base_url='https://api.explo.co/', max_concurrency=16)"


async def test_the_repr_of_a_closed_client_says_so() -> None:
    """A closed client shows it."""
    client = ExploClient("s3cret")
    await client.close()
    assert repr(client).endswith("closed)")


async def test_the_digest_of_an_account_tells_tokens_and_addresses_apart() -> None:
    """The same token, address and salt give the same digest; another of them another one."""
    seen = {
        ExploClient(token, base_url=base_url).account_digest(salt)
        for token in ("one", "two")
        for base_url in ("https://explo.invalid", "https://other.invalid")
        for salt in (b"a", b"b")
    }
    assert len(seen) == 8
    assert ExploClient("one", base_url="https://explo.invalid/").account_digest(b"a") in seen
    assert {len(digest) for digest in seen} == {16}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_concurrency": 0}, "max_concurrency must be an int of at least 1, not 0"),
        ({"request_timeout": 0}, "request_timeout must be a number of seconds above 0, not 0"),
        ({"max_response_bytes": -1}, "max_response_bytes"),
        ({"rate_limit": 180}, "rate_limit must be a RateLimit, a SharedQuota or None, not of type int"),
        ({"retry": 3}, "retry must be a RetryPolicy or None"),
        ({"token": ""}, "the argument `token` is empty"),
        ({"token": "abc\n"}, "position 3"),
        ({"base_url": "http://api.explo.co"}, "unencrypted"),
    ],
)
def test_wrong_arguments_of_the_client_are_refused(options: dict[str, object], message: str) -> None:
    """What cannot work is a ConfigurationError, before any request."""
    with pytest.raises(ConfigurationError, match=message):
        ExploClient(**({"token": "abc"} | options))  # type: ignore[arg-type]


async def test_closing_the_client_ends_what_runs() -> None:
    """`close` during a list and a stream ends both with ClientClosed, and closes every connection."""
    async with Emulator(1000, faults=[Hang(page=3)]) as emulator:
        client = ExploClient(emulator.token, base_url=emulator.url)
        hanging = asyncio.Event()
        emulator.on_request = lambda seen: hanging.set() if seen.page == 3 else None
        listing = asyncio.create_task(client.customers.list(page_size=100))
        await hanging.wait()
        stream = client.customers.stream(page_size=100)
        assert (await anext(aiter(stream))).provided_id
        await client.close()
        with pytest.raises(ClientClosed, match="closed while"):
            await listing
        with pytest.raises(ClientClosed, match="is closed"):
            await client.customers.count()
        await emulator.drain()
        assert emulator.open_connections == 0
        await client.close()


async def test_a_borrowed_session_is_used_and_left_open(emulator: Emulator) -> None:
    """A session that was given is not closed, and its own middlewares still run."""
    seen: list[str] = []

    async def watch(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        seen.append(request.method)
        return await handler(request)

    async with aiohttp.ClientSession(middlewares=[watch]) as session:
        async with ExploClient(emulator.token, base_url=emulator.url, session=session) as explo:
            assert await explo.customers.count() == 2345
        assert not session.closed
        assert seen == ["GET"]


async def test_a_session_that_does_not_decompress_is_asked_for_plain_bodies() -> None:
    """A borrowed session with `auto_decompress=False` asks the server not to compress."""
    async with (
        Emulator(30, gzip=True) as emulator,
        aiohttp.ClientSession(auto_decompress=False) as session,
        ExploClient(emulator.token, base_url=emulator.url, session=session) as explo,
    ):
        assert len(await explo.customers.list()) == 30


async def test_another_loop_is_refused(emulator: Emulator) -> None:
    """A client used in another event loop than its own says so before anything is sent."""
    async with ExploClient(emulator.token, base_url=emulator.url) as explo:
        with ThreadPoolExecutor(1) as threads, pytest.raises(ClientClosed, match="another event loop"):
            await asyncio.get_running_loop().run_in_executor(threads, lambda: asyncio.run(explo.customers.count()))


async def test_another_process_is_refused(explo: ExploClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client taken along by a fork says so before it writes into its parent's connections."""
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(ClientClosed, match="another process"):
        await explo.customers.count()
