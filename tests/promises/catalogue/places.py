"""Where a case happens: a local Explo with faults, another server beside it, or none at all."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import aiohttp
import trustme
from attrs import frozen

from explo_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from explo_async import SharedQuota
    from explo_async.emulator.faults import Fault

TEAM_TOKEN = "team-t0ken-2f9d61"
CUSTOMERS = 30
PAGE_SIZE = 10


@frozen(kw_only=True)
class Place:
    """What is there to be asked while a case runs."""

    url: str
    emulator: Emulator | None = None
    stranger: Emulator | None = None
    """A server that must never see a request."""
    session: aiohttp.ClientSession | None = None
    """For the client to use; None: its own."""
    rate_limit: SharedQuota | None = None
    """For the client to go by; None: what it does by default."""


Opening = Callable[[], AbstractAsyncContextManager[Place]]


def explo(*faults: Fault, customers: Any = CUSTOMERS, **options: Any) -> Opening:
    """Run a local Explo with these faults."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        async with Emulator(customers, token=TEAM_TOKEN, faults=faults, **options) as emulator:
            yield Place(url=emulator.url, emulator=emulator)

    return opening


def changing(change: Callable[[Emulator, int], object]) -> Opening:
    """Run a local Explo whose list is changed as each request arrives; `change` is told which one, from 1."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        async with Emulator(CUSTOMERS, token=TEAM_TOKEN) as emulator:
            emulator.on_request = lambda _: change(emulator, emulator.requests)
            yield Place(url=emulator.url, emulator=emulator)

    return opening


def at(url: str) -> Opening:
    """Run nothing, and send the client to this address."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        yield Place(url=url)

    return opening


@asynccontextmanager
async def nobody_listens() -> AsyncIterator[Place]:
    """Send the client to a port that is taken and does not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield Place(url=f"http://127.0.0.1:{taken.getsockname()[1]}")


@asynccontextmanager
async def plain_http_behind_https() -> AsyncIterator[Place]:
    """Send the client with https to a server that speaks http."""
    async with Emulator(CUSTOMERS, token=TEAM_TOKEN) as emulator:
        yield Place(url=emulator.url.replace("http://", "https://"), emulator=emulator)


def over_tls(name: str, *, trusted: bool) -> Opening:
    """Run a local Explo whose certificate is for this name; the client may trust whoever signed it."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        async with (
            Emulator(CUSTOMERS, token=TEAM_TOKEN, ssl_context=server_side(name)) as emulator,
            trusting_session() if trusted else aiohttp.ClientSession() as session,
        ):
            yield Place(url=emulator.url, emulator=emulator, session=session)

    return opening


def beside(fault: Callable[[Emulator], Fault], *, tls: bool = False) -> Opening:
    """Run a local Explo whose fault knows another one, a stranger to the client."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        ssl_context = server_side("127.0.0.1") if tls else None
        async with (
            Emulator(CUSTOMERS, token=TEAM_TOKEN) as stranger,
            Emulator(CUSTOMERS, token=TEAM_TOKEN, faults=[fault(stranger)], ssl_context=ssl_context) as emulator,
            trusting_session() as session,
        ):
            yield Place(url=emulator.url, emulator=emulator, stranger=stranger, session=session)

    return opening


@cache
def authority() -> trustme.CA:
    """Make a certificate authority that nobody knows."""
    return trustme.CA()


def server_side(name: str) -> ssl.SSLContext:
    """Make what a server with a certificate for this name needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(name).configure_cert(context)
    return context


def trusting_session() -> aiohttp.ClientSession:
    """Open a session that trusts our authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
