"""What the totals tell of insertions and deletions. Pure.

Assumption B says that between two COUNTs that follow each other nothing cancels out: then the differences of the
totals, in the order of their COUNTs, are the insertions and deletions. That order is known between still pictures,
and open among answers that were under way together: these stand in a zone between two pictures, and the most and the
least that any order of them allows are added up zone by zone.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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


def make_account(observed: Iterable[tuple[int, int | None]]) -> Account:
    """Add up the totals of all answers, in the order of their arrival, each with its picture if it has one."""
    zones = list(_part(observed))
    first, *others = zones
    insertions, deletions = sum(map(_most_rises, zones)), sum(map(_most_falls, zones))
    # Before the run there was nothing: so the first total, whichever that is, is a rise as well.
    from_nothing = Zone([0, *first.totals], starts=True, ends=first.ends)
    start = first.totals[0] if first.starts else min(first.totals)
    return Account(
        most_ever=_most_rises(from_nothing) + sum(map(_most_rises, others)),
        fewest_stable=max(0, start - deletions),
        most_insertions=insertions,
        most_deletions=deletions,
        least_insertions=sum(map(_least_rises, zones)),
        least_deletions=sum(_least_rises(_upside_down(zone)) for zone in zones),
    )


def _part(observed: Iterable[tuple[int, int | None]]) -> Iterator[Zone]:
    totals: list[int] = []
    picture: int | None = None
    for total, of in observed:
        if of is None:
            totals.append(total)
        elif of != picture:
            yield Zone([*totals, total], starts=picture is not None, ends=True)
            totals, picture = [total], of
    yield Zone(totals, starts=picture is not None, ends=False)


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
    return _most_rises(_upside_down(zone))


def _least_rises(zone: Zone) -> int:
    """Return the smallest sum of rises that an order can have which begins and ends with the same totals as this."""
    first, last, lowest, highest = zone.totals[0], zone.totals[-1], min(zone.totals), max(zone.totals)
    return min(highest - lowest, highest - first + last - lowest)


def _upside_down(zone: Zone) -> Zone:
    return Zone([-total for total in zone.totals], zone.starts, zone.ends)
