"""How a shared quota stands, by what its store keeps."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async.cli.standing import Process, make_standing
from explo_async.pacing.quota import RateLimit
from explo_async.pacing.stores.store import Look
from explo_async.pacing.window_state import Holder, State

LIMIT = RateLimit(10, per=60.0)
"""Its slots are free 60.25 seconds after the answers."""


def look(*, clock: float = 1000.0, kind: str = "file", up: float = 90_000.0, **state: Any) -> Look:
    """Find this state, at 1000 on the store's clock."""
    kept = State(per=60.0, margin=0.25, **state) if state else None
    return Look(state=kept, clock=clock, kind=kind, up=up)


def holder(who: str, *granted_at: float, wants: int = 0, until: float = 1001.0) -> Holder:
    """Make a process that has sent at these times."""
    leases = list(enumerate(granted_at))
    return Holder(id=who, who=who, since=900.0, hold=35.0, leases=leases, wants=wants, until=until)


def test_nobody_has_used_it_yet() -> None:
    """All slots are free, and any number of requests takes what the windows make it take."""
    standing = make_standing(look(), LIMIT, asked=25)
    assert (standing.used, standing.free, standing.in_flight, standing.waiting) == (0, 10, 0, 0)
    assert (standing.processes, standing.lost, standing.shut_for, standing.paused_for) == ([], 0, 0.0, 0.0)
    assert standing.next_in == 0.0
    assert standing.time_for == pytest.approx(120.5)
    assert make_standing(look(), LIMIT).time_for is None


def test_who_holds_and_who_wants() -> None:
    """Slots of requests under way, and of those that were answered; a process whose answer is overdue has died."""
    holders = [
        holder("1@a", 999.0, 999.5, wants=3),
        holder("2@b", 960.0, 964.0, 998.0, wants=2, until=999.0),
        holder("3@c", wants=1),
        holder("4@d"),
    ]
    standing = make_standing(look(holders=holders, settled=[900.0, 941.0, 950.0], lost=4), LIMIT)
    assert (standing.used, standing.free, standing.in_flight, standing.waiting, standing.lost) == (7, 3, 3, 2, 4)
    assert standing.processes == [
        Process(process="1@a", since=100.0, in_flight=2, not_ended=0, waiting=3),
        Process(process="2@b", since=100.0, in_flight=1, not_ended=2, waiting=0),
        Process(process="3@c", since=100.0, in_flight=0, not_ended=0, waiting=1),
    ]


def test_when_the_next_one_may_go_out() -> None:
    """With all slots in use, when the first one is free; while all are on their way, nobody knows."""
    settled = [950.0 + number for number in range(10)]
    standing = make_standing(look(settled=settled), LIMIT, asked=2)
    assert standing.free == 0
    assert standing.next_in == pytest.approx(10.25)
    assert standing.time_for == pytest.approx(11.25)
    sent = [999.0] * 10
    assert make_standing(look(holders=[holder("1@a", *sent)]), LIMIT).next_in is None


def test_another_limit_leaves_other_slots() -> None:
    """What is in use is that of all."""
    standing = make_standing(look(settled=[990.0] * 8), RateLimit(5, per=60.0))
    assert (standing.used, standing.free) == (8, 0)


def test_a_pause() -> None:
    """After a 429 all wait, then one goes first; repeated ones have lowered the limit."""
    standing = make_standing(look(opens_at=1012.5, ramp=1, share=0.7), LIMIT, asked=1)
    assert (standing.paused_for, standing.slow_start, standing.share, standing.free) == (12.5, 1, 0.7, 7)
    assert (standing.next_in, standing.time_for) == (12.5, 12.5)
    assert make_standing(look(opens_at=990.0, ramp=2), LIMIT).paused_for == 0.0


def test_a_store_that_is_shut() -> None:
    """For so long, and why; once it is open that is over."""
    standing = make_standing(look(shut_until=1050.0, shut_why="restarted"), LIMIT, asked=1)
    assert (standing.shut_for, standing.shut_why) == (50.0, "restarted")
    assert (standing.next_in, standing.time_for) == (50.0, 50.0)
    over = make_standing(look(shut_until=990.0, shut_why="restarted"), LIMIT)
    assert (over.shut_for, over.shut_why) == (0.0, "")


@pytest.mark.parametrize(
    ("kind", "up", "shut_for"), [("Redis 7.0.15", 15.0, 80.25), ("Redis 7", 96.0, 0.0), ("file", 1.0, 0.0)]
)
def test_a_server_that_has_just_been_started(kind: str, up: float, shut_for: float) -> None:
    """It does not know what was sent before that, and the first request waits; a file would be there."""
    standing = make_standing(look(kind=kind, up=up), LIMIT, asked=1)
    assert standing.shut_for == pytest.approx(shut_for)
    assert standing.shut_why == ("started" if shut_for else "")
    assert (standing.next_in, standing.time_for) == pytest.approx((shut_for, shut_for))
