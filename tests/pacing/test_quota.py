"""The sliding window of the quota, on whole seconds of a made-up clock."""

from __future__ import annotations

from copy import deepcopy
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.errors import ConfigurationError
from explo_async.pacing.quota import Quota, RateLimit
from tests.helpers.quota_simulation import Sending, Simulation, burst, refuse

delays = st.integers(0, 40)
accepted = st.builds(Sending, idle=st.just(0) | delays, to_server=delays, to_client=delays)
sendings = st.builds(
    Sending,
    idle=st.just(0) | delays,
    to_server=delays,
    to_client=delays,
    outcome=st.sampled_from(["accepted", "accepted", "accepted", "throttled", "timed out"]),
    pause=delays,
)
limits = st.builds(RateLimit, st.integers(1, 6), st.integers(1, 30))


@pytest.mark.parametrize("requests", [0, -1, True, 1.0, "180", None], ids=repr)
def test_limit_refuses_requests(requests: int) -> None:
    """A limit that is not a whole number of at least 1 is refused, with the value in the message."""
    with pytest.raises(ConfigurationError) as caught:
        RateLimit(requests)
    assert str(caught.value) == f"RateLimit.requests must be an int of at least 1, not {requests!r}"


@pytest.mark.parametrize("per", [0, -1.0, inf, nan, True, "60", None], ids=repr)
def test_limit_refuses_per(per: float) -> None:
    """A window that is not a finite number of seconds above 0 is refused, with the value in the message."""
    with pytest.raises(ConfigurationError) as caught:
        RateLimit(1, per=per)
    assert str(caught.value) == f"RateLimit.per must be a number of seconds above 0, not {per!r}"


def test_limit_by_the_minute() -> None:
    """A limit without a window is one by the minute, and limits compare by value."""
    assert RateLimit(180) == RateLimit(180, per=60.0)


@given(limits, st.lists(sendings, min_size=1, max_size=30))
def test_sliding_window_never_exceeded(limit: RateLimit, requests: list[Sending]) -> None:
    """Whatever the latencies, outcomes and pauses, no window that slides ever counts more than the limit."""
    simulation = Simulation(Quota(limit))
    simulation.run(*requests)
    counted = simulation.counted
    assert max(sum(at <= other < at + limit.per for other in counted) for at in counted) <= limit.requests


@given(limits, st.lists(sendings, min_size=1, max_size=30), st.integers(-30, 0))
def test_fixed_window_never_exceeded(limit: RateLimit, requests: list[Sending], start: int) -> None:
    """Whatever the latencies, outcomes and pauses, no fixed window ever counts more than the limit."""
    simulation = Simulation(Quota(limit))
    simulation.run(*requests)
    windows = [(at - start) // limit.per for at in simulation.counted]
    assert max(map(windows.count, windows)) <= limit.requests


@given(limits, st.integers(1, 30))
def test_full_speed_without_latency(limit: RateLimit, requests: int) -> None:
    """Without latency each window carries as many requests as the limit allows."""
    simulation = Simulation(Quota(limit))
    simulation.run(*[Sending()] * requests)
    assert simulation.sent == [n // limit.requests * limit.per for n in range(requests)]


@given(limits, st.lists(accepted, min_size=1, max_size=30))
def test_no_longer_wait_than_due(limit: RateLimit, requests: list[Sending]) -> None:
    """A request waits no longer than one window after the answer to the one that is `limit` before it."""
    requests = [Sending(at.idle, at.to_server, 40 - at.to_server) for at in requests]
    simulation = Simulation(Quota(limit))
    simulation.run(*requests)
    sent, due = simulation.sent, 0
    for n, request in enumerate(requests):
        due += request.idle
        if n >= limit.requests:
            due = max(due, int(sent[n - limit.requests]) + 40 + int(limit.per))
        assert sent[n] == due


def test_slot_free_one_window_after_the_answer() -> None:
    """A slot is free again one window after its answer, not after its sending; until the answer nobody can tell."""
    quota = Quota(RateLimit(2, per=10))
    first, second = quota.take(0), quota.take(1)
    assert quota.wait(2) == inf
    quota.answered(second, 3)
    quota.answered(first, 5)
    assert (quota.wait(5), quota.wait(12), quota.wait(13)) == (8, 1, 0)


def test_answer_counts_once() -> None:
    """An answer that is noted a second time takes no second slot."""
    quota = Quota(RateLimit(2, per=10))
    lease = quota.take(0)
    quota.answered(lease, 1)
    quota.answered(lease, 2)
    assert quota.wait(2) == 0


@given(st.lists(accepted, max_size=40))
def test_no_limit(requests: list[Sending]) -> None:
    """Without a limit nothing is held back."""
    simulation = Simulation(Quota(None))
    simulation.run(*requests)
    assert simulation.sent == [sum(at.idle for at in requests[: n + 1]) for n in range(len(requests))]


@given(limits, st.lists(accepted, max_size=12), st.none() | delays, delays, st.integers(1, 20))
def test_time_for(limit: RateLimit, before: list[Sending], pause: int | None, later: int, requests: int) -> None:
    """The time that further requests take is what a simulation needs in which every answer comes at once."""
    quota = Quota(limit)
    simulation = Simulation(quota)
    simulation.run(*before)
    if pause is not None:
        simulation.run(Sending(outcome="throttled", pause=pause))
    simulation.now += later
    told = quota.time_for(requests, simulation.now)
    simulation.hurry()
    asked_at = simulation.now
    simulation.run(*[Sending()] * requests)
    assert told == simulation.sent[-1] - asked_at


def test_time_for_lowered_limit() -> None:
    """While the limit is lowered, slots still in use beyond it let nothing through when they are free again."""
    quota = Quota(RateLimit(10, per=100))
    leases = [quota.take(0) for _ in range(9)]
    for now, lease in enumerate(leases):
        quota.answered(lease, now)
    quota.throttled(leases[0], 9, 0)
    refuse(quota, 10, 1)
    assert [quota.time_for(requests, 11) for requests in range(9)] == [0, 92, 93, 94, 95, 96, 97, 99, 192]
    simulation = Simulation(deepcopy(quota), 11)
    simulation.run(*[Sending()] * 7)
    assert simulation.sent == [103, 104, 105, 106, 107, 108, 110]


def test_time_for_recovered_limit() -> None:
    """A limit that has come back since the last request counts in full."""
    quota = Quota(RateLimit(10, per=100))
    for now in (0, 100, 200):
        refuse(quota, now, 100)
    assert [quota.time_for(10, now) for now in (399, 400, 10**4)] == [200, 100, 0]


@pytest.mark.parametrize(("requests", "seconds"), [(-1, 0), (0, 0), (1, 50), (1000, 50)])
def test_time_for_without_limit(requests: int, seconds: int) -> None:
    """Without a limit only the pause after a 429 takes time, and none where nothing is to be sent."""
    quota = Quota(None)
    refuse(quota, 0, 60)
    assert quota.time_for(requests, 10) == seconds


def test_time_for_large_limit() -> None:
    """Requests that a large limit lets through at once take no time."""
    quota = Quota(RateLimit(10**9))
    assert (burst(Quota(RateLimit(3)), 0), quota.time_for(10**9, 0), quota.time_for(10**9 + 1, 0)) == (3, 0, 60)
