"""Work in threads beside the event loop: one piece, or what gathers while the piece before is at work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

T = TypeVar("T")

MOST_GATHERED = 6_000_000
"""Bytes of a list that may wait for the disk, some ten usual pages, before whoever brings more has to wait."""


async def beside(work: Callable[..., T], *arguments: object) -> T:
    """Do a piece of work in a thread; a cancellation waits for its end, since nobody may close files under it.

    Raises what the work raises.
    """
    piece = asyncio.create_task(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(piece)
    except asyncio.CancelledError:
        await asyncio.wait([piece])
        raise


class Gathering(Generic[T]):
    """Hands things to `work` in a thread, all together that came while it was busy; inside `async with`.

    A thread waits for the interpreter each time that it comes back from the disk: one piece of work for each page
    would take longer than to read the page.
    """

    def __init__(self, work: Callable[[list[T]], object], *, most: int) -> None:
        self._work = work
        self._most = most
        self._gathered: list[T] = []
        self._weight = 0
        self._task: asyncio.Task[None]

    async def add(self, thing: T, weight: int = 1) -> None:
        """Hand one over; waits while those that are there weigh too much. Raises what `work` has raised."""
        self._gathered.append(thing)
        self._weight += weight
        if self._task.done():
            self._task.result()
            self._task = asyncio.create_task(self._hand_over())
        if self._weight >= self._most:
            await asyncio.shield(self._task)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._hand_over())
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.wait([self._task])
        failure = self._task.exception()
        if failure and exc_type is None:
            raise failure

    async def _hand_over(self) -> None:
        while self._gathered:
            things, self._gathered, self._weight = self._gathered, [], 0
            await asyncio.to_thread(self._work, things)
