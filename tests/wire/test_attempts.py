"""The attempts at one page: what is asked of the policy, what is counted, logged, and left on the failure."""

from __future__ import annotations

import logging
from math import inf
from typing import Any

import pytest

from explo_async.decode.page import decode_page
from explo_async.errors import ExploError, RateLimited, ServerError, TransportError
from explo_async.pacing.gate import Gate
from explo_async.pacing.lease import Lease
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota
from explo_async.pacing.retry import RetryBudget, RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.wire.attempts import Attempts, Repeating
from explo_async.wire.call import Call


class Trial:
    """Attempts at page 3, on a clock that a test sets; every draw is a half."""

    def __init__(self, *, budget: int = 10, deadline: float = inf, **policy: Any) -> None:
        self.now = 100.0
        self.budget = RetryBudget(budget)
        self.gate = Gate(
            OwnSlots(Quota(None), lambda: self.now),
            Outage(RetryPolicy(**policy)),
            clock=lambda: self.now,
            draw=lambda: 0.5,
        )
        self.call = Call(decode=decode_page, deadline=deadline)
        repeating = Repeating(
            policy=RetryPolicy(**policy),
            budget=self.budget,
            gate=self.gate,
            clock=lambda: self.now,
            draw=lambda: 0.5,
        )
        self.attempts = Attempts(repeating, "page 3", stats=self.call.stats, deadline=self.call.deadline)


def broken() -> TransportError:
    """Make a failure that is worth a repeat."""
    return TransportError("broken")


def throttled(seconds: float | None = None) -> RateLimited:
    """Make a 429."""
    return RateLimited("slow down", status=429, retry_after=seconds)


def test_each_repeat_is_counted_and_waits_longer() -> None:
    """It takes one from the budget."""
    trial = Trial()
    assert [trial.attempts.wait_after(broken()) for _ in range(3)] == [0.25, 0.5, 1.0]
    assert (trial.attempts.failures, trial.call.stats.retries, trial.budget.left) == (3, 3, 7)


def test_the_last_failure_is_raised_with_its_number() -> None:
    """Without a word of why: the number says it."""
    trial = Trial(attempts=2)
    first, second = broken(), broken()
    assert trial.attempts.wait_after(first) == 0.25
    assert trial.attempts.wait_after(second) is None
    assert (first.attempts, second.attempts, second.what) == (None, 2, "broken")
    assert (trial.call.stats.retries, trial.budget.left) == (1, 9)


def test_the_reason_to_give_up_is_told() -> None:
    """Where it is not the number of attempts."""
    trial = Trial(budget=0)
    failure = broken()
    assert trial.attempts.wait_after(failure) is None
    assert (failure.what, failure.attempts) == ("broken (the client's retry budget is spent)", 1)


def test_a_failure_for_good_is_raised_at_once() -> None:
    """As it is."""
    trial = Trial()
    failure = ExploError("wrong")
    assert trial.attempts.wait_after(failure) is None
    assert (failure.what, failure.attempts, trial.call.stats.retries) == ("wrong", 1, 0)
    assert trial.attempts.is_out_of_time is False


def test_429s_are_no_attempts() -> None:
    """They take nothing from the budget, and the shared gate keeps the wait; a last one has been tried once at least."""
    trial = Trial(budget=0, throttle_limit=900.0)
    assert [trial.attempts.wait_after(throttled(60.0)) for _ in range(3)] == [0.0] * 3
    assert (trial.attempts.failures, trial.call.stats.retries, trial.budget.left) == (0, 3, 0)
    failure = throttled(121.0)
    assert trial.attempts.wait_after(failure) is None
    assert failure.attempts == 1


def test_429s_are_borne_for_so_long() -> None:
    """The time counts from the first of them in a row; another failure ends the row."""
    trial = Trial(throttle_limit=100.0, attempts=9)
    assert trial.attempts.wait_after(throttled(10.0)) == 0.0
    trial.now += 90
    assert trial.attempts.wait_after(throttled(10.0)) == 0.0
    trial.now += 1
    failure = throttled(10.0)
    assert trial.attempts.wait_after(failure) is None
    assert failure.what == "slow down (nothing but 429 for 91 s)"
    assert trial.attempts.wait_after(broken()) == 0.25
    trial.now += 1000
    assert trial.attempts.wait_after(throttled(10.0)) == 0.0


@pytest.mark.parametrize(("deadline", "waits"), [(100.25, 0.25), (100.24, None)])
def test_no_wait_crosses_the_deadline_of_the_call(deadline: float, waits: float | None) -> None:
    """It has to end by then; where it cannot, that is the reason to give up."""
    attempts = Trial(deadline=deadline).attempts
    assert attempts.is_out_of_time is False
    assert attempts.wait_after(broken()) == waits
    assert attempts.is_out_of_time is (waits is None)


def test_each_repeat_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The page, why, and when it goes out again; at DEBUG for a 429, as the gate tells of the pause, else at INFO."""
    trial = Trial()
    with caplog.at_level(logging.DEBUG, "explo_async"):
        trial.attempts.wait_after(ServerError("down", status=503))
        trial.gate.throttled(Lease(100.0), 7.0)
        trial.now += 2
        assert trial.attempts.wait_after(throttled(7.0)) == 0.0
        trial.attempts.wait_after(ExploError("wrong"))
    told = [record for record in caplog.records if record.getMessage().startswith("page ")]
    assert [(record.name, record.levelname, record.getMessage()) for record in told] == [
        ("explo_async", "INFO", "page 3: down; asking again in 0.25 s"),
        ("explo_async", "DEBUG", "page 3: slow down; asking again in 5.00 s"),
    ]
