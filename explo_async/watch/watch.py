"""`Watch`: round after round, a proved list compared with what is acknowledged, and the events that follow from it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Self, TypeVar

from explo_async.errors import ClientClosed, ConfigurationError, ExploError
from explo_async.threads import beside
from explo_async.watch.events import Added, Changed, Event, Held, Removed, Skipped, Synced
from explo_async.watch.opening import open_state
from explo_async.watch.reading import read_list
from explo_async.watch.rows import decode_row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from types import TracebackType

    from explo_async.models import FetchReport
    from explo_async.watch.reading import Lists
    from explo_async.watch.settings import Settings
    from explo_async.watch.settling import Settled
    from explo_async.watch.state import State, Told

CHUNK = 500
"""Events that are read from the state at once."""
T = TypeVar("T")
logger: logging.Logger = logging.getLogger("explo_async")


class Watch:
    """The events of a list: `async for event in events`, in an `async with` block.

    A round begins when whoever iterates has taken the events of the one before and the period is over: never two at
    once, and none while an event is being handled. It is iterated by one task; `done` may be called by any.
    """

    def __init__(
        self,
        lists: Lists,
        settings: Settings,
        state: Path | None,
        *,
        adopt_state: bool,
        keep: Callable[[Watch], object],
    ) -> None:
        self._lists = lists
        self._settings = settings
        self._path = state
        self._adopt = adopt_state
        self._keep = keep
        self._draw = SystemRandom().random
        self._state: State | None = None
        self._turn = asyncio.Lock()
        self._ready: deque[Event] = deque()
        self._tail: list[Event] = []
        self._read_up_to = 0
        self._is_telling = False
        self._due = 0.0
        self._cut = asyncio.Event()
        self._failure: ExploError | None = None
        self._is_stepping = False

    async def __aenter__(self) -> Self:
        if self._state is not None or self._failure is not None:
            msg = "this watch was begun before; make a new one with client.customers.watch()"
            raise RuntimeError(msg)
        lists = self._lists
        opening = partial(open_state, self._path, lists.filters, lists.digest, adopt=self._adopt)
        self._state = await beside(opening)
        self._keep(self)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the watch, and let go of its state; what was acknowledged is on the disk."""
        await self.cut_off(ClientClosed("the watch was closed"))
        async with self._turn:
            state, self._state = self._state, None
            if state is not None:
                await beside(state.close)

    async def cut_off(self, failure: ExploError) -> None:
        """Let whoever iterates get an error in place of the next event."""
        self._failure = self._failure or failure
        self._cut.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event, when there is one; what is in a round that is cancelled is told in the next.

        Raises `ClientClosed`, and `WatchStateError` where the state cannot be written.
        """
        if self._is_stepping:
            msg = "two tasks iterate one watch"
            raise RuntimeError(msg)
        self._is_stepping = True
        try:
            while True:
                if self._failure is not None:
                    raise self._failure
                if self._ready:
                    return self._ready.popleft()
                if self._is_telling:
                    await self._tell_more()
                else:
                    await self._pause()
                    await self._round()
        finally:
            self._is_stepping = False

    async def _pause(self) -> None:
        """Wait until the next round is due, or the watch is ended."""
        wait = self._due - asyncio.get_running_loop().time()
        if wait > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._cut.wait()

    async def _round(self) -> None:
        if self._failure is not None:
            raise self._failure
        begun = asyncio.get_running_loop().time()
        try:
            found = await read_list(self._lists, self._do)
        except (ClientClosed, ConfigurationError):
            raise
        except ExploError as error:
            logger.info("watch: no list in this round: %s", error)
            self._ready.append(Skipped(error, acknowledge=self._until(self._read_up_to)))
            self._lists.observer().round_ended("watch", "skipped", 0, 0)
        else:
            await self._follow(found.report, found.failure)
        self._due = self._settings.next_round(begun, self._draw())

    async def _follow(self, report: FetchReport, failure: ExploError | None) -> None:
        """Take a list for the one to go by."""
        is_first = self._settings.initial == "skip" and not await self._do(lambda state: state.is_begun)
        if is_first:
            counts, reason, last = await self._do(lambda state: state.take_as_known()), None, self._read_up_to
        else:
            settled = await self._settle(report)
            counts, reason, last = settled.counts, settled.reason, settled.last
        done = self._until(last)
        self._tail = []
        if reason is not None:
            self._tail.append(Held(counts, reason, acknowledge=done))
        if failure is not None:
            self._tail.append(Skipped(failure, "removals", acknowledge=done))
        self._tail.append(Synced(report, counts, acknowledge=done))
        self._lists.observer().round_ended("watch", "synced", counts.listed, counts.held)
        self._is_telling = True

    async def _settle(self, report: FetchReport) -> Settled:
        """Note what is to be told, a piece of work at a time, all of it or nothing."""
        async with self._turn:
            state = self._open()
            steps = state.settle(report, self._settings)
            ended: list[Settled] = []

            def step() -> None:
                try:
                    next(steps)
                except StopIteration as end:
                    ended.append(end.value)

            try:
                while not ended:
                    await beside(step)
            finally:
                await beside(steps.close)
            return ended[0]

    async def _tell_more(self) -> None:
        """Read the next events of the round; after them come what ends it."""
        told = await self._do(lambda state: state.read_told(self._read_up_to, CHUNK))
        if told:
            self._read_up_to = told[-1][0]
            self._ready.extend(map(self._make_event, told))
        else:
            self._ready.extend(self._tail)
            self._is_telling = False

    def _make_event(self, told: Told) -> Event:
        seq, provided_id, telling = told
        now = decode_row(provided_id, telling.row)
        done = self._until(seq)
        if telling.kind == "added":
            return Added(now, acknowledge=done)
        if telling.kind == "removed":
            return Removed(now, acknowledge=done)
        assert telling.before is not None  # noqa: S101 -- of every change
        return Changed(telling.fields, decode_row(provided_id, telling.before), now, acknowledge=done)

    def _until(self, seq: int) -> Callable[[], Awaitable[None]]:
        """Return what acknowledges an event."""

        async def acknowledge() -> None:
            await self._do(lambda state: state.acknowledge(seq))

        return acknowledge

    async def _do(self, work: Callable[[State], T]) -> T:
        """Do a piece of work with the state, in a thread; one at a time."""
        async with self._turn:
            return await beside(work, self._open())

    def _open(self) -> State:
        if self._state is None:
            if self._failure is not None:
                raise self._failure
            msg = "the watch is not begun: use `async with client.customers.watch(...) as events`"
            raise ConfigurationError(msg)
        return self._state
