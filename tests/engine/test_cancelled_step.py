"""A step of a stream that is cancelled ends the run at once, whatever is kept of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from explo_async import ClientClosed, ExploClient
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang
from tests.helpers.tasks import ours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from explo_async import CustomerStream


@pytest.mark.parametrize("how", ["timeout", "wait_for", "cancel"])
@pytest.mark.parametrize(
    "walk",
    [aiter, lambda stream: stream.pages(), lambda stream: stream.records()],
    ids=["customers", "pages", "records"],
)
async def test_every_request_ends(walk: Callable[[CustomerStream], AsyncIterator[object]], how: str) -> None:
    """All tasks of the run are cancelled with the step, though stream, iterator and exception are kept."""
    async with (
        Emulator(200, faults=[Hang("headers", page=page) for page in range(2, 21)]) as emulator,
        ExploClient(emulator.token, base_url=emulator.url) as explo,
    ):
        stream = explo.customers.stream(page_size=10, consistency="off")
        steps = walk(stream)
        kept: BaseException | None = None
        came = asyncio.Event()

        async def go_on() -> None:
            async for _ in steps:
                came.set()

        async def go_on_for_a_moment() -> None:
            async with asyncio.timeout(0.05):
                await go_on()

        try:
            if how == "timeout":
                await go_on_for_a_moment()
            elif how == "wait_for":
                await asyncio.wait_for(go_on(), 0.05)
            else:
                task = asyncio.create_task(go_on())
                await came.wait()
                task.cancel()
                await task
        except (TimeoutError, asyncio.CancelledError) as error:
            kept = error
        assert kept is not None
        # Cancelled they are; to end they need one turn more.
        assert all(task.cancelling() for task in ours(asyncio.all_tasks()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not ours(asyncio.all_tasks())
        with pytest.raises(ClientClosed, match="closed before its end"):
            await anext(steps)
        assert stream.report is not None
        assert stream.report.verdict == "incomplete"
