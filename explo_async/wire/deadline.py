"""The time of a call, by the clock of the event loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from attrs import define

from explo_async.checks import check_seconds
from explo_async.errors import DeadlineExceeded, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from explo_async.errors import ExploError
    from explo_async.pacing.gate import Gate


@define
class CallClock:
    """The time of one call, and what it is waiting for."""

    deadline: float = inf
    """Loop time by which it has to be over."""
    unanswered: str | None = None
    """The change that was sent, must not be sent twice, and has no answer yet."""
    failed: ExploError | None = None
    """How the last attempt ended, if it is made once more."""


def deadline_after(timeout: float | None) -> float:
    """Return the loop time at which a call has to be over; refuse a timeout that is none."""
    if timeout is None:
        return inf
    check_seconds("timeout", timeout)
    return asyncio.get_running_loop().time() + timeout


@asynccontextmanager
async def in_time(gate: Gate, timeout: float | None) -> AsyncIterator[CallClock]:
    """End the block when the time of a call is over, with the error that says so."""
    clock = CallClock(deadline_after(timeout))
    if timeout is None:
        yield clock
        return
    failure: ExploError
    try:
        async with asyncio.timeout(timeout):
            yield clock
    except TimeoutError:
        # No other comes so far: one of an attempt has been named by then.
        failure = gate.time_is_over(timeout)
        if isinstance(failure, DeadlineExceeded):
            why = "" if clock.failed is None else f"; the last attempt ended so: {clock.failed.what}"
            what = f"there was no answer within timeout={timeout:g} s{why}"
            failure = DeadlineExceeded(what, advice="raise `timeout`")
            failure.__cause__ = clock.failed
        if clock.unanswered is not None:
            failure = unknown_outcome(clock.unanswered, failure.what)
    else:
        return
    raise failure


def unknown_outcome(name: str, why: str) -> OutcomeUnknown:
    """Return the error for a change that was sent, and may or may not have been made."""
    what = f"{name} was sent, and no answer tells whether it was done: {why}"
    return OutcomeUnknown(what, advice="read back what is there before you send it again")
