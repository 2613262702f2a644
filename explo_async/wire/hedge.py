"""A second request for a page whose answer is late: the first answer wins, the other request is cancelled.

Only the tail of the latencies is cut: each hedge spends a slot of the quota as well.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from explo_async.wire.answer import Answer


async def first_answer(send: Callable[[Callable[[], None]], Coroutine[Any, Any, Answer]], after: float) -> Answer:
    """Send, and once more if there is no answer `after` seconds after the sending; return the first answer.

    `send` calls what it is given at the moment of the real sending. A request that fails leaves it to the other one;
    the failure of the last one is raised.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Answer] = loop.create_future()
    tasks: set[asyncio.Task[Answer]] = set()
    timers: list[asyncio.TimerHandle] = []

    def start(on_sent: Callable[[], None]) -> None:
        task = loop.create_task(send(on_sent))
        tasks.add(task)
        task.add_done_callback(settle)

    def settle(task: asyncio.Task[Answer]) -> None:
        tasks.discard(task)
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        if outcome.done():
            return
        if failure is None:
            outcome.set_result(task.result())
        elif not tasks:
            outcome.set_exception(failure)

    def sent() -> None:
        timers.append(loop.call_later(after, start, lambda: None))

    start(sent)
    try:
        return await outcome
    finally:
        for timer in timers:
            timer.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
