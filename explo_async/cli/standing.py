"""How a shared quota stands, made of what its store keeps: for people, and as JSON. Decides alone: reads no clock."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.pacing.lease import LONGEST_START
from explo_async.pacing.stores.message import STARTED
from explo_async.pacing.window import Window
from explo_async.pacing.window_state import State, Terms

if TYPE_CHECKING:
    from explo_async.pacing.quota import RateLimit
    from explo_async.pacing.stores.store import Look
    from explo_async.pacing.window_state import Holder

MARGINS = 240
"""Parts of a window, one of which clients add to it for their clocks."""
USUAL_HOLD = LONGEST_START + 30.0
"""Seconds for which a client with the usual timeout may hold a slot."""


@frozen(kw_only=True)
class Process:
    """A client that sends, or wants to; its times are seconds ago."""

    process: str
    """Its number and host."""
    since: float
    in_flight: int
    not_ended: int
    """Requests whose answer is overdue: it has died, or was cut off from the store."""
    waiting: int
    """Requests for which it waits for a slot."""


@frozen(kw_only=True)
class Standing:
    """How a shared quota stands; all times are seconds."""

    requests: int
    per: float
    used: int
    """Slots in use, by requests under way and by those whose slots are not free yet."""
    free: int
    in_flight: int
    waiting: int
    """Processes that wait for a slot."""
    processes: list[Process] = field(factory=list)
    paused_for: float = 0.0
    """Until the pause after the last 429 ends."""
    slow_start: int | None = None
    """Requests that may be under way in the slow start after a pause."""
    share: float = 1.0
    """What repeated 429s have left of everybody's limit."""
    shut_for: float = 0.0
    """Until something is sent again, since it is not known what was sent before."""
    shut_why: str = ""
    lost: int = 0
    """Slots so far whose process never said that they are free."""
    next_in: float | None = 0.0
    """Until the next request may go out; None when only an answer can tell."""
    time_for: float | None = None
    """What the requests that were asked for take at least."""


def make_standing(look: Look, limit: RateLimit, *, asked: int | None = None) -> Standing:
    """Say how a quota stands for somebody with this limit, who would send so many requests now."""
    state = look.state or State()
    window = Window(state)
    now = window.tick(look.clock)
    terms = Terms(limit.requests, limit.per, USUAL_HOLD, limit.per / MARGINS)
    used = window.used(terms, now)
    processes = [_describe(holder, now) for holder in state.holders if holder.leases or _wants(holder, now)]
    shut_for, shut_why = max(0.0, (state.shut_until or 0.0) - now), state.shut_why
    if look.state is None and look.kind != "file":
        # What was sent before a server was started it does not know.
        shut_for, shut_why = max(0.0, USUAL_HOLD + terms.per + terms.margin - look.up), STARTED
    # Joins last: it forgets those who neither hold nor want anything.
    visitor = window.join("", terms, now)
    wait = window.wait(visitor, terms, now)
    return Standing(
        requests=limit.requests,
        per=limit.per,
        used=used,
        free=max(0, window.slots(terms) - used),
        in_flight=sum(each.in_flight for each in processes),
        waiting=sum(each.waiting > 0 for each in processes),
        processes=processes,
        paused_for=max(0.0, (state.opens_at or 0.0) - now),
        slow_start=state.ramp,
        share=state.share,
        shut_for=shut_for,
        shut_why=shut_why if shut_for else "",
        lost=state.lost,
        next_in=None if wait == inf else max(wait, shut_for),
        time_for=None if asked is None else max(shut_for, window.time_for(visitor, asked, terms, now)),
    )


def _describe(holder: Holder, now: float) -> Process:
    hold = inf if holder.hold is None else holder.hold
    overdue = sum(granted_at + hold <= now for _, granted_at in holder.leases)
    return Process(
        process=holder.who,
        since=max(0.0, now - holder.since),
        in_flight=len(holder.leases) - overdue,
        not_ended=overdue,
        waiting=holder.wants if _wants(holder, now) else 0,
    )


def _wants(holder: Holder, now: float) -> bool:
    return holder.wants > 0 and holder.until > now
