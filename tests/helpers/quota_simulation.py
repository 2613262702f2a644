"""A client and a strict server around a `Quota`, on whole seconds of a made-up clock; for the tests of the quota."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from explo_async.pacing.lease import Lease
    from explo_async.pacing.quota import Quota


@frozen
class Sending:
    """One request: idle time before it is wanted, time until the server counts it, then until the client knows."""

    idle: int = 0
    to_server: int = 0
    to_client: int = 0
    outcome: Literal["accepted", "throttled", "timed out"] = "accepted"
    pause: int = 0


class Simulation:
    """Sends requests as early as the quota lets them; `sent` and `counted` are the times on both sides."""

    def __init__(self, quota: Quota, now: float = 0) -> None:
        self.quota = quota
        self.now = now
        self.sent: list[float] = []
        self.counted: list[float] = []
        self._answers: list[tuple[float, int, Lease, Sending]] = []
        self._serial = count()

    def run(self, *sendings: Sending) -> None:
        """Send them one after another, each as early as it may go, without waiting for the answers."""
        for sending in sendings:
            self._pass_until(self.now + sending.idle)
            while (wait := self.quota.wait(self.now)) > 0:
                answer = self._answers[0][0] if self._answers else inf
                assert min(wait, answer) < inf, "nothing that could happen lets the next request through"
                self._pass_until(min(self.now + wait, answer))
            lease = self.quota.take(self.now)
            self.sent.append(self.now)
            self.counted.append(self.now + sending.to_server)
            heappush(self._answers, (self.counted[-1] + sending.to_client, next(self._serial), lease, sending))
            self._pass_until(self.now)

    def hurry(self) -> None:
        """Let all that is in flight be answered now."""
        for _, _, lease, _ in self._answers:
            self.quota.answered(lease, self.now)
        self._answers.clear()

    def _pass_until(self, moment: float) -> None:
        while self._answers and self._answers[0][0] <= moment:
            at, _, lease, sending = heappop(self._answers)
            self.quota.answered(lease, at)
            if sending.outcome == "accepted":
                self.quota.accepted(lease)
            elif sending.outcome == "throttled":
                self.quota.throttled(lease, at, sending.pause)
        self.now = moment


def burst(quota: Quota, now: float) -> int:
    """Send what goes out at one moment, answered at once, and count it."""
    simulation = Simulation(quota, now)
    while quota.wait(now) == 0:
        simulation.run(Sending())
    return len(simulation.sent)


def refuse(quota: Quota, now: float, pause: int) -> None:
    """Send one request as soon as it may go, and answer it with a 429 at once."""
    Simulation(quota, now).run(Sending(outcome="throttled", pause=pause))
