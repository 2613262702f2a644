"""The attempts at one page: whether another one follows a failure, counted and logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.errors import RateLimited
from explo_async.pacing.retry import GiveUp, RetryBudget, RetryPolicy, decide_retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.decode.page import RowT
    from explo_async.errors import ExploError
    from explo_async.pacing.gate import Gate
    from explo_async.wire.call import Call

logger: logging.Logger = logging.getLogger("explo_async")


@frozen(kw_only=True)
class Repeating:
    """What decides about repeats, for everything that a client does."""

    policy: RetryPolicy
    budget: RetryBudget
    gate: Gate
    clock: Callable[[], float]
    draw: Callable[[], float]
    """Gives a number in [0, 1)."""


class Attempts:
    """The attempts at one page: after each failure, whether there is another, and after how long."""

    def __init__(self, repeating: Repeating, call: Call[RowT], number: int) -> None:
        self.failures: int = 0
        self.is_out_of_time: bool = False
        """Whether the timeout of the call has ended them."""
        self._repeating = repeating
        self._number = number
        self._call = call
        self._throttled_since: float | None = None

    def wait_after(self, failure: ExploError) -> float | None:
        """Return for how many seconds to wait before the next attempt, None where the failure is to be raised."""
        now = self._repeating.clock()
        if isinstance(failure, RateLimited):
            self._throttled_since = now if self._throttled_since is None else self._throttled_since
        else:
            self._throttled_since = None
            self.failures += 1
        decision = decide_retry(
            self._repeating.policy,
            failure,
            attempt=self.failures,
            throttled_for=0.0 if self._throttled_since is None else now - self._throttled_since,
            budget_left=self._repeating.budget.left,
            time_left=self._call.deadline - now,
            draw=self._repeating.draw(),
        )
        if isinstance(decision, GiveUp):
            self.is_out_of_time = decision.out_of_time
            failure.attempts = max(1, self.failures)
            failure.what += f" ({decision.reason})" if decision.reason else ""
            return None
        self._call.stats.retries += 1
        if decision.counts:
            self._repeating.budget.spend()
        seconds = max(decision.wait, self._repeating.gate.paused_for)
        # A pause is told once, by the gate, and not by each page that waits for its end.
        level = logging.INFO if decision.counts else logging.DEBUG
        logger.log(level, "page %d: %s; asking again in %.2f s", self._number, failure.what, seconds)
        return decision.wait
