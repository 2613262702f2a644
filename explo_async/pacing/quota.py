"""When a request may be sent: the sliding window of the quota and the pause that a 429 calls for. Pure.

Knows no clock: `now` is an argument, float seconds on any monotonic clock.

Why no window of the server ever holds more than the limit: a slot is free again one window after the *answer*
to its request was seen. Of any limit + 1 requests the last one took a slot whose answer had been seen at least
one window before it was sent. The server counted that earlier request no later than its answer, and counts the
last one no earlier than its sending, so the two are at least one window apart, whatever the latency, and
whether the server's window slides or is fixed.
"""

from __future__ import annotations

from collections import deque
from math import inf

from attrs import field, frozen

from explo_async.checks import check_count, check_seconds
from explo_async.endpoint import QUOTA_SECONDS
from explo_async.pacing.lease import Lease

BACKOFF = 0.7
"""What a repeated 429 leaves of the limit: others share the address."""
RECOVERY = 0.05
"""Share of the full limit that comes back with each window without a 429."""
RAMP_DONE = 64
"""Requests in flight at which the slow start after a pause is over."""


@frozen
class RateLimit:
    """At most `requests` in any window of `per` seconds. Explo allows 180 a minute for each address."""

    requests: int
    per: float = field(default=QUOTA_SECONDS)

    def __attrs_post_init__(self) -> None:
        check_count("RateLimit.requests", self.requests)
        check_seconds("RateLimit.per", self.per)


class Quota:
    """The ledger of slots. `limit=None` keeps no window; the pause after a 429 works all the same."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._allowed = float(limit.requests) if limit else inf
        self._in_flight: set[Lease] = set()
        self._free_at: deque[float] = deque()
        self._opens_at = -inf
        self._closed_at = -inf
        self._recovers_at = inf
        self._ramp: int | None = None
        self._probed = False

    @property
    def opens_at(self) -> float:
        """When the pause that the last 429 called for ends; in the past when there is none."""
        return self._opens_at

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent: 0.0 now, `inf` when only an answer can tell."""
        if now < self._opens_at:
            return self._opens_at - now
        if self._ramp is not None and len(self._in_flight) >= self._ramp:
            return inf
        self._settle(now)
        excess = len(self._in_flight) + len(self._free_at) - self._slots()
        if excess < 0:
            return 0.0
        return self._free_at[int(excess)] - now if excess < len(self._free_at) else inf

    def take(self, now: float) -> Lease:
        """Take a slot; only after `wait` has returned 0.0 for the same `now`."""
        lease = Lease(now)
        self._in_flight.add(lease)
        self._probed = True
        return lease

    def answered(self, lease: Lease, now: float) -> None:
        """Note the answer to a request, or that it failed or timed out: its slot is free one window from now."""
        if lease not in self._in_flight:
            return
        self._in_flight.discard(lease)
        if self._limit:
            self._free_at.append(now + self._limit.per)

    def accepted(self) -> None:
        """Note that the server took a request: after a pause, one more may be in flight."""
        # What was on its way when the pause began says nothing about the time after it.
        if self._ramp is not None and self._probed:
            self._ramp = self._ramp + 1 if self._ramp < RAMP_DONE else None

    def throttled(self, lease: Lease, now: float, pause: float) -> None:
        """Note a 429: nothing is sent for `pause` seconds, then a single request tries the water."""
        first_of_its_kind = lease.taken_at > self._closed_at
        if first_of_its_kind:
            if self._limit and now < self._recovers_at < inf:
                self._allowed = max(1.0, self._allowed * BACKOFF)
            self._closed_at = now
        if self._limit:
            self._recovers_at = now + pause + self._limit.per
        self._opens_at = max(self._opens_at, now + pause)
        self._ramp = 1
        self._probed = False

    def start_slowly(self) -> None:
        """Let one request out, and one more with each that the server takes: after an outage."""
        self._ramp = 1
        self._probed = True

    def time_for(self, requests: int, now: float) -> float:
        """Return the seconds that the quota alone makes `requests` further ones take, if nobody else uses it."""
        if requests < 1:
            return 0.0
        pause = max(0.0, self._opens_at - now)
        if not self._limit:
            return pause
        self._settle(now)
        slots = int(self._slots())
        full_windows, nth = divmod(requests - 1, slots)
        # Of slots in use beyond a lowered limit, the first ones to be free again let nothing through.
        place = nth + len(self._in_flight) + len(self._free_at) - slots
        ready = 0.0
        if place >= 0:
            ready = self._free_at[place] - now if place < len(self._free_at) else self._limit.per
        return max(pause, ready) + full_windows * self._limit.per

    def _slots(self) -> float:
        return self._allowed if self._allowed == inf else float(int(self._allowed))

    def _settle(self, now: float) -> None:
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        if self._limit and now >= self._recovers_at:
            windows = int((now - self._recovers_at) / self._limit.per) + 1
            self._allowed = min(self._limit.requests, self._allowed + windows * RECOVERY * self._limit.requests)
            self._recovers_at = inf if self._allowed == self._limit.requests else now + self._limit.per
