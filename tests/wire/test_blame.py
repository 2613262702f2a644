"""What code of the caller's raises comes through as it is, once; what is aiohttp's own does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import ClientClosed, ExploClient, RetryPolicy, TransportError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close
from explo_async.wire.blame import is_of_caller

if TYPE_CHECKING:
    from collections.abc import Callable


def fail_in_json() -> None:
    json.loads("{")


def fail_plainly() -> None:
    msg = "the caller's own"
    raise RuntimeError(msg)


FAILURES = [(fail_plainly, RuntimeError), (fail_in_json, json.JSONDecodeError)]


@pytest.mark.parametrize(("fail", "kind"), FAILURES)
@pytest.mark.parametrize("signal", ["on_request_start", "on_request_headers_sent", "on_request_end"])
async def test_a_failing_trace(fail: Callable[[], None], kind: type[Exception], signal: str) -> None:
    """An error of a trace is raised unchanged, and the request not sent again."""
    calls = []

    async def note(*_: object) -> None:
        calls.append(1)
        fail()

    trace = aiohttp.TraceConfig()
    getattr(trace, signal).append(note)
    async with (
        Emulator(30) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, trace_configs=[trace]) as explo,
    ):
        with pytest.raises(kind) as raised:
            await explo.customers.list(page_size=10)
        assert type(raised.value) is kind
        assert len(calls) == 1


@pytest.mark.parametrize(("fail", "kind"), FAILURES)
async def test_a_failing_middleware(fail: Callable[[], None], kind: type[Exception]) -> None:
    """An error of a session's own middleware is raised unchanged."""

    async def meddle(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        await handler(request)
        fail()
        raise AssertionError

    async with Emulator(30) as emulator, aiohttp.ClientSession(middlewares=[meddle]) as session:
        explo = ExploClient(emulator.token, base_url=emulator.url, session=session)
        with pytest.raises(kind):
            await explo.customers.list(page_size=10)
        assert emulator.requests == 1


async def test_what_is_aiohttps_own_stays_ours() -> None:
    """A closed session is ClientClosed and a broken connection TransportError, also through the caller's middleware."""

    async def pass_on(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        return await handler(request)

    async with Emulator(30, faults=[Close(page=1)]) as emulator:
        async with aiohttp.ClientSession(middlewares=[pass_on]) as session:
            retry = RetryPolicy(attempts=1)
            explo = ExploClient(emulator.token, base_url=emulator.url, session=session, retry=retry)
            with pytest.raises(TransportError):
                await explo.customers.list()
        with pytest.raises(ClientClosed):
            await explo.customers.count()


def test_an_error_that_was_never_raised_is_nobodys() -> None:
    """Without a traceback there is nobody to blame."""
    assert not is_of_caller(RuntimeError())
