"""One request on its way: its slot of the quota, its time, and what the gate hears of its answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import DeadlineExceeded, RateLimit, TransportError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Close, Hang, Status
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.progress import FetchStats
from explo_async.wire.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from explo_async.pacing.lease import Lease

LIMIT = RateLimit(1, per=60.0)


class Trial:
    """Requests to one emulator, each an exchange of its own."""

    def __init__(self, emulator: Emulator, session: aiohttp.ClientSession, limit: RateLimit | None) -> None:
        clock = asyncio.get_running_loop().time
        self.gate = Gate(OwnSlots(Quota(limit), clock), Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5)
        self.stats = FetchStats()
        self.sent = 0
        self._url = f"{emulator.url}/v2/api/customers/"
        self._headers = {"Explo-Authorization": f"Token {emulator.token}"}
        self._session = session

    def exchange(self, *, deadline: float = inf, seconds: float = 30.0, first_pause: float = 1.0) -> Exchange:
        """Make an exchange."""
        return Exchange(
            self.gate, self.stats, deadline, seconds, self._note, first_pause, is_reused=False, is_repeat=False
        )

    async def ask(self, exchange: Exchange, page: int = 1) -> int:
        """Send a request by it; return the status of the answer."""
        async with (
            exchange.scope,
            self._session.get(
                self._url, params={"page": page}, headers=self._headers, middlewares=(exchange.send,)
            ) as response,
        ):
            await response.read()
            return response.status

    def _note(self, lease: Lease) -> None:
        del lease
        self.sent += 1


@asynccontextmanager
async def trying(emulator: Emulator, limit: RateLimit | None = None) -> AsyncIterator[Trial]:
    """Open a session for requests to an emulator."""
    async with aiohttp.ClientSession() as session:
        yield Trial(emulator, session, limit)


async def test_a_request_takes_a_slot_and_gives_it_back() -> None:
    """It is counted and told of when it really goes out, and its lease is known to whoever sent it."""
    async with Emulator(30) as emulator, trying(emulator, LIMIT) as trial:
        exchange = trial.exchange()
        assert await trial.ask(exchange) == 200
        assert (trial.sent, trial.stats.requests, len(exchange.leases), emulator.requests) == (1, 1, 1, 1)
        # The slot is free one window after the answer: the gate can say when.
        assert 59.0 < trial.gate.time_for(1) <= 60.0
        assert trial.gate.paused_for == 0.0


async def test_nothing_goes_out_where_the_quota_is_too_long() -> None:
    """A wait beyond the deadline is not begun, and nobody is told of a request."""
    async with Emulator(30) as emulator, trying(emulator, LIMIT) as trial:
        await trial.ask(trial.exchange())
        deadline = asyncio.get_running_loop().time() + 5.0
        with pytest.raises(DeadlineExceeded, match="the quota allows the next request in"):
            await trial.ask(trial.exchange(deadline=deadline))
        assert (trial.sent, trial.stats.requests, emulator.requests) == (1, 1, 1)


async def test_the_time_of_an_attempt_begins_when_it_goes_out() -> None:
    """The wait for the quota is added up and is no part of it; the answer has to be there whole in time."""
    async with Emulator(30, faults=[Hang("body", page=2)]) as emulator, trying(emulator, RateLimit(1, 0.5)) as trial:
        assert await trial.ask(trial.exchange(seconds=0.45)) == 200
        assert await trial.ask(trial.exchange(seconds=0.45)) == 200
        with pytest.raises(TimeoutError):
            await trial.ask(trial.exchange(seconds=0.05), page=2)
        assert trial.stats.quota_wait > 0.6
        assert (trial.sent, trial.stats.requests, emulator.requests) == (3, 3, 3)


async def test_a_429_closes_the_gate_before_its_body_has_come() -> None:
    """For a moment only: for how long, the body may say."""
    async with Emulator(30, faults=[Status(429)]) as emulator, trying(emulator) as trial:
        assert await trial.ask(trial.exchange(first_pause=7.0)) == 429
        assert 6.0 < trial.gate.paused_for <= 7.0


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_no_other_answer_closes_it(status: int) -> None:
    """Whatever the status says."""
    faults = [] if status == 200 else [Status(status)]
    async with Emulator(30, faults=faults) as emulator, trying(emulator) as trial:
        assert await trial.ask(trial.exchange(first_pause=7.0)) == status
        assert trial.gate.paused_for == 0.0


async def test_a_broken_connection_is_no_second_request() -> None:
    """aiohttp would send a GET again: it gets an error of ours, without one of its own behind it."""
    async with Emulator(30, faults=[Close()]) as emulator, trying(emulator, LIMIT) as trial:
        with pytest.raises(TransportError, match=r"^the connection to http://127\.0\.0\.1:\d+ broke off") as caught:
            await trial.ask(trial.exchange())
        assert caught.value.__context__ is None
        assert (trial.sent, trial.stats.requests, emulator.requests) == (1, 1, 1)
        # A failure is an answer to the quota.
        assert 59.0 < trial.gate.time_for(1) <= 60.0
