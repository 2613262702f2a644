"""The one consumer of a run, who waits for something to change."""

from __future__ import annotations

import asyncio


class Waiter:
    """Lets one task at a time sleep until it is woken."""

    def __init__(self) -> None:
        self._woken: asyncio.Future[None] | None = None

    @property
    def is_asleep(self) -> bool:
        """Whether somebody waits."""
        return self._woken is not None

    def wake(self) -> None:
        """Wake who waits, if anybody does."""
        if self._woken and not self._woken.done():
            self._woken.set_result(None)

    async def sleep(self) -> None:
        """Wait for `wake`. Raises RuntimeError while another task waits."""
        if self._woken is not None:
            msg = "another task is waiting for the next customers of this stream: one at a time"
            raise RuntimeError(msg)
        self._woken = asyncio.get_running_loop().create_future()
        try:
            await self._woken
        finally:
            self._woken = None
