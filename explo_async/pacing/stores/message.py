"""What a client and the store of a window say to each other, and what the store answers. Pure.

`quota.lua` decides the same within Redis, step by step; tests/pacing/stores drive both through the same histories.

All that a client tells of its past is told by *ages*, seconds before the message was sent, so that no two clocks are
ever compared: what the store takes for the moment of an answer lies by the way of the message too late, and so on the
safe side.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import msgspec

from explo_async.pacing.window import Window
from explo_async.pacing.window_state import State, Terms

if TYPE_CHECKING:
    from explo_async.pacing.window_state import Holder

LOST = "lost"
RESTARTED = "restarted"
STARTED = "started"
REASONS = {
    STARTED: "has just been started, and what was sent before that is not known",
    RESTARTED: "was restarted, or another server has taken over, and what was sent before that is not known",
    LOST: "has lost its memory, and what was sent before that is not known",
}
"""Why a window is shut."""


def reason(why: str) -> str:
    """Say why a window is shut; a newer version may know more reasons."""
    return REASONS.get(why, "is shut")


class Message(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What has happened at a client since its last message, and what it wants."""

    holder: str
    who: str = ""
    requests: int
    per: float
    hold: float
    margin: float = 0.0
    epoch: str = ""
    """The memory that the client knows; empty before its first reply."""
    wants: int = 0
    first: int = 0
    """Number for the first lease that is granted; the next ones follow."""
    settled: list[tuple[int, float]] = msgspec.field(default_factory=list)
    """Number and age of what was answered."""
    returned: list[int] = msgspec.field(default_factory=list)
    """Numbers of leases that nothing was sent for."""
    accepted: list[float] = msgspec.field(default_factory=list)
    """When the leases were granted whose requests the server took."""
    throttled: list[tuple[float, float]] = msgspec.field(default_factory=list)
    """When the lease was granted of a request that met a 429, and the seconds to pause."""
    adopted: list[tuple[int, float]] = msgspec.field(default_factory=list)
    """Number and age of requests under way that were sent without the store."""
    used: list[float] = msgspec.field(default_factory=list)
    """Ages of the answers to such requests."""
    details: bool = False
    """Whether the reply is to hold the state."""


class Reply(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a store answers."""

    clock: float
    epoch: str
    granted: int = 0
    wait: float | None = None
    """Seconds until something may be granted, None when only an answer can tell; of no meaning after a grant."""
    paused: float = 0.0
    """Seconds until the pause of the last 429 ends."""
    shut: float = 0.0
    """Seconds for which nothing is granted since it is not known what was sent before."""
    why: str = ""
    is_slow: bool = False
    """Whether few requests may be in flight, after a pause."""
    lost: int = 0
    """Slots so far whose holders never settled them."""
    state: State | None = None


def answer(
    state: State | None, message: Message, *, clock: float, run: str, up: float, epoch: str, clock_goes_on: bool
) -> tuple[State, Reply]:
    """Return the state after a message, and the reply.

    `run` names the run of the store, which is `up` for so many seconds; `clock_goes_on` tells whether its clock does
    in the next run; `epoch` is the name for a memory that begins now.
    """
    terms = Terms(message.requests, message.per, message.hold, message.margin)
    window = Window(State(epoch=epoch, run=run) if state is None else state)
    now = _open(window, message, clock=clock, run=run, up=up, is_new=state is None, clock_goes_on=clock_goes_on)
    holder = window.join(message.holder, terms, now, message.who)
    _take_in(window, holder, message, terms, now)
    granted = window.take(holder, message.wants, terms, now)
    for number in range(message.first, message.first + granted):
        window.grant(holder, number, now)
    known = window.state
    wait = 0.0 if granted else window.wait(holder, terms, now)
    return known, Reply(
        clock=now,
        epoch=known.epoch,
        granted=granted,
        wait=None if wait == inf else wait,
        paused=0.0 if known.opens_at is None else max(0.0, known.opens_at - now),
        shut=0.0 if known.shut_until is None else max(0.0, known.shut_until - now),
        why=known.shut_why,
        is_slow=known.ramp is not None,
        lost=known.lost,
        state=known if message.details else None,
    )


def _open(
    window: Window, message: Message, *, clock: float, run: str, up: float, is_new: bool, clock_goes_on: bool
) -> float:
    """Return the time; shut a window of which something may have been forgotten."""
    state = window.state
    closing = message.hold + message.per + message.margin
    if is_new:
        state.born = now = window.tick(clock)
        if up < closing:
            window.shut(now + (closing - up), STARTED)
    elif state.run == run:
        now = window.tick(clock)
    elif clock_goes_on:
        state.run = run
        now = window.tick(clock)
        window.shut(now + closing, RESTARTED)
    else:
        state.run = run
        window.forget_clock()
        now = window.tick(clock)
        state.born = None
        if up < closing:
            window.shut(now + (closing - up), STARTED)
    # What the lost memory granted it had granted before this one began.
    if message.epoch not in ("", state.epoch) and state.born is not None and state.born + closing > now:
        window.shut(state.born + closing, LOST)
    return now


def _take_in(window: Window, holder: Holder, message: Message, terms: Terms, now: float) -> None:
    for granted_at, pause in message.throttled:
        window.throttled(granted_at, pause, terms, now)
    for number, age in message.adopted:
        # Not twice, where the reply to the first telling was lost.
        if not any(number == held for held, _ in holder.leases):
            window.grant(holder, number, now - age)
    for number, age in message.settled:
        window.settle(holder, number, now - age)
    for age in message.used:
        window.note(now - age)
    for number in message.returned:
        window.give_back(holder, number)
    for granted_at in message.accepted:
        window.accepted(granted_at)
