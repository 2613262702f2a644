"""When a client asks its store next, by the last reply and what has happened since. Pure."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from explo_async.pacing.lease import Wait
from explo_async.pacing.stores.message import reason

if TYPE_CHECKING:
    from explo_async.pacing.stores.message import Reply
    from explo_async.pacing.window_state import Terms

SPREAD = 0.02
"""Seconds by which chance delays a process at most, so that all do not come at once; never more than the margin."""
LOOK_AGAIN = 5.0
"""Seconds after which a client asks again, however long the wait: others may have given slots back."""
LOOK_AGAIN_UNKNOWN = 1.0
"""The same while only the answers of others can tell."""
LOOK_AGAIN_SLOW = 0.05
"""The same in the slow start after a pause, where others wait for one answer."""


class Schedule:
    """What one client knows of the times of a window."""

    def __init__(self, label: str, terms: Terms) -> None:
        self._label = label
        self._terms = terms
        self.is_slow: bool = False
        """Whether this is the slow start after a pause."""
        self._paused_until = -inf
        self._shut_until = -inf
        self._why = ""
        self._not_before = -inf
        """Until when a message would bring nothing."""
        self._due = -inf
        """When something may be granted, as far as that is known."""

    def paused_for(self, now: float) -> float:
        """Return for how many seconds nothing may go out after a 429."""
        return max(0.0, self._paused_until - now)

    def closed_for(self, now: float) -> float:
        """Return the same, also of a store that is shut."""
        return max(0.0, self._paused_until - now, self._shut_until - now)

    def is_too_early(self, now: float) -> bool:
        """Tell whether a message would bring nothing yet."""
        return self._not_before > now

    def ask_at_once(self) -> None:
        """Note an answer that may let the next request out."""
        self._not_before = -inf

    def throttled(self, until: float) -> None:
        """Note a 429."""
        self.is_slow = True
        self._paused_until = max(self._paused_until, until)

    def read(self, reply: Reply, now: float, draw: float, *, in_vain: bool, throttled_since: bool) -> None:
        """Take in a reply; one from before a 429 that the store has not heard of does not end the pause."""
        self._shut_until = now + reply.shut if reply.shut else -inf
        self._why = reply.why
        self._due = inf if reply.wait is None else now + reply.wait
        again = reply.wait
        if again is None:
            unknown = min(LOOK_AGAIN_UNKNOWN, self._terms.per / 4)
            again = (LOOK_AGAIN_SLOW if reply.is_slow else unknown) * (1 + draw)
        self._not_before = now + min(again, LOOK_AGAIN) if in_vain else -inf
        if not throttled_since:
            self.is_slow = reply.is_slow
            self._paused_until = now + reply.paused if reply.paused else -inf

    def wait(self, now: float, draw: float) -> Wait:
        """Return how long to wait, and when to ask again."""
        until = again = self._due
        if self._paused_until > now:
            until = again = self._paused_until
        elif self._not_before > now:
            again = self._not_before
        again = min(max(0.0, again - now), LOOK_AGAIN) + min(SPREAD, self._terms.margin) * draw
        if self._shut_until > now:
            left = self._shut_until - now
            return Wait(left, f"the quota's store {self._label} {reason(self._why)}; it opens in {left:.0f} s", again)
        return Wait(max(0.0, until - now), None, again)
