"""`timeout=` of `page` and `count`: the whole call, with everything that it waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, DeadlineExceeded, RateLimit, RateLimited, RetryPolicy
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Status
from tests.helpers.clients import client_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from explo_async import ExploClient

CALLS: dict[str, Callable[..., Awaitable[Any]]] = {
    "page": lambda explo, **options: explo.customers.page(**options),
    "a later page": lambda explo, **options: explo.customers.page(2, **options),
    "count": lambda explo, **options: explo.customers.count(**options),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[..., Awaitable[Any]]:
    """Give each of the calls."""
    return CALLS[request.param]


async def test_an_answer_in_time_is_as_without(explo: ExploClient, call: Callable[..., Awaitable[Any]]) -> None:
    """A timeout that is not reached changes nothing."""
    assert await call(explo, timeout=60) == await call(explo)


async def test_no_answer_in_time(call: Callable[..., Awaitable[Any]]) -> None:
    """The timeout ends a request under way, by its own name, and the client goes on."""
    async with Emulator(30, faults=[Hang(attempt=1)]) as emulator, client_of(emulator) as explo:
        with pytest.raises(DeadlineExceeded) as caught:
            await call(explo, timeout=0.05)
        assert str(caught.value) == "there was no answer within timeout=0.05 s; raise `timeout`"
        await emulator.drain()
        assert await explo.customers.count() == 30


async def test_a_failure_is_not_repeated_beyond_it(call: Callable[..., Awaitable[Any]]) -> None:
    """Where the next attempt would come too late, there is none: both reasons are told."""
    fault = Status(503, headers={"Retry-After": "50"})
    async with Emulator(30, faults=[fault]) as emulator, client_of(emulator) as explo:
        with pytest.raises(DeadlineExceeded, match="503"):
            await call(explo, timeout=5)
        assert emulator.requests == 1


async def test_a_quota_that_opens_too_late(call: Callable[..., Awaitable[Any]]) -> None:
    """A wait for the quota that is known to be longer is not begun; the server's own is named as such."""
    async with Emulator(30) as emulator, client_of(emulator, rate_limit=RateLimit(1, 60.0)) as explo:
        await explo.customers.count()
        with pytest.raises(DeadlineExceeded, match="the quota allows the next request in"):
            await call(explo, timeout=5)
    fault = Status(429, headers={"Retry-After": "50"})
    async with Emulator(30, faults=[fault]) as emulator, client_of(emulator) as explo:
        with pytest.raises(RateLimited):
            await call(explo, timeout=5)


async def test_a_server_that_is_closed_is_named(call: Callable[..., Awaitable[Any]]) -> None:
    """When the time is over while the server answers nothing but 429, that is the error."""
    faults = [Status(429, attempt=1), Hang(attempt=2)]
    policy = RetryPolicy(throttle_wait=0.01)
    async with Emulator(30, faults=faults) as emulator, client_of(emulator, retry=policy) as explo:
        with pytest.raises(RateLimited, match=r"answers nothing but 429; the timeout of 0\.5 s is over"):
            await call(explo, timeout=0.5)


async def test_what_others_raise_is_theirs(call: Callable[..., Awaitable[Any]]) -> None:
    """A TimeoutError from around the call is not renamed."""
    async with Emulator(30, faults=[Hang()]) as emulator, client_of(emulator) as explo:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(explo, timeout=60), 0.05)


@pytest.mark.parametrize("timeout", [0, -1, True, float("nan"), "5"])
async def test_a_timeout_that_makes_no_sense(
    timeout: object, call: Callable[..., Awaitable[Any]], explo: ExploClient, emulator: Emulator
) -> None:
    """It is refused before any request."""
    with pytest.raises(ConfigurationError, match="timeout must be a number of seconds above 0"):
        await call(explo, timeout=timeout)
    assert emulator.requests == 0
