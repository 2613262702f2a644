"""Who of several that wait gets how much of what is free. Pure.

What each was granted a moment ago counts, so that nobody gets more by asking first; the odd slots go to those who were
served longest ago.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explo_async.pacing.window_state import Holder

GRACE = 0.5
"""Seconds for which a turn lasts, and by which a holder that waits has to ask again after the time it was told."""


def share_out(free: int, got: list[int]) -> list[int]:
    """Tell what is due to each, so that all have got the same in the end as far as can be; odd ones go to the first."""
    total, sharers, least = free + sum(got), len(got), sorted(got)
    # Those who have more already than the others can get take no part.
    while total // sharers < least[sharers - 1]:
        sharers -= 1
        total -= least[sharers]
    level, odd = divmod(total, sharers)
    due = []
    for each in got:
        takes_part = each <= level
        due.append(level - each + (odd > 0) if takes_part else 0)
        odd -= takes_part
    return due


def granted_lately(holder: Holder, now: float) -> int:
    """Return how many slots a holder was granted in its turn, if that still lasts."""
    return holder.got if now <= holder.turn + GRACE else 0


def rank(holder: Holder) -> tuple[float, str]:
    """Return what those who wait are sorted by: who was served longest ago comes first."""
    return -inf if holder.served is None else holder.served, holder.id
