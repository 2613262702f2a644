"""A client's part in a window that a store keeps: one message for all that wait, and leases while they are good."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import deque
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

from explo_async.pacing.lease import Lease
from explo_async.pacing.slots import LONGEST_START, Wait
from explo_async.pacing.stores.away import Away
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.news import News
from explo_async.pacing.stores.store import StoreFailure
from explo_async.pacing.stores.store_log import StoreLog, reason
from explo_async.pacing.stores.talks import Talks
from explo_async.pacing.stores.view import View
from explo_async.pacing.window_state import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.pacing.stores.message import Reply
    from explo_async.pacing.stores.store import Store

MOST_LEASES = 16
"""That are asked for at once."""
SPREAD = 0.02
"""Seconds by which chance delays a process at most, so that all do not come at once; never more than the margin."""
LOOK_AGAIN = 5.0
"""Seconds after which a client asks again, however long the wait: others may have given slots back."""
LOOK_AGAIN_UNKNOWN = 1.0
"""The same while only the answers of others can tell."""
LOOK_AGAIN_SLOW = 0.05
"""The same in the slow start after a pause, where others wait for one answer."""
MARGINS = 240
"""Parts of a window, one of which its margin is: 0.25 s of a minute."""
DETAILS_AFTER = 1.0
"""Seconds after which the view of the window is taken anew."""
CLOSE_SECONDS = 2.0
"""How long the last message may take, and to close the store."""

logger: logging.Logger = logging.getLogger("explo_async")


class SharedSlots:
    """As `Slots` says."""

    def __init__(
        self,
        quota: SharedQuota,
        store: Store,
        *,
        request_timeout: float,
        clock: Callable[[], float],
        draw: Callable[[], float],
    ) -> None:
        hold = LONGEST_START + request_timeout
        per = quota.limit.per
        self._label = quota.label
        self._store = store
        self._clock = clock
        self._draw = draw
        self._terms = Terms(quota.limit.requests - quota.reserve, per, hold, per / MARGINS)
        self._holder = token_hex(8)
        self._who = f"{os.getpid()}@{socket.gethostname()}"
        self._numbers = 0
        self._waiting = 0
        self._epoch = ""
        self._granted: deque[tuple[float, Lease]] = deque()
        """Leases that nobody has taken yet, and when they were asked for."""
        self._news = News()
        self._talks = Talks(self._say)
        self._away = Away(quota, hold)
        self._log = StoreLog(quota.label)
        self._is_wanting = False
        """Whether the store takes it that this client wants more than it has got."""
        self._paused_until = -inf
        self._shut_until = -inf
        self._why = ""
        self._not_before = -inf
        """Until when a message would bring nothing."""
        self._due = -inf
        """When something may be granted, as far as that is known."""
        self._is_slow = False
        self._view: View | None = None
        self._is_closed = False
        self._changed: Callable[[], object] = int

    @property
    def paused_for(self) -> float:
        """As `Slots` says."""
        return max(0.0, self._paused_until - self._clock())

    async def take(self, waiting: int) -> Lease | Wait:
        """As `Slots` says. Raises `QuotaUnavailable` where the store cannot be used and nothing else was asked for."""
        self._waiting = waiting
        got = self._at_hand()
        if got is not None:
            return got
        try:
            await self._talks.now()
        except StoreFailure as failure:
            now = self._clock()
            self._away.failed(failure, now)
            return self._ask_alone(now)
        return self._at_hand() or self._wait(self._due)

    def withdraw(self) -> None:
        """As `Slots` says."""
        self._waiting = 0
        if self._granted or self._is_wanting:
            self._talks.start()
        self._away.withdraw()

    def ended(self, lease: Lease) -> None:
        """As `Slots` says."""
        now = self._clock()
        self._away.ended(lease, now)
        self._news.answered(lease.number, now)
        self._talks.soon()

    def give_back(self, lease: Lease) -> None:
        """As `Slots` says."""
        now = self._clock()
        self._away.give_back(lease, now)
        self._news.given_back([lease.number], now)
        self._talks.soon()

    def accepted(self, lease: Lease) -> None:
        """As `Slots` says."""
        self._away.accepted(lease)
        if self._is_slow and lease.granted_at:
            self._news.accepted.append(lease.granted_at)
            self._not_before = -inf
            self._talks.soon()

    def throttled(self, lease: Lease, pause: float) -> None:
        """As `Slots` says: nothing goes out from here at once, and from the others when they ask next."""
        now = self._clock()
        self._away.throttled(lease, now, pause)
        self._is_slow = True
        self._paused_until = max(self._paused_until, now + pause)
        self._news.throttled.append((lease.granted_at, now + pause))
        self._give_all_back(now)
        self._talks.start()

    def time_for(self, requests: int) -> float:
        """As `Slots` says, by the window as the last message showed it."""
        now = self._clock()
        closed = max(0.0, self._paused_until - now, self._shut_until - now)
        if self._view is None:
            windows = max(0, requests - 1) // (self._terms.requests or 1)
            return closed + windows * self._terms.per
        return max(closed, self._view.time_for(self._holder, requests, self._terms, now))

    def listen(self, changed: Callable[[], object]) -> None:
        """As `Slots` says."""
        self._changed = changed

    async def close(self) -> None:
        """As `Slots` says; what a store does not hear now costs its slots for a while."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting = 0
        await self._talks.close(CLOSE_SECONDS)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._store.close()
        except (StoreFailure, TimeoutError):
            logger.debug("the quota's store %s was not closed well", self._label)

    def _at_hand(self) -> Lease | Wait | None:
        """Return what needs no message."""
        now = self._clock()
        if self._paused_until > now:
            return self._wait(self._paused_until)
        lease = self._take_granted(now)
        if lease is not None:
            return lease
        if self._away.is_between_tries(now):
            return self._ask_alone(now)
        return self._wait(self._due) if self._not_before > now else None

    def _take_granted(self, now: float) -> Lease | None:
        """Hand a lease out that the store has granted; one that has waited for too long is void."""
        while self._granted:
            asked_at, lease = self._granted.popleft()
            if now - asked_at < LONGEST_START:
                self._away.took(lease, now)
                return lease
            self._news.given_back([lease.number], now)
        return None

    def _ask_alone(self, now: float) -> Lease | Wait:
        """Do what is to be done while the store is away."""
        got = self._away.ask(self._numbers, now)
        if isinstance(got, Lease):
            self._numbers += 1
            self._news.sent(got.number, now)
        return got

    def _wait(self, until: float) -> Wait:
        """Return how long to wait, and when to ask again."""
        now = self._clock()
        again = until
        if self._paused_until > now:
            again = until = self._paused_until
        elif self._not_before > now:
            again = self._not_before
        again = min(max(0.0, again - now), LOOK_AGAIN) + min(SPREAD, self._terms.margin) * self._draw()
        if self._shut_until > now:
            left = self._shut_until - now
            return Wait(left, f"the quota's store {self._label} {reason(self._why)}; it opens in {left:.0f} s", again)
        return Wait(max(0.0, until - now), None, again)

    def _give_all_back(self, now: float) -> None:
        self._news.given_back([lease.number for _, lease in self._granted], now)
        self._granted.clear()

    async def _say(self, is_needed: bool) -> None:  # noqa: FBT001 -- as `Talks` calls it
        """Tell what there is to tell, and ask for all that wait."""
        if is_needed and self._granted:
            # A message before this one has brought something.
            return
        now = self._clock()
        if not self._waiting:
            self._give_all_back(now)
        self._news.forget(now, window=self._terms.per + self._terms.margin, hold=self._terms.hold)
        wants = max(0, min(self._waiting - len(self._granted), MOST_LEASES))
        if not (wants or self._news or self._is_wanting):
            return
        news, self._news = self._news, News()
        first, self._numbers = self._numbers, self._numbers + wants
        self._is_wanting = wants > 0
        try:
            reply = await self._store.exchange(self._write(news, wants, first, now))
        except BaseException:
            # It may have been granted all the same; that something is wanted the store forgets by itself.
            self._is_wanting = False
            self._news.put_back(news)
            self._news.given_back(range(first, first + wants), now)
            raise
        self._read(reply, wants, first, now)

    def _write(self, news: News, wants: int, first: int, now: float) -> Message:
        return Message(
            holder=self._holder,
            who=self._who,
            requests=self._terms.requests or 0,
            per=self._terms.per,
            hold=self._terms.hold,
            margin=self._terms.margin,
            epoch=self._epoch,
            wants=wants,
            first=first,
            settled=[(number, now - at) for number, at in news.settled],
            returned=[number for number, _ in news.returned],
            accepted=news.accepted,
            throttled=[(granted_at, max(0.0, until - now)) for granted_at, until in news.throttled],
            adopted=[(number, now - at) for number, at in news.adopted],
            used=[now - at for at in news.used],
            details=self._view is None or now - self._view.ours > DETAILS_AFTER,
        )

    def _read(self, reply: Reply, wants: int, first: int, asked_at: float) -> None:
        now = self._clock()
        self._away.is_back(now)
        self._log.tell(reply, now)
        self._epoch = reply.epoch
        for number in range(first, first + reply.granted):
            self._granted.append((asked_at, Lease(asked_at, number=number, granted_at=reply.clock)))
        self._is_wanting = wants > reply.granted
        self._shut_until = now + reply.shut if reply.shut else -inf
        self._why = reply.why
        self._due = inf if reply.wait is None else now + reply.wait
        again = reply.wait
        if again is None:
            unknown = min(LOOK_AGAIN_UNKNOWN, self._terms.per / 4)
            again = (LOOK_AGAIN_SLOW if reply.is_slow else unknown) * (1 + self._draw())
        self._not_before = now + min(again, LOOK_AGAIN) if wants and not reply.granted else -inf
        if self._news.throttled:
            # A 429 that came while the message was on its way: the store has not heard of it.
            self._give_all_back(now)
        else:
            self._is_slow = reply.is_slow
            self._paused_until = now + reply.paused if reply.paused else -inf
        if reply.state is not None:
            self._view = View(reply.state, reply.clock, now)
        self._changed()
