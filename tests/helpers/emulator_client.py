"""A plain aiohttp client for the emulator's own tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import msgspec
from attrs import frozen

from explo_async.endpoint import CREATE_CUSTOMER, GET_CUSTOMER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from explo_async.emulator import Emulator
    from explo_async.endpoint import Endpoint

PATH = "/v2/api/customers/"


class Served(Protocol):
    """Any emulator, wherever it runs."""

    url: str
    token: str


class BrokenOffError(Exception):
    """The connection broke before the headers of the answer."""


@frozen
class Reply:
    """A whole answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as data."""
        return msgspec.json.decode(self.body)

    @property
    def provided_ids(self) -> list[str]:
        """The ids of the customers on the page."""
        return [record["provided_id"] for record in self.json()["results"]["customers"]]


class Asker:
    """Sends requests to one emulator."""

    def __init__(self, session: aiohttp.ClientSession, emulator: Served) -> None:
        self._session = session
        self._emulator = emulator

    async def __call__(
        self, path: str = PATH, *, token: str | None = None, method: str = "GET", accept: str = "identity", **query: Any
    ) -> Reply:
        """Send one request, with the right token unless another is given, and read the whole answer."""
        headers = {
            "Explo-Authorization": f"Token {self._emulator.token if token is None else token}",
            "Accept-Encoding": accept,
        }
        async with self._session.request(
            method, self._emulator.url + path, params=query, headers=headers, allow_redirects=False
        ) as response:
            return Reply(response.status, response.headers.copy(), await response.read())

    async def do(self, endpoint: Endpoint, body: Any = None, *, token: str | None = None, **options: Any) -> Reply:
        """Send one request to another endpoint than the list, with a body as JSON, or with what `options` say."""
        headers = {"Explo-Authorization": f"Token {self._emulator.token if token is None else token}"}
        if "content_type" in options:
            headers["Content-Type"] = options.pop("content_type")
        if body is not None:
            options["json"] = body
        async with self._session.request(
            endpoint.method,
            self._emulator.url + options.pop("path", endpoint.path),
            headers=headers,
            allow_redirects=False,
            **options,
        ) as response:
            return Reply(response.status, response.headers.copy(), await response.read())

    async def make(self, provided_id: str, *, token: str | None = None, **fields: Any) -> dict[str, Any]:
        """Create a customer, which has to work, and return it."""
        reply = await self.do(CREATE_CUSTOMER, {"provided_id": provided_id, **fields}, token=token)
        assert (reply.status, reply.json()["success"]) == (200, 1)
        customer: dict[str, Any] = reply.json()["customer"]
        return customer

    async def get(self, provided_id: str, *, token: str | None = None) -> dict[str, Any] | None:
        """Return a customer; None where it is not found."""
        reply = await self.do(GET_CUSTOMER, {"provided_id": provided_id}, token=token)
        return reply.json()["customer"] if reply.status == 200 else None


@asynccontextmanager
async def asking(emulator: Served, **options: Any) -> AsyncIterator[Asker]:
    """Give a client that sends each request once and whose connections are closed at the end."""
    async with aiohttp.ClientSession(middlewares=(_once,), **options) as session:
        yield Asker(session, emulator)


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp sends a GET a second time after either of these two.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenOffError(type(error).__name__) from error


def raw_request(emulator: Emulator) -> bytes:
    return f"GET {PATH} HTTP/1.1\r\nHost: x\r\nExplo-Authorization: Token {emulator.token}\r\n\r\n".encode()


async def ask_by_hand(emulator: Emulator) -> bytes:
    """Ask for page 1 by hand and read until the connection ends; ConnectionResetError after a TCP reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    try:
        writer.write(raw_request(emulator))
        return await reader.read(-1)
    finally:
        writer.close()
