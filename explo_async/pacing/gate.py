"""Lets requests through one by one, in order: the waiting that `slots.py` and `outage.py` only compute."""

from __future__ import annotations

import asyncio
import copy
import logging
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from explo_async.errors import DeadlineExceeded, RateLimited
from explo_async.observer import NOBODY
from explo_async.pacing.lease import Wait
from explo_async.pacing.waits import QuotaWaits

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.errors import ExploError
    from explo_async.observer import Observer
    from explo_async.pacing.lease import Lease
    from explo_async.pacing.outage import Outage
    from explo_async.pacing.slots import Slots
    from explo_async.progress import WaitingFor

logger: logging.Logger = logging.getLogger("explo_async")


class Gate:
    """One per client: everything that the client sends passes here, whoever asked for it."""

    def __init__(
        self,
        slots: Slots,
        outage: Outage,
        *,
        clock: Callable[[], float],
        draw: Callable[[], float],
        observer: Observer = NOBODY,
    ) -> None:
        self.observer = observer
        # Its clock stands still in an outage, which is no wait for the quota.
        self.waits: QuotaWaits = QuotaWaits(lambda: clock() - outage.seconds(clock()), observer)
        """How long each call waits for the quota."""
        self._slots = slots
        self._outage = outage
        self._clock = clock
        self._draw = draw
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._changed = asyncio.Event()
        slots.listen(self._changed.set)
        self._is_throttled = False
        self._told_at = -inf
        self.outages_given_up: int = 0
        self._verdict: ExploError | None = None
        """The error in which the last outage ended that was given up."""

    async def take(self, *, deadline: float) -> Lease:
        """Wait for a slot and take it.

        Raises at once, not at the deadline, when the wait is known to outlast it: `RateLimited` when a 429 is the
        reason, else `DeadlineExceeded`. Whoever waits in an outage that is given up gets the error that ended it.
        """
        given_up = self.outages_given_up
        self._waiting += 1
        try:
            async with self._turn:
                with self.waits.of_first():
                    return await self._take_first(deadline, given_up)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._slots.withdraw()

    async def _take_first(self, deadline: float, given_up: int) -> Lease:
        """Wait for a slot at the head of the queue."""
        while True:
            self.check_outage(given_up)
            wait = self._outage.wait(self._clock())
            got = Wait(wait) if wait > 0 else await self._slots.take(self._waiting)
            if not isinstance(got, Wait):
                if self._outage.wait(self._clock()) == 0 and self.outages_given_up == given_up:
                    return self._hand_out(got)
                # Either began while a store was asked.
                self._slots.give_back(got)
                continue
            self._check(got, deadline)
            await self._wait(got)

    def _hand_out(self, lease: Lease) -> Lease:
        lease.taken_at = self._clock()
        self._outage.taken(lease)
        return lease

    def ended(self, lease: Lease) -> None:
        """Note that the answer to a request has begun, or that it failed."""
        self._slots.ended(lease)
        self._outage.ended(lease)
        self._changed.set()

    def accepted(self, lease: Lease) -> None:
        """Note an answer other than a 429."""
        self._is_throttled = False
        self._slots.accepted(lease)
        self._changed.set()

    def throttled(self, lease: Lease, pause: float) -> None:
        """Note a 429: close for `pause` seconds."""
        self._is_throttled = True
        self._slots.throttled(lease, pause)
        self._changed.set()

    def lost(self, lease: Lease, *, asked: float | None = None) -> None:
        """Note a failure that speaks of the server: close for all but one request at a time."""
        self._outage.lost(lease, self._clock(), self._draw(), asked=asked)

    def lost_stale(self, lease: Lease) -> None:
        """Note that an idle connection turned out to be closed: one request goes first, at once."""
        self._outage.lost_stale(lease, self._clock())

    def answered(self, lease: Lease) -> None:
        """Note that the server answers, whatever it says."""
        seconds = self._outage.answered(lease, self._clock())
        if seconds is not None:
            logger.info("the server answers again, after %.1f s", seconds)

    def give_up(self, failure: ExploError) -> None:
        """Note that no further attempt follows in an outage: all that wait for its end get the same error."""
        if self._outage.is_real:
            self._outage.end(self._clock())
            self._verdict = copy.copy(failure)
            self.outages_given_up += 1
            self._changed.set()

    def check_outage(self, given_up: int) -> None:
        """Raise if an outage was given up since `outages_given_up` was looked at."""
        if self._verdict is not None and self.outages_given_up > given_up:
            raise copy.copy(self._verdict)

    @property
    def next_probe_in(self) -> float:
        """Seconds until the server is asked again in an outage; 0.0 while a probe is out, and without an outage."""
        wait = self._outage.wait(self._clock())
        return 0.0 if wait == inf else wait

    @property
    def outage_seconds(self) -> float:
        """Seconds of all outages so far."""
        return self._outage.seconds(self._clock())

    def tell_pause(self, lease: Lease) -> None:
        """Leave a line in the log about the pause that a 429 has begun: one, however many requests met it."""
        if lease.taken_at > self._told_at:
            self._told_at = self._clock()
            logger.warning("the server answered 429: nothing is sent for %.0f s", self.paused_for)

    @property
    def paused_for(self) -> float:
        """Seconds until the pause of the last 429 ends; 0.0 when there is none."""
        return self._slots.paused_for

    def time_is_over(self, seconds: float) -> DeadlineExceeded | RateLimited:
        """Return the error for a call whose timeout ran out: a 429 is named when it is the reason."""
        if self._is_throttled:
            paused = self.paused_for
            state = f"takes no requests for another {paused:.1f} s" if paused else "answers nothing but 429"
            what = f"the server {state}; the timeout of {seconds:g} s is over"
            return RateLimited(what, status=429, retry_after=paused or None, advice="try again later")
        what = f"the list was not complete within timeout={seconds:g} s"
        if self._outage.is_real:
            what += f"; the server has not answered for {self._outage.lasts(self._clock()):.1f} s"
        return DeadlineExceeded(what, advice="raise `timeout`; what was fetched is on the error's `customers`")

    def time_for(self, requests: int) -> float:
        """Return the seconds that the quota makes `requests` further ones take at least."""
        return self._slots.time_for(requests)

    async def close(self) -> None:
        """Let go of the slots."""
        await self._slots.close()

    def _check(self, got: Wait, deadline: float) -> None:
        """Raise if a wait is known to outlast the time of the call."""
        now, wait = self._clock(), got.seconds
        if wait == inf or now + wait <= deadline:
            return
        if got.why is not None:
            what = f"{got.why}: longer than the timeout of the call allows"
            raise DeadlineExceeded(what, advice="raise `timeout`")
        if self.paused_for > 0:
            what = f"the server takes no requests for another {wait:.1f} s, longer than the timeout of the call allows"
            raise RateLimited(what, status=429, retry_after=wait, advice="try again after that, or raise `timeout`")
        if self._outage.wait(now) > 0:
            what = f"the server does not answer, and is asked again in {wait:.1f} s, after the timeout of the call"
            raise DeadlineExceeded(what, advice="raise `timeout`")
        what = f"the quota allows the next request in {wait:.1f} s, after the timeout of the call"
        raise DeadlineExceeded(what, advice="raise `timeout`, or `rate_limit` if the server allows more")

    async def _wait(self, got: Wait) -> None:
        """Wait until something has changed, or for so long."""
        self._changed.clear()
        self.waits.note(self._name(got), got.seconds)
        again = got.seconds if got.again is None else got.again
        with suppress(TimeoutError):
            async with asyncio.timeout(again if again < inf else None):
                await self._changed.wait()

    def _name(self, got: Wait) -> WaitingFor | None:
        """Say what is waited for; None in an outage."""
        if got.why is not None:
            return "store"
        if self._outage.wait(self._clock()) > 0:
            return None
        return "pause" if self.paused_for > 0 else "quota"
