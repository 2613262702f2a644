"""What a client has yet to tell a store. Pure: the times are arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterable


@define
class News:
    """What has happened since the last message, by the client's own clock."""

    settled: list[tuple[int, float]] = field(factory=list)
    """Number of a lease, and when it was answered."""
    returned: list[tuple[int, float]] = field(factory=list)
    """Number of a lease that nothing was sent for, and when it was given back."""
    accepted: list[float] = field(factory=list)
    """When the store granted it, by the store's clock."""
    throttled: list[tuple[float, float]] = field(factory=list)
    """The same of a request that met a 429, and when its pause ends."""
    adopted: list[tuple[int, float]] = field(factory=list)
    """Number of a request that was sent without the store, and when."""
    used: list[float] = field(factory=list)
    """When such a request was answered."""

    def __bool__(self) -> bool:
        return bool(self.settled or self.returned or self.accepted or self.throttled or self.adopted or self.used)

    def sent(self, number: int, now: float) -> None:
        """Note a request that goes out without the store's knowledge."""
        self.adopted.append((number, now))

    def answered(self, number: int, now: float) -> None:
        """Note an answer; the store may not have heard of the request."""
        if self._forget_adopted(number):
            self.used.append(now)
        else:
            self.settled.append((number, now))

    def given_back(self, numbers: Iterable[int], now: float) -> None:
        """Note that nothing was sent; the store may not have heard of the requests either."""
        self.returned += [(number, now) for number in numbers if not self._forget_adopted(number)]

    def forget(self, now: float, *, window: float, hold: float) -> None:
        """Drop what tells the store nothing any more, so that little is kept while it is away.

        An answer holds its slot for one window. A lease the store has ended by itself a window after `hold`.
        """
        self.used = [at for at in self.used if at > now - window]
        self.settled = [each for each in self.settled if each[1] > now - window - hold]
        self.returned = [each for each in self.returned if each[1] > now - window - hold]

    def by_ages(self, now: float) -> dict[str, Any]:
        """Return the fields of a `Message` that is sent at `now`."""
        return {
            "settled": [(number, now - at) for number, at in self.settled],
            "returned": [number for number, _ in self.returned],
            "accepted": self.accepted,
            "throttled": [(granted_at, max(0.0, until - now)) for granted_at, until in self.throttled],
            "adopted": [(number, now - at) for number, at in self.adopted],
            "used": [now - at for at in self.used],
        }

    def put_back(self, earlier: News) -> None:
        """Take in what could not be told, or may have been: only its reply may be lost."""
        answered_at = dict(self.settled)
        given_back = {number for number, _ in self.returned}
        for name in ("settled", "returned", "accepted", "throttled", "used"):
            getattr(self, name)[:0] = getattr(earlier, name)
        for number, since in earlier.adopted:
            if number in answered_at:
                at = answered_at[number]
                self.settled.remove((number, at))
                self.used.append(at)
                # In case it was heard of.
                self.returned.append((number, at))
            elif number not in given_back:
                self.adopted.append((number, since))

    def _forget_adopted(self, number: int) -> bool:
        kept = [each for each in self.adopted if each[0] != number]
        is_found = len(kept) < len(self.adopted)
        self.adopted = kept
        return is_found
