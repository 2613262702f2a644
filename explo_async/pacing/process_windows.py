"""The windows of this process: one for each origin, since the server counts what comes from one address."""

from __future__ import annotations

import os
import threading
from time import monotonic
from typing import TYPE_CHECKING

from explo_async.pacing.quota import Quota
from explo_async.pacing.slots import OwnSlots, ProcessWindow

if TYPE_CHECKING:
    from explo_async.pacing.quota import RateLimit

_windows: dict[str, ProcessWindow] = {}
_lock = threading.Lock()

clock = monotonic
"""Of all these windows: event loops may have clocks of their own."""


def join(origin: str, limit: RateLimit, *, hold: float) -> OwnSlots:
    """Return a client's part in the window of an origin, which is made at its first use."""
    with _lock:
        for name, each in list(_windows.items()):
            if name != origin and not each.members and _is_idle(each):
                del _windows[name]
        home = _windows.setdefault(origin, ProcessWindow())
        # Within the lock: a window that nobody has is dropped.
        return OwnSlots(Quota(limit, home.window, hold=hold), clock, home)


def _is_idle(each: ProcessWindow) -> bool:
    """Tell whether nothing is left of what was sent; an idle window is as good as a new one."""
    with each.lock:
        window = each.window
        now = window.tick(clock())
        state = window.state
        is_open = state.opens_at is None or (state.opens_at <= now and state.ramp is None and state.share == 1.0)
        return is_open and not state.settled and not any(h.leases or h.wants for h in state.holders)


def _forget_parent() -> None:
    """Begin anew in a process that was forked: the slots of its parent are not ended here, and its locks may be held.

    What both send after that is counted apart, as for any two processes; a `SharedQuota` counts it together.
    """
    global _lock  # noqa: PLW0603 -- there is one for the process
    _windows.clear()
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch -- Windows has no fork
    os.register_at_fork(after_in_child=_forget_parent)
