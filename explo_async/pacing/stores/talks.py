"""When a client talks to its store: one message at a time, at once where a request waits for it, else soon."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from explo_async.pacing.stores.store import StoreFailure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FLUSH = 0.05
"""Seconds after which an answer is told, if no message goes before."""
TRY_AGAIN = 1.0
"""Seconds between two tries to reach a store, while a request waits for it."""
TELL_AGAIN = 2.0
"""The same where none does, and there is still something to tell."""

logger: logging.Logger = logging.getLogger("explo_async")


class Talks:
    """One per client. `say` sends what there is to say; `is_needed` tells it whether a request waits for the reply."""

    def __init__(self, say: Callable[[bool], Awaitable[None]]) -> None:
        self._say = say
        self._line = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def now(self) -> None:
        """Talk; raises `StoreFailure`.

        Goes on if whoever waits is cancelled, since what the store grants must be given back.
        """
        await asyncio.shield(self._begin(is_needed=True))

    def start(self) -> None:
        """Talk in the background."""
        if not self._is_closed:
            self._begin(is_needed=False)

    def soon(self, seconds: float = FLUSH) -> None:
        """Talk in the background in a moment, unless something is said before."""
        if self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.start)

    async def close(self, seconds: float) -> None:
        """Talk once more, and wait for the end of all for so long at most."""
        self.start()
        self._is_closed = True
        await asyncio.wait(self._tasks, timeout=seconds)
        self._stop_timer()
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _begin(self, *, is_needed: bool) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._talk(is_needed))
        self._tasks.add(task)
        task.add_done_callback(self._note_end)
        return task

    async def _talk(self, is_needed: bool) -> None:  # noqa: FBT001 -- private
        async with self._line:
            self._stop_timer()
            try:
                await self._say(is_needed)
            except StoreFailure as failure:
                if not failure.is_broken_off:
                    raise
                # An idle connection may have been closed; a new one tells whether the store is there.
                await self._say(is_needed)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, StoreFailure):
            # Whoever needs the store meets the failure too.
            logger.debug("the quota's store was not told: %s", failure.why)
            self.soon(TELL_AGAIN)
        elif failure is not None:
            logger.error("the quota's store was not told", exc_info=failure)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
