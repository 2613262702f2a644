"""The window that all who send from one address share: who holds which slot, and when the next one is free. Pure.

Knows no clock: `now` is float seconds on the clock of whoever keeps the window, and never runs back. A *holder* is a
client. Each of its requests has a *lease* from the grant until it is *settled*: its answer began, or it failed. A slot
is free again `per + margin` seconds after that. A holder that dies settles nothing: a lease says for how many seconds
at most its request may still be counted by the server (`hold`), and its slot is free `per + margin` after those.

Why no window of the server ever holds more than the limit: of any limit + 1 requests take the one that was granted
last. At its grant fewer than limit slots were held, so that of another one of them had been freed. That one was counted
by the server when it was settled, or `hold` seconds after its grant, and so at least one window before the last one.

Of several holders that wait, each gets its part of what is free, and what others do not need. How
that is shared out: `fairness.py`.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from math import inf
from typing import TYPE_CHECKING

from explo_async.pacing.fairness import GRACE, granted_lately, rank, share_out
from explo_async.pacing.window_state import Holder, State

if TYPE_CHECKING:
    from explo_async.pacing.window_state import Terms

BACKOFF = 0.7
"""What a repeated 429 leaves of the limit: others share the address."""
RECOVERY = 0.05
"""Share of the full limit that comes back with each window without a 429."""
RAMP_DONE = 64
"""Requests in flight at which the slow start after a pause is over."""
WHOLE = 1e-9
"""Makes a whole number of slots of a sum that rounding left just below it."""


class Window:
    """The rules, over a state."""

    def __init__(self, state: State | None = None) -> None:
        self.state: State = State() if state is None else state

    def tick(self, clock: float) -> float:
        """Free what is free by now, and return the time, which never runs back."""
        state = self.state
        now = state.latest = clock if state.latest is None else max(state.latest, clock)
        freed = bisect_right(state.settled, now, key=lambda at: at + state.per + state.margin)
        if freed:
            del state.settled[:freed]
        for holder in state.holders:
            while holder.leases and self._expires_at(holder, holder.leases[0][1]) <= now:
                del holder.leases[0]
                state.lost += 1
        if state.recovers_at is not None and now >= state.recovers_at:
            windows = int((now - state.recovers_at) / state.recovers_in) + 1
            state.share = min(1.0, state.share + windows * RECOVERY)
            state.recovers_at = None if state.share == 1.0 else now + state.recovers_in
        return now

    def join(self, id: str, terms: Terms, now: float, who: str = "") -> Holder:  # noqa: A002 -- as the field is called
        """Return a holder, entered if it is new; forget those that neither hold nor want anything any more."""
        state = self.state
        state.per = max(state.per, terms.per)
        state.margin = max(state.margin, terms.margin)
        found = next((holder for holder in state.holders if holder.id == id), None)
        if found is None:
            state.holders = [each for each in state.holders if each.leases or (each.wants > 0 and each.until > now)]
            found = Holder(id=id, who=who, since=now)
            state.holders.append(found)
        found.hold = None if terms.hold == inf else terms.hold
        return found

    def take(self, holder: Holder, wants: int, terms: Terms, now: float) -> int:
        """Grant up to `wants` slots and return how many; the rest is noted as wanted. `grant` enters them."""
        granted = max(0, min(wants, self.free_for(holder, wants, terms, now)))
        holder.wants = wants - granted
        if granted:
            holder.got = granted_lately(holder, now) + granted
            if holder.got == granted:
                holder.turn = now
            holder.served = now
        if holder.wants:
            wait = 0.0 if granted else self.wait(holder, terms, now)
            holder.until = now + (0.0 if wait == inf else wait) + GRACE
        return granted

    def free_for(self, holder: Holder, wants: int, terms: Terms, now: float) -> int:
        """Return how many slots this holder may take now, if it wants so many."""
        state = self.state
        if self._closed_until() > now:
            return 0
        free = wants if terms.requests is None else self.slots(terms) - self.used(terms, now)
        if state.ramp is not None:
            free = min(free, state.ramp - self._in_flight(now))
        if free <= 0:
            return 0
        # Nothing is kept for those who were told to come later: it would lie idle until then.
        rivals = [rival for rival in self._rivals(holder, now) if rival.until - GRACE <= now]
        if rivals:
            ranks = sorted([*rivals, holder], key=rank)
            for rival, due in zip(ranks, share_out(free, [granted_lately(each, now) for each in ranks]), strict=True):
                if rival is not holder:
                    free -= min(rival.wants, due)
        return free

    def wait(self, holder: Holder, terms: Terms, now: float) -> float:
        """Return the seconds until this holder may have a slot: 0.0 now, `inf` when only an answer can tell."""
        state = self.state
        if (closed := self._closed_until()) > now:
            return closed - now
        if self.free_for(holder, 1, terms, now) > 0:
            return 0.0
        if state.ramp is not None and self._in_flight(now) >= state.ramp:
            return inf
        rivals = self._rivals(holder, now)
        place = -1 if terms.requests is None else self.used(terms, now) - self.slots(terms)
        if place < 0:
            # What is free is kept for others, who may not come for it.
            return min(rival.until for rival in rivals) - now
        times = self._known(terms, now)
        if place >= len(times):
            return inf
        ahead = [rival.until for rival in rivals if rank(rival) < rank(holder)]
        if place + len(ahead) < len(times):
            return times[place + len(ahead)] - now
        return max(times[place], min(ahead)) - now

    def grant(self, holder: Holder, number: int, now: float) -> None:
        """Enter a lease by its number, which the holder has chosen."""
        holder.leases.append((number, now))

    def settle(self, holder: Holder, number: int, at: float) -> bool:
        """Note that a request was answered, or failed, at `at`; False where there is no such lease (any more)."""
        if not self.give_back(holder, number):
            return False
        self.note(at)
        return True

    def note(self, at: float) -> None:
        """Note the answer to a request that had no lease."""
        insort(self.state.settled, at)

    def give_back(self, holder: Holder, number: int) -> bool:
        """Take a lease back that nothing was sent for; False where there is no such lease (any more)."""
        for place, lease in enumerate(holder.leases):
            if lease[0] == number:
                del holder.leases[place]
                return True
        return False

    def accepted(self, granted_at: float) -> None:
        """Note that the server took a request: after a pause, one more may be in flight."""
        state = self.state
        # What was on its way when the pause began says nothing about the time after it.
        if state.ramp is not None and (state.opens_at is None or granted_at >= state.opens_at):
            state.ramp = state.ramp + 1 if state.ramp < RAMP_DONE else None

    def throttled(self, granted_at: float, pause: float, terms: Terms, now: float) -> None:
        """Note a 429: nothing is sent for `pause` seconds, then a single request tries the water."""
        state = self.state
        if state.closed_at is None or granted_at > state.closed_at:
            if terms.requests is not None and state.recovers_at is not None and now < state.recovers_at:
                state.share *= BACKOFF
            state.closed_at = now
        if terms.requests is not None:
            state.recovers_at = now + pause + terms.per
            state.recovers_in = terms.per
        state.opens_at = now + pause if state.opens_at is None else max(state.opens_at, now + pause)
        state.ramp = 1

    def forget_clock(self) -> None:
        """Drop all that is told by a clock which has begun anew."""
        state = self.state
        state.latest = state.opens_at = state.closed_at = state.recovers_at = state.shut_until = state.ramp = None
        state.holders, state.settled, state.share = [], [], 1.0

    def shut(self, until: float, why: str) -> None:
        """Let nothing out until then: it is not known what was sent before."""
        if self.state.shut_until is None or until > self.state.shut_until:
            self.state.shut_until = until
            self.state.shut_why = why

    def slots(self, terms: Terms) -> int:
        """Return how many slots there are for somebody with a limit."""
        requests = terms.requests or 0
        return max(1, int(self.state.share * requests + WHOLE))

    def used(self, terms: Terms, now: float) -> int:
        """Return how many slots are held, by the length of the window that somebody goes by."""
        settled = self.state.settled
        count = len(settled)
        if settled and settled[0] + terms.per + terms.margin <= now:
            count -= bisect_right(settled, now, key=lambda at: at + terms.per + terms.margin)
        return count + sum(len(holder.leases) for holder in self.state.holders)

    def time_for(self, holder: Holder, requests: int, terms: Terms, now: float) -> float:
        """Return the seconds that the quota makes `requests` further ones take if the others go on as they do."""
        if requests < 1:
            return 0.0
        closed = max(0.0, self._closed_until() - now)
        if terms.requests is None:
            return closed
        slots = self.slots(terms)
        sharers = len(self._rivals(holder, now)) + 1
        full_windows, nth = divmod(requests - 1, max(1, slots // sharers))
        # Of slots in use beyond a lowered limit, the first ones to be free again let nothing through.
        place = nth * sharers + self.used(terms, now) - slots
        ready = 0.0
        if place >= 0:
            known = self._known(terms, now)
            ready = known[place] - now if place < len(known) else terms.per + terms.margin
        return max(closed, ready) + full_windows * (terms.per + terms.margin)

    def _closed_until(self) -> float:
        state = self.state
        opens = -inf if state.opens_at is None else state.opens_at
        return opens if state.shut_until is None else max(opens, state.shut_until)

    def _rivals(self, holder: Holder, now: float) -> list[Holder]:
        return [each for each in self.state.holders if each.wants > 0 and each.until > now and each is not holder]

    def _in_flight(self, now: float) -> int:
        """Count the requests that may still be on their way; those of the dead are not."""
        count = 0
        for holder in self.state.holders:
            count += len(holder.leases)
            if holder.hold is not None and holder.leases and holder.leases[0][1] + holder.hold <= now:
                count -= sum(granted_at + holder.hold <= now for _, granted_at in holder.leases)
        return count

    def _known(self, terms: Terms, now: float) -> list[float]:
        """List when slots will be free as far as that is known, the earliest first."""
        known = [free_at for at in self.state.settled if (free_at := at + terms.per + terms.margin) > now]
        for holder in self.state.holders:
            if holder.hold is not None:
                dead = [at for _, at in holder.leases if at + holder.hold <= now]
                known += [self._expires_at(holder, at) for at in dead]
        known.sort()
        return known

    def _expires_at(self, holder: Holder, granted_at: float) -> float:
        hold = inf if holder.hold is None else holder.hold
        return granted_at + hold + self.state.per + self.state.margin
