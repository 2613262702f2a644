"""The tasks of a run: one for each page that was asked for and has not come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from explo_async.evidence import Ask


@frozen
class Asked:
    """A page that was asked for; `sent` is the ledger's moment at that time."""

    ask: Ask
    sent: int = 0
    is_first: bool = False
    """Whether it is the page 1 that tells how to go on."""


class UnderWay:
    """Owns the tasks; `ended` is called in the loop with each one that ends, unless it was dropped."""

    def __init__(self, ended: Callable[[Asked, asyncio.Task[Any]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = ended
        self._tasks: dict[asyncio.Task[Any], Asked] = {}
        self._dropped: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def asks(self) -> set[Ask]:
        """Return what is asked for and not answered."""
        return {asked.ask for asked in self._tasks.values()}

    def start(self, asked: Asked, page: Coroutine[Any, Any, Any]) -> None:
        """Ask for a page."""
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

    def _settle(self, task: asyncio.Task[Any]) -> None:
        if task in self._dropped:
            self._dropped.discard(task)
            # An exception that nobody looks at is logged as never retrieved.
            _ = task.cancelled() or task.exception()
        else:
            self._ended(self._tasks.pop(task), task)
