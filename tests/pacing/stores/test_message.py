"""What a store answers: when it is shut, and what repeated or late news do. On whole seconds of made-up clocks."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from attrs import define

from explo_async.pacing.stores.message import LOST, RESTARTED, STARTED, Message, Reply, answer
from explo_async.pacing.window_state import State

LIMIT, PER, HOLD, MARGIN = 3, 10.0, 30.0, 1.0
CLOSING = HOLD + PER + MARGIN


@define
class Store:
    """Keeps a state, as a store does; its clock, its run and its age are the test's."""

    clock: float = 1000.0
    run: str = "first"
    up: float = inf
    epoch: str = "one"
    clock_goes_on: bool = True
    state: State | None = None

    def ask(self, holder: str = "a", **told: Any) -> Reply:
        """Exchange a message."""
        given = {"requests": LIMIT, "per": PER, "hold": HOLD, "margin": MARGIN} | told
        message = Message(holder=holder, **given)
        self.state, reply = answer(
            self.state,
            message,
            clock=self.clock,
            run=self.run,
            up=self.up,
            epoch=self.epoch,
            clock_goes_on=self.clock_goes_on,
        )
        return reply


def test_a_memory_that_begins_on_an_old_store_is_open() -> None:
    """Nothing can have been forgotten that still counts."""
    assert Store(up=CLOSING).ask(wants=9) == Reply(clock=1000.0, epoch="one", granted=3, wait=0.0)


def test_a_memory_that_begins_on_a_young_store_is_shut() -> None:
    """Until all that may have been sent before is over."""
    store = Store(up=5.0)
    assert store.ask(wants=1) == Reply(
        clock=1000.0, epoch="one", wait=CLOSING - 5, shut=CLOSING - 5, why=STARTED, granted=0
    )
    store.clock += CLOSING - 5
    assert store.ask(wants=1).granted == 1


def test_a_store_that_was_restarted_is_shut() -> None:
    """It may have forgotten the last of what it had granted; that counts from the first message after it."""
    store = Store()
    assert store.ask(wants=1).granted == 1
    store.run = "second"
    store.clock += 7
    assert (reply := store.ask(wants=1)).granted == 0
    assert (reply.shut, reply.why) == (CLOSING, RESTARTED)
    store.clock += CLOSING
    assert store.ask(wants=9).granted == 3


def test_a_memory_that_a_client_does_not_know_is_shut_by_it() -> None:
    """What the lost one had granted is over once so much time has passed since the new one began."""
    store = Store(epoch="two")
    assert store.ask("new", wants=1).granted == 1
    store.clock += 4
    reply = store.ask("old", epoch="one", wants=1)
    assert (reply.granted, reply.shut, reply.why, reply.epoch) == (0, CLOSING - 4, LOST, "two")
    assert store.ask("new", epoch="two", wants=1).granted == 0
    store.clock += CLOSING - 4
    assert store.ask("late", epoch="one", wants=1).granted == 1


def test_a_memory_that_was_reset_is_open_for_all() -> None:
    """Somebody has said that nobody has been sending."""
    store = Store(state=State(epoch="two", run="first"))
    assert store.ask(epoch="one", wants=1).granted == 1


@pytest.mark.parametrize(("up", "shut"), [(5.0, CLOSING - 5), (CLOSING, 0.0)])
def test_a_clock_that_begins_anew_leaves_nothing(up: float, shut: float) -> None:
    """Of a file after a start of the host: what was sent before that was sent before its clock began."""
    store = Store(clock_goes_on=False)
    assert store.ask(wants=3).granted == 3
    store.run, store.clock, store.up = "second", up, up
    reply = store.ask(wants=3, epoch="one")
    assert (reply.clock, reply.shut, reply.granted) == (up, shut, 0 if shut else 3)


def test_ages_are_counted_from_the_message() -> None:
    """The slot of an answer is free one window after it, not after the message that tells of it."""
    store = Store()
    store.ask(wants=3)
    store.clock += 8
    assert store.ask(settled=[(0, 6.0)], wants=1).wait == PER + MARGIN - 6
    store.clock += PER + MARGIN - 6
    assert store.ask(wants=1).granted == 1


def test_what_was_sent_without_the_store_counts() -> None:
    """Requests under way hold a slot each, as if they had been granted then; answers hold theirs for the rest of it."""
    store = Store()
    assert store.ask(adopted=[(0, 2.0)], used=[4.0], wants=3).granted == 1
    assert store.state is not None
    assert store.state.holders[0].leases[0] == (0, 998.0)
    store.clock += PER + MARGIN - 4
    assert store.ask(wants=3, first=5).granted == 1


def test_a_message_whose_reply_was_lost_may_be_told_again() -> None:
    """It does no harm: what was granted is given back, what was adopted is not doubled, what was settled stays so."""
    store = Store()
    store.ask(wants=2)
    told: dict[str, Any] = {"adopted": [(7, 1.0)], "settled": [(0, 0.0)], "returned": [1]}
    store.ask(wants=1, first=8, **told)
    before = store.state
    assert store.ask(returned=[1, 8], adopted=[(7, 1.0)], settled=[(0, 0.0)], wants=1, first=9).granted == 1
    assert store.state is not None
    assert before is not None
    assert [number for number, _ in store.state.holders[0].leases] == [7, 9]
    assert store.state.settled == [1000.0]


def test_news_of_what_is_not_known_changes_nothing() -> None:
    """Leases that have ended, or were lost with the memory."""
    store = Store()
    store.ask(settled=[(4, 1.0)], returned=[5])
    assert store.ask(wants=9).granted == 3


def test_a_429_closes_for_all_and_a_pause_is_told() -> None:
    """Then one request of all goes first, and until the start is over the replies say that it is slow."""
    store = Store()
    granted_at = store.ask(wants=1).clock
    store.ask(throttled=[(granted_at, 20.0)], settled=[(0, 0.0)])
    reply = store.ask("b", wants=2)
    assert (reply.paused, reply.wait, reply.is_slow, reply.granted) == (20.0, 20.0, True, 0)
    store.clock += 20
    reply = store.ask("b", wants=2)
    assert (reply.granted, reply.paused) == (1, 0.0)
    assert store.ask("a", wants=1).wait is None
    store.ask("b", settled=[(0, 0.0)], accepted=[reply.clock])
    assert store.ask("a", wants=1).granted == 1


def test_lost_slots_are_told_and_the_state_where_it_is_asked_for() -> None:
    """A client that died has left its slots; whoever comes hears of them."""
    store = Store()
    store.ask("dead", wants=2)
    store.clock += CLOSING
    reply = store.ask("b", details=True)
    assert (reply.lost, reply.state) == (2, store.state)
    assert store.ask("b").state is None
