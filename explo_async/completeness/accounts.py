"""What the totals tell of insertions and deletions. Pure.

Assumption B says that between two COUNTs that follow each other nothing cancels out: then the differences of the
totals, in the order of their COUNTs, are the insertions and deletions. That order is known between still pictures,
and open among answers that were under way together. So the time of a run is parted into zones: up to the first
picture, from each picture to the next one, and from the last one on. A picture bounds two zones by its one total,
since no other was told in its span.

An answer that is in no picture stands between the latest picture that it certainly came after and the earliest one
that it certainly came before. One that was under way for long may stand in any of several zones, and is put in each
of them: with one total more an order rises and falls no less, so that the bounds hold wherever it stood.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


class Told(Protocol):
    """An answer that told a total; its names mean what they mean for a `Reading`."""

    total: int
    sent: int
    arrived: int
    picture: int | None


@frozen(kw_only=True)
class Account:
    """Bounds that hold for every possible order of the COUNTs."""

    most_ever: int
    """At most so many rows have existed at any time from the first COUNT to the last."""
    fewest_stable: int
    """At least so many rows have existed all that time."""
    most_insertions: int
    most_deletions: int
    least_insertions: int
    least_deletions: int


@frozen
class Zone:
    """Totals whose order is open, save for the first and the last where these belong to pictures."""

    totals: Sequence[int]
    starts: bool
    """Whether the first of them is that of a picture which comes before all others."""
    ends: bool
    """Whether the last of them is that of a picture which comes after all others."""


def make_account(told: Sequence[Told]) -> Account:
    """Add up the totals of all answers; there must be one at least."""
    zones = _part(told)
    first, *others = zones
    deletions = sum(map(_most_falls, zones))
    # Before the run there was nothing: so the first total, whichever that is, is a rise as well.
    from_nothing = Zone([0, *first.totals], starts=True, ends=first.ends)
    return Account(
        most_ever=_most_rises(from_nothing) + sum(map(_most_rises, others)),
        fewest_stable=max(0, min(first.totals) - deletions),
        most_insertions=sum(map(_most_rises, zones)),
        most_deletions=deletions,
        least_insertions=_least_rises(told, 1),
        least_deletions=_least_rises(told, -1),
    )


def _part(told: Sequence[Told]) -> list[Zone]:
    pictures: dict[int, list[Told]] = {}
    for each in told:
        if each.picture is not None:
            pictures.setdefault(each.picture, []).append(each)
    # One follows the other: all of a picture had arrived when the first of the next one was sent.
    ordered = [pictures[number] for number in sorted(pictures)]
    begun = [min(each.arrived for each in picture) for picture in ordered]
    ended = [max(each.sent for each in picture) for picture in ordered]
    inside: list[list[int]] = [[] for _ in range(len(ordered) + 1)]
    for each in told:
        if each.picture is None:
            # After the pictures that had begun when it was sent, before those that had not ended when it arrived.
            for place in range(bisect_left(begun, each.sent), bisect_right(ended, each.arrived) + 1):
                inside[place].append(each.total)
    bounds = [[], *([picture[0].total] for picture in ordered), []]
    return [
        Zone([*bounds[place], *totals, *bounds[place + 1]], starts=place > 0, ends=place < len(ordered))
        for place, totals in enumerate(inside)
    ]


def _most_rises(zone: Zone) -> int:
    """Return the largest sum of rises that an order of these totals can have.

    A rise goes from a low to a high, and the highs and lows of one order are different totals of it: so no order has
    more than the highest half less the lowest half. The first one is no high, the last one no low.
    """
    totals = zone.totals
    highs = sorted(totals[1:] if zone.starts else totals, reverse=True)
    lows = sorted(totals[:-1] if zone.ends else totals)
    most = len(totals) // 2
    gains = [high - low for high, low in zip(highs[:most], lows[:most], strict=False)]
    return max(accumulate(gains, initial=0))


def _most_falls(zone: Zone) -> int:
    return _most_rises(Zone([-total for total in zone.totals], zone.starts, zone.ends))


def _least_rises(told: Sequence[Told], sign: int) -> int:
    """Return the largest sum of rises along answers each of which was asked for after the one before it had come.

    Their order is certain, and whatever was counted between them makes the sum no smaller. With `sign` -1 falls are
    added up.
    """
    ordered = sorted(told, key=lambda each: each.arrived)
    arrivals = [each.arrived for each in ordered]
    # Of the first so many answers: the largest sum, and the largest sum less the total that it ends with.
    sums, beyond = [0], [-max(sign * each.total for each in ordered)]
    for each in ordered:
        come, total = bisect_left(arrivals, each.sent), sign * each.total
        best = max(sums[come], beyond[come] + total)
        sums.append(max(sums[-1], best))
        beyond.append(max(beyond[-1], best - total))
    return sums[-1]
