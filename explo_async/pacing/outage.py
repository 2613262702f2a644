"""Whether the server is away, and when it is asked again. Pure: the times and draws are arguments.

A request is *lost* when its failure speaks of the server: no connection, one that broke off before the headers, no
answer in time, or a 502, 503 or 504, with which a proxy says that nobody is behind it. Anything else is an answer. An
*outage* lasts from a request that is lost to the next answer. Meanwhile nothing is sent but *probes*, one at a time,
with a back-off between them.

One page may also be lost alone, on a server that is well. So the first loss is no more than a suspicion: it is an
attempt of its page, and an answer to a request that went out later ends it. The outage is *real* once another page or a
probe is lost: then the failures are the outage's, not the pages', and an answer to a request from before the first
failed probe says nothing any more.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from explo_async.pacing.lease import Loss
from explo_async.pacing.retry import backoff
from explo_async.pacing.window import RAMP_DONE

if TYPE_CHECKING:
    from explo_async.pacing.lease import Lease
    from explo_async.pacing.retry import RetryPolicy

AWAY_STATUSES = frozenset({502, 503, 504})
SPREAD = 0.25
"""Share of the wait for a probe that chance adds, so that many clients do not come back together."""


class Outage:
    """What a client knows of the server's being away; made once, for all outages."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._began: float | None = None
        self._failures = 0
        self._is_shared = False
        self._opens_at = -inf
        self._lost_last = -inf
        """When the latest request went out that was lost."""
        self._probe: Lease | None = None
        self._past = 0.0
        self._under_way: set[Lease] = set()
        self._ramp: int | None = None
        """Requests that may be under way in the slow start after a real outage."""

    @property
    def is_real(self) -> bool:
        """Whether more was lost than one request."""
        return self._is_shared or self._failures > 1

    def lasts(self, now: float) -> float:
        """Return the seconds since the first loss; 0.0 while the server answers."""
        return 0.0 if self._began is None else now - self._began

    def seconds(self, now: float) -> float:
        """Return the seconds of all outages so far."""
        return self._past + self.lasts(now)

    def wait(self, now: float) -> float:
        """Return the seconds until a request may be sent: 0.0 now, `inf` when only the end of another can tell."""
        if self._began is None:
            return inf if self._ramp is not None and len(self._under_way) >= self._ramp else 0.0
        return inf if self._probe else max(0.0, self._opens_at - now)

    def taken(self, lease: Lease) -> None:
        """Note that a request goes out; only after `wait` has returned 0.0."""
        self._under_way.add(lease)
        if self._began is not None:
            self._probe = lease

    def ended(self, lease: Lease) -> None:
        """Note that a request is no longer under way, for whatever reason."""
        self._under_way.discard(lease)
        if lease is self._probe:
            self._probe = None

    def lost(self, lease: Lease, now: float, draw: float, *, asked: float | None = None) -> None:
        """Note a lost request, on its lease too; `asked` is for how long a 503 wants to be left alone."""
        is_under_way = self._failures > 0 and lease is not self._probe
        self._begin(lease, now)
        if is_under_way:
            self._is_shared = True
        else:
            self._failures += 1
            self._opens_at = now + self._pause(draw, asked)
        lease.loss = Loss(counts=not is_under_way, failures=self._failures, is_shared=self._is_shared)

    def lost_stale(self, lease: Lease, now: float) -> None:
        """Note a request whose idle connection was closed: no failure yet, and a probe may go at once."""
        if self._began is None:
            self._opens_at = now
        self._begin(lease, now)

    def answered(self, lease: Lease, now: float) -> float | None:
        """Note an answer; return how long a real outage was that a probe has ended, else None."""
        if self._began is None:
            if self._ramp is not None:
                self._ramp = self._ramp + 1 if self._ramp < RAMP_DONE else None
            return None
        if lease is self._probe:
            seconds = self.lasts(now) if self.is_real else None
            self.end(now)
            if seconds is not None:
                # One request at first, and one more with each that is answered.
                self._ramp = 2
            return seconds
        if self._failures < 2 and lease.taken_at >= self._lost_last:  # noqa: PLR2004 -- no probe was lost
            self.end(now)
        elif not self.is_real:
            # Who was asked before may answer while it shuts down: a probe tells, and need not wait.
            self._opens_at = now
        return None

    def end(self, now: float) -> None:
        """Note that the outage is over, or that it was given up: whoever comes next begins anew."""
        self._past += self.lasts(now)
        self._began = self._probe = None
        self._failures = 0
        self._is_shared = False
        self._opens_at = self._lost_last = -inf

    def _begin(self, lease: Lease, now: float) -> None:
        if self._began is None:
            self._began = now
        self._lost_last = max(self._lost_last, lease.taken_at)

    def _pause(self, draw: float, asked: float | None) -> float:
        """Return the seconds until the next probe: as for any page at first, then never less than the doubled wait."""
        pause = backoff(self._policy, 1, draw)
        if self._failures > 1:
            pause = backoff(self._policy, self._failures + 1, 1.0) * (1 + SPREAD * draw)
        if asked is not None and asked <= self._policy.max_retry_after:
            pause = max(pause, asked * (1 + 0.1 * draw))
        return pause
