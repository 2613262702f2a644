"""When a client may send a request: its limit, over a window that it may share with others. Pure.

Knows no clock: `now` is an argument, float seconds on the window's clock. Why the limit is kept: `window.py`.
"""

from __future__ import annotations

from itertools import count
from math import inf
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.checks import check_count, check_flag, check_seconds
from explo_async.endpoint import QUOTA_SECONDS
from explo_async.pacing.lease import Lease
from explo_async.pacing.window import Window
from explo_async.pacing.window_state import Terms

if TYPE_CHECKING:
    from explo_async.pacing.window_state import Holder


@frozen
class RateLimit:
    """At most `requests` in any window of `per` seconds. Explo allows 180 a minute for each address.

    All clients of a process that talk to one origin share a window, each by its own limit; one whose limit is not
    `shared` has a window of its own.
    """

    requests: int
    per: float = field(default=QUOTA_SECONDS)
    shared: bool = field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_count("RateLimit.requests", self.requests)
        check_seconds("RateLimit.per", self.per)
        check_flag("RateLimit.shared", self.shared)


_ids = count()


class Quota:
    """A client's part in a window. `limit=None` keeps no window; the pause after a 429 works all the same."""

    def __init__(self, limit: RateLimit | None, window: Window | None = None, *, hold: float = inf) -> None:
        self.window: Window = Window() if window is None else window
        self._terms = Terms(limit.requests, limit.per, hold) if limit else Terms(None, 0.0, hold)
        self._id = f"{next(_ids)}"
        self._last = 0

    @property
    def opens_at(self) -> float:
        """When the pause that the last 429 called for ends; in the past when there is none."""
        return -inf if self.window.state.opens_at is None else self.window.state.opens_at

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent: 0.0 now, `inf` when only an answer can tell."""
        now, holder = self._enter(now)
        return self.window.wait(holder, self._terms, now)

    def take(self, now: float) -> Lease:
        """Take a slot; only after `wait` has returned 0.0 for the same `now`."""
        now, holder = self._enter(now)
        holder.wants, holder.served = 0, now
        return self._grant(holder, now)

    def ask(self, now: float) -> Lease | float:
        """Take a slot, or note that one is wanted and return what `wait` does."""
        now, holder = self._enter(now)
        if self.window.take(holder, 1, self._terms, now):
            return self._grant(holder, now)
        return self.window.wait(holder, self._terms, now)

    def withdraw(self) -> bool:
        """Note that nothing is wanted any more; tell whether something was."""
        holder = next((each for each in self.window.state.holders if each.id == self._id), None)
        was_wanted = holder is not None and holder.wants > 0
        if holder is not None:
            holder.wants = 0
        return was_wanted

    def answered(self, lease: Lease, now: float) -> None:
        """Note the answer to a request, or that it failed or timed out: its slot is free one window from now."""
        now, holder = self._enter(now)
        self.window.settle(holder, lease.number, now)

    def give_back(self, lease: Lease, now: float) -> None:
        """Take back a lease that nothing was sent for."""
        _, holder = self._enter(now)
        self.window.give_back(holder, lease.number)

    def accepted(self, lease: Lease) -> None:
        """Note that the server took a request: after a pause, one more may be in flight."""
        self.window.accepted(lease.granted_at)

    def throttled(self, lease: Lease, now: float, pause: float) -> None:
        """Note a 429: nothing is sent for `pause` seconds, then a single request tries the water."""
        self.window.throttled(lease.granted_at, pause, self._terms, now)

    def time_for(self, requests: int, now: float) -> float:
        """Return the seconds that the quota alone makes `requests` further ones take, if others go on as they do."""
        now, holder = self._enter(now)
        return self.window.time_for(holder, requests, self._terms, now)

    def _enter(self, now: float) -> tuple[float, Holder]:
        now = self.window.tick(now)
        return now, self.window.join(self._id, self._terms, now)

    def _grant(self, holder: Holder, now: float) -> Lease:
        self._last += 1
        self.window.grant(holder, self._last, now)
        return Lease(now, number=self._last, granted_at=now)
