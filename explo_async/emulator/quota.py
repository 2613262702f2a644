"""The request quota as the server counts it. Pure: the time of each request is an argument."""

from __future__ import annotations

import math
from collections import deque
from typing import Literal, Protocol

from attrs import field, frozen, validators

from explo_async.emulator.answers import Answer, detail
from explo_async.endpoint import QUOTA_REQUESTS, QUOTA_SECONDS


class Window(Protocol):
    """Counts requests."""

    def ask(self, now: float) -> float | None:
        """Count a request at `now` and return None, or return the seconds to wait and count nothing."""


@frozen
class Quota:
    """`requests` within `per` seconds."""

    requests: int = field(validator=validators.ge(1))
    per: float = field(validator=validators.gt(0))
    window: Literal["sliding", "fixed"] = field(default="sliding", validator=validators.in_(("sliding", "fixed")))
    """Sliding, as Django REST framework's throttle; fixed: one count for each `per` seconds from the first request."""
    retry_after: bool = True
    """Send the header, in whole seconds rounded up."""
    message: bool = True
    """Say in the message how long to wait."""
    per_address: bool = True
    """Count each requesting address by itself, as Explo does; False: all share one, as hosts behind a NAT do."""

    def start(self) -> Window:
        """Return a window in which nothing has been counted yet."""
        return SlidingWindow(self) if self.window == "sliding" else FixedWindow(self)

    def refuse(self, wait: float) -> Answer:
        """Return the 429 for a request that may come again after `wait` seconds."""
        seconds = math.ceil(wait)
        text = "Request was throttled."
        if self.message:
            text += f" Expected available in {seconds} second{'' if seconds == 1 else 's'}."
        return detail(429, text, **({"Retry_After": str(seconds)} if self.retry_after else {}))


DOCUMENTED = Quota(QUOTA_REQUESTS, QUOTA_SECONDS)
"""Explo's own, for each requesting address."""


class Load:
    """How many requests came within a window at most, those that were refused too: what a client has to keep low."""

    def __init__(self, per: float) -> None:
        self.sliding: int = 0
        """Within any `per` seconds."""
        self.fixed: int = 0
        """Within `per` seconds of those that follow each other from the first request."""
        self._per = per
        self._times: deque[float] = deque()
        self._first = 0.0
        self._number = self._count = 0

    def note(self, now: float) -> None:
        """Note a request at `now`."""
        if not self.sliding:
            self._first = now
        while self._times and self._times[0] <= now - self._per:
            self._times.popleft()
        self._times.append(now)
        self.sliding = max(self.sliding, len(self._times))
        number = int((now - self._first) // self._per)
        if number != self._number:
            self._number, self._count = number, 0
        self._count += 1
        self.fixed = max(self.fixed, self._count)


class SlidingWindow:
    """A log of the requests let through, as Django REST framework's `SimpleRateThrottle` keeps it."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._times: deque[float] = deque()

    def ask(self, now: float) -> float | None:
        """Count the request if fewer than the limit were counted within the last `per` seconds."""
        while self._times and self._times[0] <= now - self._quota.per:
            self._times.popleft()
        if len(self._times) >= self._quota.requests:
            return self._quota.per - (now - self._times[0])
        self._times.append(now)
        return None


class FixedWindow:
    """A count that starts again every `per` seconds from the first request."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._first: float | None = None
        self._number = 0
        self._count = 0

    def ask(self, now: float) -> float | None:
        """Count the request if fewer than the limit were counted in the current window."""
        if self._first is None:
            self._first = now
        number = int((now - self._first) // self._quota.per)
        if number != self._number:
            self._number, self._count = number, 0
        if self._count >= self._quota.requests:
            return self._first + (number + 1) * self._quota.per - now
        self._count += 1
        return None
