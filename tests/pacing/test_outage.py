"""When the server is taken to be away, who asks whether it is back, and when; times and draws are arguments."""

from __future__ import annotations

from itertools import count
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.pacing.lease import Lease, Loss
from explo_async.pacing.outage import Outage
from explo_async.pacing.retry import RetryPolicy

POLICY = RetryPolicy()
BEGINNING = Loss(counts=True, failures=1, is_shared=False)

draws = st.floats(0, 1, exclude_max=True)


def send(outage: Outage, now: float) -> Lease:
    assert outage.wait(now) == 0.0
    lease = Lease(now)
    outage.taken(lease)
    return lease


def lose(outage: Outage, lease: Lease, now: float, draw: float = 0.5, asked: float | None = None) -> Loss | None:
    outage.lost(lease, now, draw, asked=asked)
    outage.ended(lease)
    return lease.loss


def test_nothing_waits_while_the_server_answers() -> None:
    """Without a loss any number of requests may be under way."""
    outage = Outage(POLICY)
    for now in range(20):
        assert outage.answered(send(outage, now), now) is None
    assert (outage.wait(20), outage.is_real, outage.seconds(20)) == (0.0, False, 0.0)


def test_a_loss_lets_one_probe_out_after_the_usual_wait() -> None:
    """After it nobody goes out before the back-off is over, then one, and nobody beside it."""
    outage = Outage(POLICY)
    assert lose(outage, send(outage, 0), 1.0) == BEGINNING
    assert outage.wait(1.0) == 0.25
    send(outage, 1.25)
    assert outage.wait(1.25) == inf


def test_a_probe_that_is_cancelled_makes_room_for_the_next() -> None:
    """Its end tells nothing about the server; the next may go at once."""
    outage = Outage(POLICY)
    lose(outage, send(outage, 0), 1.0)
    outage.ended(send(outage, 2.0))
    assert (outage.wait(2.0), outage.is_real) == (0.0, False)


def test_each_lost_probe_is_one_failure_and_the_waits_grow() -> None:
    """The waits for probes from the second on are four, eight, sixteen times the initial wait, and an eighth here."""
    outage = Outage(POLICY)
    now, waits = 0.0, []
    for failures in range(1, 9):
        assert lose(outage, send(outage, now), now) == Loss(counts=True, failures=failures, is_shared=False)
        waits.append(outage.wait(now))
        now += waits[-1]
        # Else the sum is a little short of it.
        outage._opens_at = now
    assert waits == pytest.approx([0.25, 2.25, 4.5, 9.0, 18.0, 33.75, 33.75, 33.75])


@given(st.lists(draws, min_size=5, max_size=5))
def test_the_default_policy_covers_thirty_seconds(drawn: list[float]) -> None:
    """Whatever is drawn, the last of six attempts goes out 30 to 39 seconds after the first failure."""
    outage = Outage(POLICY)
    now = 0.0
    for draw in drawn:
        lease = Lease(now)
        outage.taken(lease)
        lose(outage, lease, now, draw)
        now += outage.wait(now)
    assert 30.0 - 1e-9 <= now <= 39.0


def test_what_was_under_way_counts_once() -> None:
    """Requests from before the outage are lost in one failure, and show that it is the server that fails."""
    outage = Outage(POLICY)
    leases = [send(outage, now) for now in range(3)]
    losses = [lose(outage, lease, 3.0) for lease in leases]
    assert losses == [BEGINNING, *[Loss(counts=False, failures=1, is_shared=True)] * 2]
    assert (outage.is_real, outage.wait(3.0)) == (True, 0.25)
    assert lose(outage, send(outage, 4.0), 4.0) == Loss(counts=True, failures=2, is_shared=True)


def test_an_answer_to_a_later_request_ends_a_suspicion() -> None:
    """A page that is lost alone, while another is answered that was asked for later, closes nothing, and no ramp."""
    outage = Outage(POLICY)
    lost, other = send(outage, 0), send(outage, 0)
    lose(outage, lost, 1.0)
    assert outage.answered(other, 1.5) is None
    assert (outage.wait(1.5), outage.seconds(9.0)) == (0.0, 0.5)


def test_an_answer_to_an_earlier_request_lets_a_probe_out_at_once() -> None:
    """A server that shuts down answers what it has begun; so only a probe can tell, but it need not wait."""
    outage = Outage(POLICY)
    older, lost = send(outage, 0), send(outage, 1.0)
    lose(outage, lost, 1.0)
    assert outage.answered(older, 1.1) is None
    probe = send(outage, 1.1)
    assert outage.wait(1.1) == inf
    lose(outage, probe, 1.2)
    # Now it is real: what is still answered from before says nothing.
    assert outage.answered(older, 1.3) is None
    assert outage.wait(1.3) == pytest.approx(2.15)


def test_a_later_request_answered_ends_what_two_pages_began() -> None:
    """Two pages lost one after the other are no outage when one asked for later is answered before any probe failed."""
    outage = Outage(POLICY)
    first, second, later, older = send(outage, 1), send(outage, 2), send(outage, 3), Lease(0.5)
    lose(outage, first, 4)
    lose(outage, second, 4)
    assert outage.answered(older, 4) is None
    assert outage.wait(4) == 0.25
    assert outage.answered(later, 4) is None
    assert outage.wait(4) == 0.0


def test_a_probe_that_is_answered_ends_the_outage() -> None:
    """Its length is told if it was real; then everything begins anew."""
    outage = Outage(POLICY)
    lose(outage, send(outage, 0), 0)
    lose(outage, send(outage, 1), 1)
    probe = send(outage, 10)
    assert outage.lasts(10) == 10
    assert outage.answered(probe, 11) == 11
    assert (outage.wait(11), outage.is_real, outage.lasts(11), outage.seconds(20)) == (0.0, False, 0.0, 11)
    assert lose(outage, send(outage, 20), 21) == BEGINNING
    assert outage.answered(send(outage, 30), 31) is None


def test_a_server_that_asks_to_be_left_alone_is() -> None:
    """Retry-After is the least wait, with up to a tenth on top; one beyond the policy's limit ends the page itself."""
    outage = Outage(POLICY)
    lose(outage, send(outage, 0), 0, asked=10)
    assert outage.wait(0) == 10.5
    lose(outage, send(outage, 11), 11, asked=121)
    assert outage.wait(11) == 2.25


def test_stale_connections_are_no_failure_and_one_request_goes_first() -> None:
    """Idle connections that were closed begin a suspicion without a wait: the first probe goes at once, the rest after."""
    outage = Outage(POLICY)
    stale = [send(outage, 0) for _ in range(3)]
    for lease in stale:
        outage.lost_stale(lease, 1.0)
        outage.ended(lease)
    assert [lease.loss for lease in stale] == [None] * 3
    probe = send(outage, 1.0)
    assert outage.wait(1.0) == inf
    assert outage.answered(probe, 1.1) is None
    assert outage.wait(1.1) == 0.0


def test_after_stale_connections_the_probe_is_the_first_failure() -> None:
    """A server that is down looks like closed connections at first; the attempts begin with the probe."""
    outage = Outage(POLICY)
    outage.lost_stale(stale := send(outage, 0), 1.0)
    outage.ended(stale)
    probe = send(outage, 1.0)
    outage.lost_stale(probe, 1.0)
    outage.ended(probe)
    assert lose(outage, send(outage, 1.0), 1.0) == BEGINNING
    assert outage.wait(1.0) == 0.25


@given(st.lists(st.tuples(st.sampled_from(["lost", "stale", "answered", "cancelled"]), draws), max_size=60))
def test_never_more_than_one_probe(events: list[tuple[str, float]]) -> None:
    """Whatever happens to sixteen requests, from a loss to the next answer at most one that went out later is out."""
    outage, clock = Outage(POLICY), count()
    out = [send(outage, 0) for _ in range(16)]
    began: float | None = None
    for what, draw in events:
        now = float(next(clock))
        while len(out) < 16 and outage.wait(now) == 0.0:
            out.append(send(outage, now))
        lease = out.pop(int(draw * len(out))) if out else None
        if lease is not None:
            if what == "lost":
                outage.lost(lease, now, draw)
            elif what == "stale":
                outage.lost_stale(lease, now)
            elif what == "answered":
                outage.answered(lease, now)
            outage.ended(lease)
        began = None if outage.lasts(now + 1) == 0 else now + 1 - outage.lasts(now + 1)
        assert began is None or sum(lease.taken_at > began for lease in out) <= 1
