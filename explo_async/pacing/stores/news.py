"""What a client has yet to tell a store. Pure: the times are arguments."""

from __future__ import annotations

from attrs import define, field


@define
class News:
    """What has happened since the last message, by the client's own clock."""

    settled: list[tuple[int, float]] = field(factory=list)
    """Number of a lease, and when it was answered."""
    returned: list[int] = field(factory=list)
    accepted: list[float] = field(factory=list)
    """When the store granted it, by the store's clock."""
    throttled: list[tuple[float, float]] = field(factory=list)
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
        for place, (adopted, _) in enumerate(self.adopted):
            if adopted == number:
                del self.adopted[place]
                self.used.append(now)
                return
        self.settled.append((number, now))

    def forget_before(self, moment: float) -> None:
        """Drop what holds no slot any more: answers to requests that the store never heard of."""
        self.used = [at for at in self.used if at > moment]

    def put_back(self, earlier: News) -> None:
        """Take in what could not be told."""
        for name in ("settled", "returned", "accepted", "throttled", "used"):
            getattr(self, name)[:0] = getattr(earlier, name)
        for number, since in earlier.adopted:
            if any(number == settled for settled, _ in self.settled):
                self.used.append(next(at for settled, at in self.settled if settled == number))
                self.settled = [each for each in self.settled if each[0] != number]
            else:
                self.adopted.append((number, since))
