"""Work in threads beside the loop: it is never left at work, and what it raises is not lost."""

from __future__ import annotations

import asyncio
import threading

import pytest

from explo_async.threads import Gathering, beside


class Disk:
    """Takes things in; holds on until it is released."""

    def __init__(self) -> None:
        self.taken: list[list[int]] = []
        self.busy = threading.Event()
        self.released = threading.Event()

    def take(self, things: list[int]) -> None:
        """Take things in."""
        self.busy.set()
        assert self.released.wait(30)
        self.taken.append(things)


async def busy(disk: Disk) -> None:
    """Wait until a thread is at work."""
    await asyncio.to_thread(disk.busy.wait)


async def test_a_piece_gives_its_result() -> None:
    """What the thread returns, or raises, comes back."""
    assert await beside(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await beside(divmod, 7, 0)


async def test_a_cancelled_piece_is_waited_for() -> None:
    """The cancellation comes when the thread is done, not before."""
    disk = Disk()
    task = asyncio.create_task(beside(disk.take, [1]))
    await busy(disk)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    disk.released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert disk.taken == [[1]]


async def test_what_comes_meanwhile_is_handed_over_together() -> None:
    """While the thread is busy things gather, and go to it in one piece, in order, all of them before the end."""
    disk = Disk()
    async with Gathering(disk.take, most=8) as gathering:
        await gathering.add(0)
        await busy(disk)
        for number in range(1, 5):
            await gathering.add(number)
        disk.released.set()
    assert disk.taken == [[0], [1, 2, 3, 4]]


async def test_no_more_gather_than_allowed() -> None:
    """Whoever adds too much waits for the thread."""
    disk = Disk()
    async with Gathering(disk.take, most=2) as gathering:
        await gathering.add(0)
        await busy(disk)
        await gathering.add(1)
        waiting = asyncio.create_task(gathering.add(2))
        await asyncio.sleep(0)
        assert not waiting.done()
        disk.released.set()
        await waiting
    assert disk.taken == [[0], [1, 2]]


def fail(_: list[int]) -> None:
    """Fail."""
    raise OSError(28, "No space left on device")


async def hand_over(things: int, *, wait: bool = False, failure: Exception | None = None) -> None:
    """Hand things over to work that fails."""
    async with Gathering(fail, most=8) as gathering:
        for thing in range(things):
            await gathering.add(thing)
            if wait:
                await asyncio.to_thread(int)
        if failure:
            raise failure


@pytest.mark.parametrize(("things", "wait"), [(1, False), (1000, True), (1000, False)])
async def test_a_failure_is_raised_at_the_next_thing_or_at_the_end(things: int, *, wait: bool) -> None:
    """Where somebody can do something about it."""
    with pytest.raises(OSError, match="No space left"):
        await hand_over(things, wait=wait)


async def test_a_failure_is_not_raised_over_another() -> None:
    """The first error is the one to tell."""
    with pytest.raises(ZeroDivisionError):
        await hand_over(1, failure=ZeroDivisionError())


async def test_a_cancellation_waits_for_the_thread() -> None:
    """When the block is left, nobody is at work any more."""
    disk = Disk()

    async def work() -> None:
        async with Gathering(disk.take, most=8) as gathering:
            await gathering.add(0)
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await busy(disk)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    disk.released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert disk.taken == [[0]]
