"""What the quota makes of a 429: the pause, the slow start after it, and the limit that repeated ones lower."""

from __future__ import annotations

from copy import deepcopy
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.window import RAMP_DONE
from tests.helpers.quota_simulation import Sending, Simulation, burst, refuse


@pytest.mark.parametrize("limit", [None, RateLimit(100, per=1)], ids=["no limit", "limit"])
def test_pause_then_slow_start(limit: RateLimit | None) -> None:
    """After a 429 nothing goes out before the pause ends, then one request, and one more for each that is taken."""
    quota = Quota(limit)
    refused, under_way = quota.take(0), quota.take(0)
    quota.answered(refused, 1)
    quota.throttled(refused, 1, 60)
    quota.answered(under_way, 2)
    quota.accepted(under_way)
    assert (quota.opens_at, quota.wait(2), quota.wait(60)) == (61, 59, 1)
    in_flight = []
    for allowed in (1, 2, 3):
        while quota.wait(61) == 0:
            in_flight.append(quota.take(61))
        assert (len(in_flight), quota.wait(61)) == (allowed, inf)
        last = in_flight.pop()
        quota.answered(last, 61)
        quota.accepted(last)


@given(
    st.lists(st.builds(Sending, to_server=st.integers(0, 9), to_client=st.integers(0, 9)), max_size=12),
    st.integers(1, 90),
    st.integers(0, 20),
)
def test_nothing_within_the_pause(before: list[Sending], pause: int, latency: int) -> None:
    """Whatever was in flight at a 429, nothing is sent in its pause; then one request, the next after its answer."""
    simulation = Simulation(Quota(RateLimit(100, per=1)))
    simulation.run(*before, Sending(to_client=5, outcome="throttled", pause=pause))
    last_of_before = max((at.to_server + at.to_client for at in before), default=0)
    simulation.run(Sending(idle=5, to_client=latency), Sending())
    opens_at = max(5 + pause, last_of_before)
    assert simulation.sent[-2:] == [opens_at, opens_at + latency]


def test_no_answer_does_not_widen() -> None:
    """A request after a pause to which no answer came is followed by another single one."""
    quota = Quota(None)
    refuse(quota, 0, 5)
    quota.answered(quota.take(5), 6)
    assert quota.wait(6) == 0
    quota.take(6)
    assert quota.wait(6) == inf


def test_slow_start_again() -> None:
    """A 429 in the slow start begins the next pause and the next slow start."""
    quota = Quota(None)
    refuse(quota, 0, 5)
    Simulation(quota, 5).run(Sending(), Sending(), Sending(outcome="throttled", pause=7))
    assert quota.wait(5) == 7
    quota.take(12)
    assert quota.wait(12) == inf


def test_slow_start_ends() -> None:
    """Once as many requests were taken as the slow start lasts, any number may be in flight."""
    quota = Quota(None)
    refuse(quota, 0, 5)
    Simulation(quota, 5).run(*[Sending()] * RAMP_DONE)
    for _ in range(3 * RAMP_DONE):
        assert quota.wait(5) == 0
        quota.take(5)


def test_slow_start_lasts() -> None:
    """One request short of the slow start's end, no more may be in flight than it allows."""
    quota = Quota(None)
    refuse(quota, 0, 5)
    Simulation(quota, 5).run(*[Sending()] * (RAMP_DONE - 1))
    for _ in range(RAMP_DONE):
        assert quota.wait(5) == 0
        quota.take(5)
    assert quota.wait(5) == inf


def test_longest_pause_counts() -> None:
    """Of several pauses the one that ends last is kept."""
    quota = Quota(None)
    first, second = quota.take(0), quota.take(0)
    quota.throttled(first, 1, 60)
    quota.throttled(second, 2, 5)
    assert quota.opens_at == 61


@pytest.mark.parametrize(("refusals", "left"), [(1, 10), (2, 7), (3, 4), (4, 3), (5, 2), (6, 1), (50, 1)])
def test_repeated_429s_lower_the_limit(refusals: int, left: int) -> None:
    """The first 429 is only paused for, each further one takes 30 % of the limit, down to one request."""
    quota = Quota(RateLimit(10, per=100))
    for n in range(refusals):
        refuse(quota, n * 100, 100)
    assert burst(quota, refusals * 100 + 99) == left


def test_429s_of_one_volley_lower_nothing() -> None:
    """The 429s to requests sent before the first of them was seen, or at that moment, count as one."""
    quota = Quota(RateLimit(10, per=100))
    leases = [*[quota.take(0) for _ in range(9)], quota.take(1)]
    for now, lease in enumerate(leases, start=1):
        quota.answered(lease, now)
        quota.throttled(lease, now, 150)
    assert burst(quota, 160) == 10


def test_limit_recovers_by_a_twentieth() -> None:
    """A twentieth of the full limit comes back with each quiet window after the pause."""
    quota = Quota(RateLimit(100, per=100))
    for now in (0, 100, 200):
        refuse(quota, now, 100)
    sent = [burst(deepcopy(quota), now) for now in (399, 400, 499, 500, 1300, 10**6)]
    assert sent == [49, 54, 54, 59, 99, 100]


@given(st.integers(1, 50), st.integers(1, 12))
def test_limit_comes_back_fully(requests: int, refusals: int) -> None:
    """After any number of 429s the full limit is back within twenty quiet windows, used or not."""
    quota = Quota(RateLimit(requests, per=100))
    for n in range(refusals):
        refuse(quota, n * 100, 100)
    quiet = refusals * 100
    assert burst(deepcopy(quota), quiet + 2100) == requests
    sent = [burst(quota, quiet + window * 100) for window in range(1, 22)]
    assert min(sent) >= 1
    assert sent == sorted(sent)
    assert sent[-1] == requests
    refuse(quota, quiet + 2200, 100)
    assert burst(quota, quiet + 2399) == requests, "a first 429 after that is only paused for again"
