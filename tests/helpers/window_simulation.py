"""Several clients, a store and a strict server around a `Window`, on whole seconds of made-up clocks."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from explo_async.pacing.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explo_async.pacing.window_state import Terms

HOLD = 30


@frozen
class Sending:
    """What becomes of one grant; all are seconds."""

    to_server: int = 0
    """From the grant until the server counts it, at most `HOLD`."""
    to_client: int = 0
    """From then until the client knows its end."""
    to_store: int = 0
    """From then until the store hears of it, of which the client knows as its age."""
    transit: int = 0
    """And of which it does not know."""
    outcome: Literal["accepted", "throttled", "killed", "returned"] = "accepted"
    pause: int = 0


@frozen
class Asking:
    """A client asks the store."""

    idle: int
    """Seconds before it."""
    client: int
    sendings: tuple[Sending, ...] = ()
    """As many as it wants."""
    is_new: bool = False
    """Whether it has died and begun anew before."""
    step: int = 0
    """Seconds by which the store's clock is set, forward as far as the margin allows."""


class Fleet:
    """Plays askings; `counted` are the times at which the server counted a request."""

    def __init__(self, terms: Sequence[Terms]) -> None:
        self.window = Window()
        self.counted: list[int] = []
        self.now = 0
        self._terms = terms
        self._offset = 0
        self._births = [0] * len(terms)
        self._events: list[tuple[int, int, Callable[[float], None]]] = []
        self._serial = count()

    def play(self, askings: Sequence[Asking]) -> None:
        """Let time pass and clients ask."""
        for asking in askings:
            self._pass_until(self.now + asking.idle)
            self._set_clock(asking.step)
            self._births[asking.client] += asking.is_new
            self._ask(asking)
        self.counted.sort()

    def _set_clock(self, step: int) -> None:
        # Back as far as one likes, and forward again; beyond where it would be no more than the margin.
        self._offset = min(self._offset + step, int(self._terms[0].margin))

    def _tick(self) -> float:
        return self.window.tick(self.now + self._offset)

    def _ask(self, asking: Asking) -> None:
        terms = self._terms[asking.client]
        id_ = f"{asking.client}.{self._births[asking.client]}"
        at = self._tick()
        holder = self.window.join(id_, terms, at)
        granted = self.window.take(holder, len(asking.sendings), terms, at)
        for sending in asking.sendings[:granted]:
            number = next(self._serial)
            self.window.grant(holder, number, at)
            self._send(sending, id_, number, at)

    def _send(self, sending: Sending, id_: str, number: int, granted_at: float) -> None:
        if sending.outcome != "returned":
            self.counted.append(self.now + sending.to_server)
        if sending.outcome == "killed":
            return
        known_at = self.now + sending.to_server + sending.to_client
        terms = self._terms[int(id_.partition(".")[0])]

        def tell(now: float) -> None:
            holder = self.window.join(id_, terms, now)
            if sending.outcome == "returned":
                self.window.give_back(holder, number)
                return
            if sending.outcome == "throttled":
                self.window.throttled(granted_at, sending.pause, terms, now)
            else:
                self.window.accepted(granted_at)
            self.window.settle(holder, number, now - sending.to_store)

        heappush(self._events, (known_at + sending.to_store + sending.transit, next(self._serial), tell))

    def _pass_until(self, moment: int) -> None:
        while self._events and self._events[0][0] <= moment:
            self.now, _, tell = heappop(self._events)
            tell(self._tick())
        self.now = moment
