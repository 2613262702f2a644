"""A client's part in a window that a store keeps: few messages, leases for all that wait, and what a failure means."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import deque
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

from explo_async.errors import QuotaUnavailable
from explo_async.pacing.lease import Lease
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.slots import LONGEST_START, Wait
from explo_async.pacing.stores.message import LOST, RESTARTED, STARTED, Message
from explo_async.pacing.stores.news import News
from explo_async.pacing.stores.store import StoreFailure
from explo_async.pacing.window import Terms, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.pacing.stores.message import Reply
    from explo_async.pacing.stores.store import Store

MOST_LEASES = 16
"""That are asked for at once."""
FLUSH = 0.05
"""Seconds after which an answer is told, if no message goes before."""
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
TRY_AGAIN = 1.0
"""Seconds between two tries to reach a store."""
CLOSE_SECONDS = 2.0
"""How long the last message may take."""
REASONS = {
    STARTED: "has just been started, and what was sent before that is not known",
    RESTARTED: "was restarted, or another server has taken over, and what was sent before that is not known",
    LOST: "has lost its memory, and what was sent before that is not known",
}

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
        self._quota = quota
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
        self._line = asyncio.Lock()
        self._talks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_wanting = False
        self._paused_until = -inf
        self._shut_until = -inf
        self._told_shut_until = -inf
        self._why = ""
        self._not_before = -inf
        """Until when a message would bring nothing."""
        self._due = inf
        """When something may be granted, as far as that is known."""
        self._is_slow = False
        self._lost: int | None = None
        self._view: tuple[Window, float, float] | None = None
        """The window as it was, the store's clock and ours at that moment."""
        fallback = quota.unavailable if isinstance(quota.unavailable, RateLimit) else None
        self._alone = Quota(fallback, hold=hold) if fallback else None
        """What this client goes by while the store is away: it has seen all that the client sent."""
        self._of_alone: dict[Lease, Lease] = {}
        self._failed_at: float | None = None
        self._try_at = -inf
        self._changed: Callable[[], object] = int

    @property
    def paused_for(self) -> float:
        """As `Slots` says."""
        return max(0.0, self._paused_until - self._clock())

    async def take(self, waiting: int) -> Lease | Wait:
        """As `Slots` says. Raises `QuotaUnavailable` where the store cannot be used and nothing else was asked for."""
        self._waiting = waiting
        now = self._clock()
        if self._paused_until > now:
            return self._wait(self._paused_until - now)
        lease = self._take_granted()
        if lease is not None:
            return lease
        if self._failed_at is not None and now < self._try_at:
            return self._do_without(None)
        if now < self._not_before:
            return self._wait(self._due - now)
        try:
            await self._talk(min(waiting, MOST_LEASES))
        except StoreFailure as failure:
            return self._do_without(failure)
        now = self._clock()
        return self._take_granted() or self._wait(max(self._due, self._paused_until) - now)

    def withdraw(self) -> None:
        """As `Slots` says."""
        self._waiting = 0
        if self._granted or self._is_wanting:
            self._is_wanting = False
            self._start_talk()
        if self._alone is not None:
            self._alone.withdraw()

    def ended(self, lease: Lease) -> None:
        """As `Slots` says."""
        now = self._clock()
        if self._alone is not None and (own := self._of_alone.pop(lease, None)) is not None:
            self._alone.answered(own, now)
        self._news.answered(lease.number, now)
        self._flush_soon()

    def give_back(self, lease: Lease) -> None:
        """As `Slots` says."""
        if self._alone is not None and (own := self._of_alone.pop(lease, None)) is not None:
            self._alone.give_back(own, self._clock())
        self._news.returned.append(lease.number)
        self._flush_soon()

    def accepted(self, lease: Lease) -> None:
        """As `Slots` says."""
        if self._alone is not None:
            self._alone.accepted(lease)
        if self._is_slow:
            self._news.accepted.append(lease.granted_at)
            self._not_before = -inf
            self._flush_soon()

    def throttled(self, lease: Lease, pause: float) -> None:
        """As `Slots` says: nothing goes out from here at once, and from the others when they ask next."""
        now = self._clock()
        self._is_slow = True
        self._paused_until = max(self._paused_until, now + pause)
        self._news.throttled.append((lease.granted_at, pause))
        self._news.returned += [each.number for _, each in self._granted]
        self._granted.clear()
        if self._alone is not None:
            self._alone.throttled(lease, now, pause)
        self._start_talk()

    def time_for(self, requests: int) -> float:
        """As `Slots` says, by the window as the last message showed it."""
        now = self._clock()
        closed = max(0.0, self._paused_until - now, self._shut_until - now)
        if self._view is None:
            windows = max(0, requests - 1) // (self._terms.requests or 1)
            return closed + windows * self._terms.per
        window, theirs, ours = self._view
        at = window.tick(theirs + (now - ours))
        holder = window.join(self._holder, self._terms, at)
        return max(closed, window.time_for(holder, requests, self._terms, at))

    def listen(self, changed: Callable[[], object]) -> None:
        """As `Slots` says."""
        self._changed = changed

    async def close(self) -> None:
        """As `Slots` says; what a store does not hear now costs its slots for a while."""
        self._waiting = 0
        if self._granted or self._is_wanting or self._news:
            self._start_talk()
        if self._talks:
            await asyncio.wait(self._talks, timeout=CLOSE_SECONDS)
        for talk in list(self._talks):
            talk.cancel()
        if self._timer is not None:
            self._timer.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._store.close()
        except (StoreFailure, TimeoutError):
            logger.debug("the quota's store %s was not closed well", self._quota.label)

    def _wait(self, seconds: float) -> Wait:
        """Return how long to wait, and when to ask again."""
        now = self._clock()
        again = self._not_before - now if self._not_before > now else seconds
        if self._paused_until > now:
            seconds = again = self._paused_until - now
        again = min(max(0.0, again), LOOK_AGAIN) + min(SPREAD, self._terms.margin) * self._draw()
        if self._shut_until > now:
            left = self._shut_until - now
            why = f"the quota's store {self._quota.label} {REASONS.get(self._why, 'is shut')}; it opens in {left:.0f} s"
            return Wait(left, why, again)
        return Wait(max(0.0, seconds), None, again)

    def _take_granted(self) -> Lease | None:
        """Hand a lease out that the store has granted; one that has waited for too long is void."""
        now = self._clock()
        while self._granted:
            asked_at, lease = self._granted.popleft()
            if now - asked_at < LONGEST_START:
                if self._alone is not None:
                    self._of_alone[lease] = self._alone.take(now)
                return lease
            self._news.returned.append(lease.number)
        return None

    def _do_without(self, failure: StoreFailure | None) -> Lease | Wait:
        """Return what may be done while the store is away; `failure` is None between two tries."""
        now = self._clock()
        label, unavailable = self._quota.label, self._quota.unavailable
        if failure is not None:
            self._try_at = now + TRY_AGAIN
            if self._failed_at is None:
                self._failed_at = now
                if unavailable != "raise":
                    going_on = "waiting for it"
                    if isinstance(unavailable, RateLimit):
                        going_on = f"going on with {unavailable.requests} requests in {unavailable.per:g} s"
                    logger.warning(
                        "the quota's store %s cannot be used: %s; %s (%s)", label, failure.why, going_on, failure.advice
                    )
            if unavailable == "raise" or (failure.for_good and unavailable == "wait"):
                self._failed_at, self._try_at = None, -inf
                what = f"the quota's store {label} cannot be used: {failure.why}"
                raise QuotaUnavailable(what, advice=failure.advice)
        if self._alone is None:
            return Wait(inf, f"the quota's store {label} cannot be used", max(0.0, self._try_at - now))
        got = self._alone.ask(now)
        if not isinstance(got, Lease):
            return Wait(got, None, min(got, max(0.0, self._try_at - now)))
        lease = Lease(now, number=self._next_numbers(1))
        self._of_alone[lease] = got
        self._news.sent(lease.number, now)
        return lease

    def _next_numbers(self, count: int) -> int:
        first = self._numbers
        self._numbers += count
        return first

    def _flush_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH, self._start_talk)

    def _start_talk(self) -> None:
        """Tell what there is to tell, in the background."""
        self._begin(0).add_done_callback(self._note_end)

    def _note_end(self, talk: asyncio.Task[None]) -> None:
        # Whoever needs the store next meets the failure too.
        if not talk.cancelled() and isinstance(talk.exception(), StoreFailure):
            logger.debug("the quota's store %s was not told: %s", self._quota.label, talk.exception())

    async def _talk(self, wants: int) -> None:
        """Tell and ask; goes on if whoever waits is cancelled, since what it is granted must be given back."""
        await asyncio.shield(self._begin(wants))

    def _begin(self, wants: int) -> asyncio.Task[None]:
        talk = asyncio.get_running_loop().create_task(self._exchange(wants))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        return talk

    async def _exchange(self, wants: int) -> None:
        async with self._line:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if wants and self._granted:
                # A message before this one has brought enough.
                return
            if not self._waiting:
                self._news.returned += [lease.number for _, lease in self._granted]
                self._granted.clear()
                wants = 0
            try:
                await self._say(wants)
            except StoreFailure as failure:
                if not failure.is_broken_off:
                    raise
                # An idle connection may have been closed; a new one tells whether the store is there.
                await self._say(wants)

    async def _say(self, wants: int) -> None:
        news, self._news = self._news, News()
        asked_at = self._clock()
        first = self._next_numbers(wants)
        try:
            reply = await self._store.exchange(self._write(news, wants, first, asked_at))
        except BaseException:
            # It may have been granted all the same.
            news.returned += range(first, first + wants)
            self._news.put_back(news)
            raise
        self._read(reply, first, asked_at)

    def _write(self, news: News, wants: int, first: int, now: float) -> Message:
        news.forget_before(now - self._terms.per - self._terms.margin)
        self._is_wanting = wants > 0
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
            returned=news.returned,
            accepted=news.accepted,
            throttled=news.throttled,
            adopted=[(number, now - at) for number, at in news.adopted],
            used=[now - at for at in news.used],
            details=self._view is None or now - self._view[2] > 1.0,
        )

    def _read(self, reply: Reply, first: int, asked_at: float) -> None:
        now = self._clock()
        self._epoch = reply.epoch
        for number in range(first, first + reply.granted):
            self._granted.append((asked_at, Lease(asked_at, number=number, granted_at=reply.clock)))
        self._is_slow = reply.is_slow
        self._paused_until = max(self._paused_until, now + reply.paused) if reply.paused else -inf
        self._shut_until = now + reply.shut if reply.shut else -inf
        self._why = reply.why
        self._due = inf if reply.wait is None else now + reply.wait
        again = reply.wait
        if again is None:
            unknown = min(LOOK_AGAIN_UNKNOWN, self._terms.per / 4)
            again = (LOOK_AGAIN_SLOW if reply.is_slow else unknown) * (1 + self._draw())
        self._not_before = now + min(again, LOOK_AGAIN) if self._is_wanting and not reply.granted else -inf
        if reply.state is not None:
            self._view = Window(reply.state), reply.clock, now
        self._tell(reply, now)

    def _tell(self, reply: Reply, now: float) -> None:
        """Leave lines in the log about what others would wonder at."""
        label = self._quota.label
        if self._failed_at is not None:
            logger.warning("the quota's store %s can be used again, after %.1f s", label, now - self._failed_at)
            self._failed_at, self._try_at = None, -inf
        if self._shut_until > self._told_shut_until + LOOK_AGAIN:
            self._told_shut_until = self._shut_until
            advice = ""
            if reply.why == STARTED:
                advice = f"; if nobody has been sending, `explo-async quota {label} --reset` opens it"
            logger.warning(
                "nothing is sent for %.0f s: the quota's store %s %s%s",
                reply.shut,
                label,
                REASONS.get(reply.why, "is shut"),
                advice,
            )
        if self._lost is not None and reply.lost > self._lost:
            lost = reply.lost - self._lost
            logger.info("%d slots of the quota are free again whose holders never ended them", lost)
        self._lost = reply.lost
