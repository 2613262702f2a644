"""The one consumer of a run, who waits for something to change."""

from __future__ import annotations

import asyncio

import pytest

from explo_async.engine.waiter import Waiter


async def asleep(waiter: Waiter) -> asyncio.Task[None]:
    """Let a task fall asleep."""
    task = asyncio.create_task(waiter.sleep())
    await asyncio.sleep(0)
    return task


async def test_who_sleeps_is_woken() -> None:
    """He sleeps until then, and may sleep again."""
    waiter = Waiter()
    assert not waiter.is_asleep
    for _ in range(2):
        task = await asleep(waiter)
        assert waiter.is_asleep
        waiter.wake()
        # A second time before he has run does no harm.
        waiter.wake()
        await task
        assert not waiter.is_asleep


async def test_a_call_that_nobody_hears_is_forgotten() -> None:
    """Who falls asleep after it sleeps until the next one."""
    waiter = Waiter()
    waiter.wake()
    task = await asleep(waiter)
    assert not task.done()
    waiter.wake()
    await task


async def test_only_one_can_sleep() -> None:
    """A second one is refused, and the first sleeps on."""
    waiter = Waiter()
    task = await asleep(waiter)
    with pytest.raises(RuntimeError, match=r"^another task is waiting for the next customers of this stream: one at a"):
        await waiter.sleep()
    assert waiter.is_asleep
    waiter.wake()
    await task


async def test_who_is_cancelled_leaves_his_place() -> None:
    """Nobody is asleep then, and the next one can be."""
    waiter = Waiter()
    (await asleep(waiter)).cancel()
    await asyncio.sleep(0)
    assert not waiter.is_asleep
    waiter.wake()
    task = await asleep(waiter)
    waiter.wake()
    await task
