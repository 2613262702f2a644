"""The tasks of a run: one for each page that was asked for and has not come."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import define

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from explo_async.plan import Ask

ResultT = TypeVar("ResultT")
"""What a task brings."""


@define(eq=False)
class Asked:
    """A page that was asked for, and when, counted in answers that had arrived by then."""

    ask: Ask
    is_first: bool = False
    """Whether it is the page 1 that tells how to go on."""
    is_count: bool = False
    """Whether nothing but its total is wanted."""
    sent: int | None = None
    """The answers that had arrived when the request really went out: the latest, if it had to be repeated."""
    started: int = 0
    """The answers that had arrived when it was decided to ask."""
    arrived: int = -1
    """The answers that had arrived before its own."""
    at: float = 0.0
    """Unix seconds when it went out."""
    is_out: bool = True
    """Whether it is on its way or waits for its turn; not while it is decoded, or backs off after a failure."""

    @property
    def sent_at(self) -> int:
        """The answers that had certainly arrived when it went out."""
        return self.started if self.sent is None else self.sent


class Tasks(Generic[ResultT]):
    """Owns the tasks; `ended` is called in the loop with each one that ends, unless it was dropped."""

    def __init__(self, ended: Callable[[Asked, asyncio.Task[ResultT]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = ended
        self._tasks: dict[asyncio.Task[ResultT], Asked] = {}
        self._arrivals = 0
        self._is_mute = False
        self._dropped: set[asyncio.Task[ResultT]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def asks(self) -> set[Ask]:
        """Return what is asked for and not answered."""
        return {asked.ask for asked in self._tasks.values()}

    @property
    def out(self) -> int:
        """How many are on their way or wait for their turn."""
        return sum(asked.is_out for asked in self._tasks.values())

    @property
    def oldest(self) -> int | None:
        """How many answers had arrived when the oldest request went out whose answer is not entered; None without."""
        told = (asked for asked in self._tasks.values() if self._is_mute or asked.sent is not None)
        return min((asked.sent_at for asked in told), default=None)

    def note_sent(self, asked: Asked) -> None:
        """Note that a request goes out now; a second one for the same attempt does not count."""
        if asked.sent is None or not asked.is_out:
            asked.sent, asked.at, asked.is_out = self._arrivals, time.time(), True

    def note_arrival(self, asked: Asked) -> None:
        """Note that its answer is there, not decoded yet, or that the attempt has failed."""
        # A session that answers by itself, as mocks do, tells of no sending.
        self._is_mute = self._is_mute or asked.sent is None
        asked.arrived, asked.is_out = self._arrivals, False
        self._arrivals += 1

    def start(self, asked: Asked, page: Coroutine[object, None, ResultT]) -> None:
        """Ask for a page."""
        asked.started = self._arrivals
        task = self._loop.create_task(page)
        self._tasks[task] = asked
        task.add_done_callback(self._settle)

    def cancel(self) -> None:
        """Cancel everything; `ended` still hears of it."""
        for task in self._tasks:
            task.cancel()

    def drop(self) -> None:
        """Cancel everything, and let nobody hear of it."""
        self.cancel()
        self._dropped.update(self._tasks)
        self._tasks.clear()

    async def wait(self) -> None:
        """Wait until every task has ended."""
        await asyncio.gather(*self._tasks, *self._dropped, return_exceptions=True)

    def _settle(self, task: asyncio.Task[ResultT]) -> None:
        if task in self._dropped:
            self._dropped.discard(task)
            # An exception that nobody looks at is logged as never retrieved.
            _ = task.cancelled() or task.exception()
        else:
            self._ended(self._tasks.pop(task), task)
