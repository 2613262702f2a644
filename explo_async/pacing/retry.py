"""Which failure is worth another attempt, and after how long. Pure: the draw and the times are arguments."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.checks import check_count, check_seconds
from explo_async.errors import APIError, DecodeError, ExploError, RateLimited, TransportError

if TYPE_CHECKING:
    from explo_async.pacing.lease import Loss

RETRIED_STATUSES = frozenset({408, 500, 502, 503, 504})
_LARGEST_POWER = 60


@frozen(kw_only=True)
class RetryPolicy:
    """How failures are repeated. All times are float seconds.

    A page that fails while others are answered has `attempts` attempts of its own. When the server itself does not
    answer (no connection, one that breaks off before the headers, no answer in time, 502, 503, 504), the attempts are
    those of the whole client: all pages wait, and one request at a time asks whether the server is back. The first
    one goes after the usual random wait, the others after at least 4, 8, 16 ... times `wait_initial`, up to a quarter
    longer: by default an outage of 30 seconds is survived, and 30 to 39 seconds without an answer raise the error.
    Requests that were under way when the outage began use up neither attempts nor budget.
    """

    attempts: int = 6
    """Attempts for one page in all, the first included, and for all pages together in an outage; 429s do not count."""
    wait_initial: float = 0.5
    """Upper end of the random wait before the second attempt; it doubles with each further one."""
    wait_max: float = 30.0
    """Upper end of any random wait; in an outage a wait may be a quarter longer."""
    max_retry_after: float = 120.0
    """A server that asks for a longer wait than this is not waited for."""
    throttle_wait: float = 60.0
    """Pause after a 429 that does not say how long; Explo's own example waits this long."""
    throttle_limit: float = 900.0
    """A request that has met nothing but 429 for so long is given up."""
    budget: int = field(default=100)
    """Repeats that the client has in hand: each takes one, each page that arrives gives one back."""

    def __attrs_post_init__(self) -> None:
        check_count("RetryPolicy.attempts", self.attempts)
        check_count("RetryPolicy.budget", self.budget, least=0)
        for name in ("wait_initial", "wait_max", "max_retry_after", "throttle_wait", "throttle_limit"):
            check_seconds(f"RetryPolicy.{name}", getattr(self, name), or_zero=True)


@frozen
class Again:
    """Try once more after `wait` seconds; `counts` is False where no attempt is used up, as by a 429."""

    wait: float
    counts: bool = True


@frozen
class GiveUp:
    """Raise the failure; `reason` is None where a repeat was never in question."""

    reason: str | None = None
    out_of_time: bool = False
    """Whether there would be another attempt if the timeout of the call allowed it."""


def decide_retry(
    policy: RetryPolicy,
    failure: ExploError,
    *,
    attempt: int,
    throttled_for: float,
    budget_left: int,
    time_left: float,
    draw: float,
    loss: Loss | None = None,
    next_probe_in: float = 0.0,
) -> Again | GiveUp:
    """Decide what follows a failure.

    `attempt` counts the attempts that have failed, 429s left out, in an outage those of the outage; `throttled_for`
    is how many seconds the request has met nothing but 429; `time_left` what remains of the call's timeout (`inf`
    without one); `draw` a number in [0, 1); `loss` what the failure is in an outage, `next_probe_in` the seconds for
    which that holds every request back.
    """
    if not is_retryable(failure):
        return GiveUp()
    asked = failure.retry_after if isinstance(failure, APIError) else None
    if asked is not None and asked > policy.max_retry_after:
        return GiveUp(f"the server asks to wait {asked:.0f} s, more than max_retry_after={policy.max_retry_after:g}")
    if isinstance(failure, RateLimited):
        # The pause itself is kept by the shared gate: here it only has to fit.
        wait = policy.throttle_wait if asked is None else asked
        if throttled_for + wait > policy.throttle_limit:
            return GiveUp(f"nothing but 429 for {throttled_for:.0f} s")
        return Again(0.0, counts=False) if wait <= time_left else GiveUp("the timeout of the call ends before that")
    counts = loss is None or loss.counts
    if counts and attempt >= policy.attempts:
        return GiveUp()
    if counts and budget_left < 1:
        return GiveUp("the client's retry budget is spent")
    wait = backoff(policy, attempt, draw)
    if asked is not None:
        wait = max(wait, asked * (1 + 0.1 * draw))
    due = wait
    if loss is not None and (loss.failures > 1 or not counts):
        # The shared gate keeps the wait: here it only has to fit.
        wait, due = 0.0, next_probe_in
    return Again(wait, counts=counts) if due <= time_left else GiveUp(out_of_time=True)


def is_retryable(failure: ExploError) -> bool:
    """Tell whether a repeat of the same request could end otherwise."""
    match failure:
        case RateLimited():
            return True
        case APIError():
            return failure.status in RETRIED_STATUSES
        case TransportError():
            return failure.retryable
        case DecodeError():
            return failure.malformed
        case _:
            return False


def backoff(policy: RetryPolicy, attempt: int, draw: float) -> float:
    """Return the random wait after the `attempt`-th failure: full jitter, also at the cap, so workers spread."""
    return draw * min(policy.wait_max, policy.wait_initial * 2.0 ** min(attempt - 1, _LARGEST_POWER))


def throttle_pause(policy: RetryPolicy, asked: float | None) -> float:
    """Return for how many seconds a 429 stops everything that the client sends."""
    pause = policy.throttle_wait if asked is None or not isfinite(asked) else asked
    return min(pause, policy.max_retry_after)


class RetryBudget:
    """Repeats that may still be made; keeps many workers from storming a server that is down."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.left: int = capacity

    def spend(self) -> None:
        """Take one repeat."""
        self.left -= 1

    def earn(self, repeats: int) -> None:
        """Give back what a page cost that arrived after `repeats` repeats, or one for a page that needed none."""
        self.left = min(self._capacity, self.left + max(1, repeats))
