"""Proxies and own authorities: what goes through them, and whose failure it is."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import ConfigurationError, ExploClient, TransportError
from explo_async.emulator import Emulator
from tests.helpers.clients import ONCE
from tests.helpers.proxy import proxying
from tests.helpers.slow_steps import without_slow_steps
from tests.promises.catalogue.places import authority, server_side

if TYPE_CHECKING:
    from pathlib import Path

COUNT = """
import asyncio
from explo_async import ExploClient

async def main():
    async with ExploClient(trust_env={trust_env}) as explo:
        print(await explo.customers.count())

asyncio.run(main())
"""
COMMAND = ["-m", "explo_async", "customers", "count", "--quiet"]


async def execute(words: list[str], emulator: Emulator, **settings: str) -> tuple[str, str]:
    """Run Python with these settings alone, and return what it prints and what it complains about."""
    environment = {
        "EXPLO_TOKEN": emulator.token,
        "EXPLO_BASE_URL": emulator.url,
        "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", *words),
        env={"PYTHONPATH": os.pathsep.join(sys.path), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    return output.decode(), without_slow_steps(errors).decode()


@pytest.fixture
def certificates(tmp_path: Path) -> str:
    """Write the certificate of the authority that signs here."""
    file = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(file)
    return str(file)


@pytest.mark.parametrize(
    ("words", "passes"),
    [(["-c", COUNT.format(trust_env=True)], True), (["-c", COUNT.format(trust_env=False)], False), (COMMAND, True)],
    ids=["trust_env", "default", "command"],
)
async def test_the_proxy_of_the_environment(words: list[str], certificates: str, *, passes: bool) -> None:
    """HTTPS_PROXY is heeded by the command, and by a client with trust_env; the proxy sees the host, and no token."""
    async with proxying() as proxy, Emulator(7, ssl_context=server_side("127.0.0.1")) as emulator:
        settings = {"HTTPS_PROXY": f"http://me:pa55@127.0.0.1:{proxy.port}", "SSL_CERT_FILE": certificates}
        output, errors = await execute(words, emulator, **settings)
        assert (output, errors) == ("7\n", "")
        assert len(proxy.heads) == passes
        for head in proxy.heads:
            assert head.startswith(f"CONNECT {emulator.url.removeprefix('https://')} HTTP/1.1\r\n")
            assert "Proxy-Authorization: Basic bWU6cGE1NQ==\r\n" in head
        assert (b"\x16\x03" in proxy.seen) is passes, "TLS"
        assert emulator.token not in f"{proxy.heads} {bytes(proxy.seen)!r}"


async def test_a_host_in_no_proxy_is_asked_without(certificates: str) -> None:
    """NO_PROXY is heeded as well."""
    async with proxying() as proxy, Emulator(7, ssl_context=server_side("127.0.0.1")) as emulator:
        settings = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": "127.0.0.1"}
        assert await execute(COMMAND, emulator, **settings, SSL_CERT_FILE=certificates) == ("7\n", "")
        assert proxy.heads == []


async def test_plain_http_to_this_machine_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would see the token of a request that is not encrypted."""
    async with proxying() as proxy, Emulator(7) as emulator:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with ExploClient(emulator.token, base_url=emulator.url, trust_env=True) as explo:
            assert await explo.customers.count() == 7
        assert proxy.heads == []


async def fail(proxy: str, monkeypatch: pytest.MonkeyPatch) -> tuple[TransportError, str]:
    """Ask through a proxy that does not serve, and return the error and its message."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    async with ExploClient("t0ken", base_url="https://explo.example", retry=ONCE, trust_env=True) as explo:
        with pytest.raises(TransportError) as raised:
            await explo.customers.count()
    return raised.value, str(raised.value)


@pytest.mark.parametrize(
    ("status", "retryable", "advice"),
    [
        (407, False, "put user and password into the proxy's address: http://user:password@host:port"),
        (403, False, "ask whoever runs the proxy to allow this address, or check HTTPS_PROXY and NO_PROXY"),
        (502, True, "try again later, or check HTTPS_PROXY and NO_PROXY"),
    ],
)
async def test_a_refusal_of_the_proxy_is_the_proxys(
    status: int, advice: str, monkeypatch: pytest.MonkeyPatch, *, retryable: bool
) -> None:
    """Its status is told as its own, and repeated where that can help."""
    async with proxying(status) as proxy:
        error, message = await fail(f"http://me:pa55@127.0.0.1:{proxy.port}", monkeypatch)
    what = f"the proxy answered {status} in place of a connection to https://explo.example"
    assert message == f"page 1: {what}; {advice}"
    assert error.retryable is retryable
    assert "pa55" not in repr(error.__dict__)


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.invalid"])
async def test_a_proxy_that_is_not_there_is_named(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens, or the name cannot be resolved: the message names the proxy, and not Explo."""
    error, message = await fail(f"http://me:pa55@{host}:1", monkeypatch)
    assert message.startswith(f"page 1: no connection to the proxy {host}:1 (Client")
    assert message.endswith("); check HTTPS_PROXY and NO_PROXY, and that the proxy runs")
    assert "pa55" not in message + repr(error.__dict__)


async def test_an_own_authority_is_advised() -> None:
    """An unknown issuer is told with the variable that makes it known."""
    async with Emulator(7, ssl_context=server_side("127.0.0.1")) as emulator:
        _, errors = await execute(COMMAND, emulator)
    assert "no secure connection to https://127.0.0.1:" in errors
    assert "name the file with its certificate in SSL_CERT_FILE" in errors


async def test_a_session_of_ones_own_has_its_own_proxy() -> None:
    """`trust_env` beside `session` would do nothing, and is refused."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match=r"^trust_env is for .*; give it to that session$"):
            ExploClient("t0ken", session=session, trust_env=True)
