"""A client's part in a window that a store keeps: one message for all that wait, and leases while they are good."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from secrets import token_hex
from typing import TYPE_CHECKING

from explo_async.pacing.lease import LONGEST_START, Lease, Wait
from explo_async.pacing.stores.away import Away
from explo_async.pacing.stores.grants import Grants
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.news import News
from explo_async.pacing.stores.schedule import Schedule
from explo_async.pacing.stores.store import StoreFailure
from explo_async.pacing.stores.store_log import StoreLog
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
        self._waiting = 0
        self._epoch = ""
        self._grants = Grants()
        self._news = News()
        self._talks = Talks(self._say)
        self._away = Away(quota, hold)
        self._schedule = Schedule(quota.label, self._terms)
        self._log = StoreLog(quota.label)
        self._is_wanting = False
        """Whether the store takes it that this client wants more than it has got."""
        self._view: View | None = None
        self._is_closed = False
        self._changed: Callable[[], object] = int

    @property
    def paused_for(self) -> float:
        """As `Slots` says."""
        return self._schedule.paused_for(self._clock())

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
        return self._at_hand() or self._wait()

    def withdraw(self) -> None:
        """As `Slots` says."""
        self._waiting = 0
        if self._grants or self._is_wanting:
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
        if self._schedule.is_slow and lease.granted_at:
            self._news.accepted.append(lease.granted_at)
            self._schedule.ask_at_once()
            self._talks.soon()

    def throttled(self, lease: Lease, pause: float) -> None:
        """As `Slots` says: nothing goes out from here at once, and from the others when they ask next."""
        now = self._clock()
        self._away.throttled(lease, now, pause)
        self._schedule.throttled(now + pause)
        self._news.throttled.append((lease.granted_at, now + pause))
        self._give_all_back(now)
        self._talks.start()

    def time_for(self, requests: int) -> float:
        """As `Slots` says, by the window as the last message showed it."""
        now = self._clock()
        closed = self._schedule.closed_for(now)
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
        if self._schedule.paused_for(now):
            return self._wait()
        lease = self._take_granted(now)
        if lease is not None:
            return lease
        if self._away.is_between_tries(now):
            return self._ask_alone(now)
        return self._wait() if self._schedule.is_too_early(now) else None

    def _take_granted(self, now: float) -> Lease | None:
        """Hand a lease out that the store has granted; one that has waited for too long is void."""
        lease, void = self._grants.take(now)
        self._news.given_back(void, now)
        if lease is not None:
            self._away.took(lease, now)
        return lease

    def _ask_alone(self, now: float) -> Lease | Wait:
        """Do what is to be done while the store is away."""
        got = self._away.ask(self._grants.next_numbers(1)[0], now)
        if isinstance(got, Lease):
            self._news.sent(got.number, now)
        return got

    def _wait(self) -> Wait:
        return self._schedule.wait(self._clock(), self._draw())

    def _give_all_back(self, now: float) -> None:
        self._news.given_back(self._grants.clear(), now)

    async def _say(self, is_needed: bool) -> None:  # noqa: FBT001 -- as `Talks` calls it
        """Tell what there is to tell, and ask for all that wait."""
        if is_needed and self._grants:
            # A message before this one has brought something.
            return
        now = self._clock()
        if not self._waiting:
            self._give_all_back(now)
        self._news.forget(now, window=self._terms.per + self._terms.margin, hold=self._terms.hold)
        wants = max(0, min(self._waiting - len(self._grants), MOST_LEASES))
        if not (wants or self._news or self._is_wanting):
            return
        news, self._news = self._news, News()
        numbers = self._grants.next_numbers(wants)
        self._is_wanting = wants > 0
        try:
            reply = await self._store.exchange(self._write(news, numbers, now))
        except BaseException:
            # It may have been granted all the same; that something is wanted the store forgets by itself.
            self._is_wanting = False
            self._news.put_back(news)
            self._news.given_back(numbers, now)
            raise
        self._read(reply, numbers, now)

    def _write(self, news: News, numbers: range, now: float) -> Message:
        return Message(
            holder=self._holder,
            who=self._who,
            requests=self._terms.requests or 0,
            per=self._terms.per,
            hold=self._terms.hold,
            margin=self._terms.margin,
            epoch=self._epoch,
            wants=len(numbers),
            first=numbers.start,
            **news.by_ages(now),
            details=self._view is None or now - self._view.ours > DETAILS_AFTER,
        )

    def _read(self, reply: Reply, numbers: range, asked_at: float) -> None:
        now = self._clock()
        self._away.is_back(now)
        self._log.tell(reply, now)
        self._epoch = reply.epoch
        self._grants.add(numbers[: reply.granted], asked_at=asked_at, granted_at=reply.clock)
        self._is_wanting = len(numbers) > reply.granted
        in_vain = bool(numbers) and not reply.granted
        self._schedule.read(reply, now, self._draw(), in_vain=in_vain, throttled_since=bool(self._news.throttled))
        if self._news.throttled:
            # A 429 that came while the message was on its way: the store has not heard of it.
            self._give_all_back(now)
        if reply.state is not None:
            self._view = View(reply.state, reply.clock, now)
        self._changed()
