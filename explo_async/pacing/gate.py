"""Lets requests through one by one, in order, as the quota allows: the waiting that `quota.py` only computes."""

from __future__ import annotations

import asyncio
import logging
from math import inf
from typing import TYPE_CHECKING

from explo_async.errors import DeadlineExceeded, RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.quota import Lease, Quota


logger: logging.Logger = logging.getLogger("explo_async")


class Gate:
    """One per client: everything that the client sends passes here, whoever asked for it."""

    def __init__(self, quota: Quota, clock: Callable[[], float]) -> None:
        self._quota = quota
        self._clock = clock
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()
        self._is_throttled = False
        self._told_at = -inf

    async def take(self, *, deadline: float) -> Lease:
        """Wait for a slot and take it.

        Raises at once, not at the deadline, when the wait is known to outlast it: `RateLimited` when a 429 is the
        reason, else `DeadlineExceeded`.
        """
        async with self._turn:
            while (wait := self._quota.wait(self._clock())) > 0:
                self._check(wait, deadline)
                await self._wait(wait)
            return self._quota.take(self._clock())

    def answered(self, lease: Lease) -> None:
        """Note that the answer to a request has begun, or that it failed."""
        self._quota.answered(lease, self._clock())
        self._answered.set()

    def accepted(self) -> None:
        """Note an answer other than a 429."""
        self._is_throttled = False
        self._quota.accepted()
        self._answered.set()

    def throttled(self, lease: Lease, pause: float) -> None:
        """Note a 429: close for `pause` seconds."""
        self._is_throttled = True
        self._quota.throttled(lease, self._clock(), pause)
        self._answered.set()

    def tell_pause(self, lease: Lease) -> None:
        """Leave a line in the log about the pause that a 429 has begun: one, however many requests met it."""
        if lease.taken_at > self._told_at:
            self._told_at = self._clock()
            logger.warning("the server answered 429: nothing is sent for %.0f s", self.paused_for)

    @property
    def paused_for(self) -> float:
        """Seconds until the pause of the last 429 ends; 0.0 when there is none."""
        return max(0.0, self._quota.opens_at - self._clock())

    def time_is_over(self, seconds: float) -> DeadlineExceeded | RateLimited:
        """Return the error for a call whose timeout ran out: a 429 is named when it is the reason."""
        if self._is_throttled:
            paused = self.paused_for
            state = f"takes no requests for another {paused:.1f} s" if paused else "answers nothing but 429"
            what = f"the server {state}; the timeout of {seconds:g} s is over"
            return RateLimited(what, status=429, retry_after=paused or None, advice="try again later")
        advice = "raise `timeout`; what was fetched is on the error's `customers`"
        return DeadlineExceeded(f"the list was not complete within timeout={seconds:g} s", advice=advice)

    def time_for(self, requests: int) -> float:
        """Return the seconds that the quota makes `requests` further ones take at least."""
        return self._quota.time_for(requests, self._clock())

    def _check(self, wait: float, deadline: float) -> None:
        if wait == inf or self._clock() + wait <= deadline:
            return
        if self.paused_for > 0:
            what = f"the server takes no requests for another {wait:.1f} s, longer than the timeout of the call allows"
            raise RateLimited(what, status=429, retry_after=wait, advice="try again after that, or raise `timeout`")
        what = f"the quota allows the next request in {wait:.1f} s, after the timeout of the call"
        raise DeadlineExceeded(what, advice="raise `timeout`, or `rate_limit` if the server allows more")

    async def _wait(self, seconds: float) -> None:
        if seconds < inf:
            await asyncio.sleep(seconds)
        else:
            self._answered.clear()
            await self._answered.wait()
