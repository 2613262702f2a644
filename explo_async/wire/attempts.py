"""The attempts at one request: whether another one follows a failure, counted and logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.errors import DeadlineExceeded, RateLimited, ServerError, TransportError
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.retry import GiveUp, RetryBudget, RetryPolicy, decide_retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.errors import ExploError
    from explo_async.observer import Observer
    from explo_async.pacing.lease import Lease, Loss
    from explo_async.pacing.retry import Again
    from explo_async.pacing.slots import Slots
    from explo_async.progress import FetchStats

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


def make_repeating(
    policy: RetryPolicy,
    slots: Slots,
    *,
    clock: Callable[[], float],
    draw: Callable[[], float],
    observer: Observer,
) -> Repeating:
    """Return what decides about repeats of a client whose slots these are."""
    gate = Gate(slots, Outage(policy), clock=clock, draw=draw, observer=observer)
    return Repeating(policy=policy, budget=RetryBudget(policy.budget), gate=gate, clock=clock, draw=draw)


class Attempts:
    """The attempts at one request: after each failure, whether there is another, and after how long."""

    def __init__(self, repeating: Repeating, name: str, *, stats: FetchStats, deadline: float) -> None:
        self.failures: int = 0
        self.is_out_of_time: bool = False
        """Whether the timeout of the call has ended them."""
        self._repeating = repeating
        self._name = name
        self._stats = stats
        self._deadline = deadline
        self._throttled_since: float | None = None
        self._leases: list[Lease] = []

    def begin(self) -> None:
        """Note that an attempt begins."""
        self._leases.clear()

    @property
    def has_sent(self) -> bool:
        """Whether a request of this attempt went out."""
        return bool(self._leases)

    def sent(self, lease: Lease) -> None:
        """Note a request that goes out."""
        self._leases.append(lease)

    def wait_after(self, failure: ExploError) -> float | None:
        """Return for how many seconds to wait before the next attempt, None where the failure is to be raised."""
        # What has its attempts already was given up by another page: an outage that lasts too long ends for all.
        if failure.attempts is not None:
            return None
        repeating, now = self._repeating, self._repeating.clock()
        loss = self._loss(failure)
        attempt = self._count(failure, loss, now)
        decision = decide_retry(
            repeating.policy,
            failure,
            attempt=attempt,
            throttled_for=0.0 if self._throttled_since is None else now - self._throttled_since,
            budget_left=repeating.budget.left,
            time_left=self._deadline - now,
            draw=repeating.draw(),
            loss=loss,
            next_probe_in=repeating.gate.next_probe_in,
        )
        if isinstance(decision, GiveUp):
            self.is_out_of_time = decision.out_of_time
            failure.attempts = max(1, attempt)
            failure.what += f" ({decision.reason})" if decision.reason else ""
            if loss is not None and not decision.out_of_time:
                repeating.gate.give_up(failure)
            return None
        self._stats.retries += 1
        repeating.gate.observer.retried()
        if decision.counts:
            repeating.budget.spend()
        self._log(failure, loss, decision, max(decision.wait, repeating.gate.paused_for))
        return decision.wait

    def _loss(self, failure: ExploError) -> Loss | None:
        """Return what the failure is in an outage; None if it does not speak of the server."""
        if not isinstance(failure, TransportError | ServerError):
            return None
        return next((lease.loss for lease in reversed(self._leases) if lease.loss is not None), None)

    def _count(self, failure: ExploError, loss: Loss | None, now: float) -> int:
        """Count a failure, and return the attempts that have failed: the page's, or those of an outage."""
        if isinstance(failure, RateLimited):
            self._throttled_since = now if self._throttled_since is None else self._throttled_since
            return self.failures
        self._throttled_since = None
        if loss is None:
            self.failures += 1
            return self.failures
        if loss.is_shared:
            return loss.failures
        self.failures += 1
        return max(self.failures, loss.failures)

    def _log(self, failure: ExploError, loss: Loss | None, decision: Again, seconds: float) -> None:
        if loss is None:
            # A pause is told once, by the gate, and not by each page that waits for its end.
            level = logging.INFO if decision.counts else logging.DEBUG
            logger.log(level, "%s: %s; asking again in %.2f s", self._name, failure.what, seconds)
            return
        # One line tells of an outage, however many pages and probes it costs.
        level = logging.WARNING if loss.counts and loss.failures == 1 else logging.DEBUG
        text = "%s: %s; asking again in %.2f s, and all others wait until the server answers"
        logger.log(level, text, self._name, failure.what, seconds)


def out_of_time(last: ExploError, *, page: int | None = None) -> DeadlineExceeded:
    """Return the error for a call whose timeout is over before the next attempt."""
    what = f"the timeout of the call is over before the next attempt; the last one ended so: {last.what}"
    return DeadlineExceeded(what, page=page, attempts=last.attempts, advice="raise `timeout`")
