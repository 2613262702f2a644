"""Which failures are repeated, after how long, and when no more; times and draws are arguments."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from explo_async.errors import (
    APIError,
    AuthenticationError,
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    DecodeError,
    ExploError,
    ListingChanged,
    NotFound,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    TransportError,
)
from explo_async.models import FetchReport
from explo_async.pacing.retry import (
    Again,
    GiveUp,
    RetryBudget,
    RetryPolicy,
    backoff,
    decide_retry,
    is_retryable,
    throttle_pause,
)

POLICY = RetryPolicy()
REPORT = FetchReport(
    verdict="incomplete", total_count=None, totals_seen=(), customers=0, duplicates=0, pages_asked_again=()
)
BROKEN = TransportError("broken")
TOO_LATE = "the timeout of the call ends before"
TOO_LONG = "the server asks to wait {} s, more than max_retry_after=120"

attempts = st.integers(1, 50) | st.integers(1, 10**400)
draws = st.floats(0, 1, exclude_max=True)
seconds = st.floats(0, 1e6)
policies = st.builds(RetryPolicy, wait_initial=seconds, wait_max=seconds)


def decide(failure: ExploError, policy: RetryPolicy = POLICY, **changes: Any) -> Again | GiveUp:
    """Decide on a failure under usual circumstances, save for the changes."""
    usual = {"attempt": 1, "throttled_for": 0.0, "budget_left": 100, "time_left": inf, "draw": 0.5}
    return decide_retry(policy, failure, **{**usual, **changes})


def throttled(asked: float | None = None) -> RateLimited:
    """Make a 429."""
    return RateLimited("slow down", status=429, retry_after=asked)


@pytest.mark.parametrize(
    ("failure", "repeated"),
    [
        (BROKEN, True),
        (TransportError("no certificate", retryable=False), False),
        (RequestTimeout("too slow"), True),
        (RedirectRefused("moved"), False),
        (ResponseTooLarge("a bomb"), False),
        (throttled(), True),
        (AuthenticationError("who?", status=401), False),
        (PermissionDenied("no", status=403), False),
        (NotFound("no page", status=404), False),
        *[(APIError("no", status=status), False) for status in (400, 405, 409, 413, 418, 422)],
        (APIError("too slow", status=408), True),
        *[(ServerError("down", status=status), True) for status in (500, 502, 503, 504)],
        *[(ServerError("odd", status=status), False) for status in (501, 505, 520)],
        (DecodeError("cut off", malformed=True), True),
        (DecodeError("odd"), False),
        (ConfigurationError("wrong"), False),
        (ClientClosed("closed"), False),
        (DeadlineExceeded("over"), False),
        (ListingChanged("moving", report=REPORT), False),
        (ExploError("root"), False),
    ],
    ids=lambda value: f"{type(value).__name__} {value}" if isinstance(value, ExploError) else "",
)
def test_which_failures_are_repeated(failure: ExploError, repeated: bool) -> None:
    """A failure is repeated when the same request could end otherwise, and given up without a reason when not."""
    assert is_retryable(failure) is repeated
    assert isinstance(decide(failure), Again if repeated else GiveUp)
    assert repeated or decide(failure) == GiveUp(None)


@pytest.mark.parametrize(
    ("attempt", "wait"), [(1, 0.25), (2, 0.5), (3, 1), (4, 2), (5, 4), (6, 8), (7, 15), (8, 15), (10**9, 15)]
)
def test_backoff(attempt: int, wait: float) -> None:
    """The upper end of the wait doubles with each attempt up to the cap; the draw picks a place below it."""
    assert backoff(POLICY, attempt, 0.5) == wait


@given(policies, attempts, draws)
def test_backoff_in_bounds(policy: RetryPolicy, attempt: int, draw: float) -> None:
    """No wait is negative or beyond the cap, whatever the attempt's number."""
    assert 0 <= backoff(policy, attempt, draw) <= policy.wait_max


@given(st.integers(7, 10**400), st.lists(draws, unique=True, min_size=2))
def test_backoff_spreads_at_the_cap(attempt: int, drawn: list[float]) -> None:
    """At the cap, too, waits are spread evenly from 0 to it, so that workers do not come back together."""
    assert [backoff(POLICY, attempt, draw) for draw in drawn] == [30 * draw for draw in drawn]


@pytest.mark.parametrize(
    ("failure", "changes", "decision"),
    [
        pytest.param(BROKEN, {}, Again(0.25, counts=True), id="usual"),
        pytest.param(BROKEN, {"draw": 0.0}, Again(0.0), id="lowest draw"),
        pytest.param(BROKEN, {"attempt": 5}, Again(4.0), id="last attempt but one"),
        pytest.param(BROKEN, {"attempt": 6}, GiveUp(), id="last attempt"),
        pytest.param(BROKEN, {"budget_left": 1}, Again(0.25), id="last of the budget"),
        pytest.param(BROKEN, {"budget_left": 0}, GiveUp("the client's retry budget is spent"), id="budget spent"),
        pytest.param(BROKEN, {"time_left": 0.25}, Again(0.25), id="just in time"),
        pytest.param(BROKEN, {"time_left": 0.24}, GiveUp(out_of_time=True), id="too late"),
        pytest.param(throttled(), {}, Again(0.0, counts=False), id="429"),
        pytest.param(throttled(7), {"attempt": 99, "budget_left": 0}, Again(0.0, counts=False), id="429 costs nothing"),
        pytest.param(throttled(120), {}, Again(0.0, counts=False), id="429, longest wait"),
        pytest.param(throttled(121), {}, GiveUp(TOO_LONG.format(121)), id="429, longer wait"),
        pytest.param(throttled(inf), {}, GiveUp(TOO_LONG.format(inf)), id="429, wait without end"),
        pytest.param(throttled(), {"throttled_for": 840.0}, Again(0.0, counts=False), id="429s for long"),
        pytest.param(throttled(), {"throttled_for": 841.0}, GiveUp("nothing but 429 for 841 s"), id="429s too long"),
        pytest.param(throttled(60), {"time_left": 60}, Again(0.0, counts=False), id="429 just in time"),
        pytest.param(throttled(61), {"time_left": 60}, GiveUp(f"{TOO_LATE} that"), id="429 too late"),
        pytest.param(throttled(), {"time_left": 59}, GiveUp(f"{TOO_LATE} that"), id="bare 429 too late"),
    ],
)
def test_decisions(failure: ExploError, changes: dict[str, Any], decision: Again | GiveUp) -> None:
    """Attempts, the budget, the call's timeout and the server's wish each end the repeats, with their reason."""
    assert decide(failure, **changes) == decision


@pytest.mark.parametrize(
    ("asked", "draw", "wait"),
    [(None, 0.5, 0.25), (0, 0.5, 0.25), (0.1, 0.5, 0.25), (10, 0.0, 10), (10, 0.5, 10.5), (120, 0.0, 120)],
)
def test_retry_after_of_a_server_error(asked: float | None, draw: float, wait: float) -> None:
    """What a 503 asks for is the least wait, with up to 10 % on top so that workers spread."""
    assert decide(ServerError("down", status=503, retry_after=asked), draw=draw) == Again(wait)


def test_too_long_retry_after_of_a_server_error() -> None:
    """A 503 that asks for a wait beyond max_retry_after is not waited for."""
    decision = decide(ServerError("down", status=503, retry_after=86400), RetryPolicy(max_retry_after=60.5))
    assert decision == GiveUp("the server asks to wait 86400 s, more than max_retry_after=60.5")


@given(policies, st.integers(1, 5), draws, st.none() | st.floats(0, 120), seconds)
def test_waits_respect_both_sides(
    policy: RetryPolicy, attempt: int, draw: float, asked: float | None, left: float
) -> None:
    """No wait is shorter than the server asked for or longer than the policy allows; none ends after the timeout."""
    failure = ServerError("down", status=503, retry_after=asked)
    wait = max(backoff(policy, attempt, draw), (asked or 0) * (1 + draw / 10))
    assert (asked or 0) <= wait <= max(policy.wait_max, 132)
    decision = decide(failure, policy, attempt=attempt, draw=draw, time_left=left)
    assert isinstance(decision, Again if wait <= left else GiveUp)
    assert not isinstance(decision, Again) or decision.wait == pytest.approx(wait)


@given(st.integers(6, 50) | st.integers(6, 10**400), draws)
def test_no_attempt_beyond_the_last(attempt: int, draw: float) -> None:
    """However many attempts have failed, none follows after the last that the policy allows."""
    assert decide(BROKEN, attempt=attempt, draw=draw) == GiveUp()


@pytest.mark.parametrize(("asked", "pause"), [(None, 60), (inf, 60), (0, 0), (7.5, 7.5), (120, 120), (10**9, 120)])
def test_throttle_pause(asked: float | None, pause: float) -> None:
    """A 429 stops everything for as long as it asks, 60 s when it does not say, and never beyond max_retry_after."""
    assert throttle_pause(POLICY, asked) == pause
    assert throttle_pause(RetryPolicy(throttle_wait=2.0), asked) == (2.0 if asked in {None, inf} else pause)


def test_budget() -> None:
    """A repeat takes one from the budget; a page gives back what it cost, at least one, never beyond the capacity."""
    budget = RetryBudget(5)
    for _ in range(4):
        budget.spend()
    left = [budget.left]
    for repeats in (0, 1, 2, 7):
        budget.earn(repeats)
        left.append(budget.left)
    assert left == [1, 2, 3, 5, 5]


@pytest.mark.parametrize("value", [0, -1, True, 6.0, "6", None], ids=repr)
def test_policy_refuses_attempts(value: int) -> None:
    """Attempts are a whole number of at least 1."""
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(attempts=value)
    assert str(caught.value) == f"RetryPolicy.attempts must be an int of at least 1, not {value!r}"


@pytest.mark.parametrize("value", [-1, True, 6.0, "6", None], ids=repr)
def test_policy_refuses_budget(value: int) -> None:
    """A budget is a whole number of at least 0."""
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(budget=value)
    assert str(caught.value) == f"RetryPolicy.budget must be an int of at least 0, not {value!r}"


@pytest.mark.parametrize("name", ["wait_initial", "wait_max", "max_retry_after", "throttle_wait", "throttle_limit"])
@pytest.mark.parametrize("value", [-0.1, inf, nan, True, "1", None], ids=repr)
def test_policy_refuses_times(name: str, value: object) -> None:
    """Times of a policy are finite numbers of at least 0."""
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(**{name: value})  # type: ignore[arg-type]
    assert str(caught.value) == f"RetryPolicy.{name} must be a number of seconds of at least 0, not {value!r}"


def test_usual_policy() -> None:
    """The usual policy is the documented one; its parts are given by name, so that their order may change."""
    assert asdict(POLICY) == {
        "attempts": 6,
        "wait_initial": 0.5,
        "wait_max": 30,
        "max_retry_after": 120,
        "throttle_wait": 60,
        "throttle_limit": 900,
        "budget": 100,
    }
    with pytest.raises(TypeError):
        RetryPolicy(6)  # type: ignore[call-arg]


def test_policy_without_any_wait() -> None:
    """Zero is allowed for the budget and for every time."""
    policy = RetryPolicy(
        attempts=1, wait_initial=0, wait_max=0, max_retry_after=0, throttle_wait=0, throttle_limit=0, budget=0
    )
    assert backoff(policy, 3, 0.9) == 0
