"""The cyclic garbage collector, kept quiet while one body is decoded.

A page of 1000 customers is thousands of new containers and no cycle among them; the collections that they would
trigger walk everything the program keeps, so a long list would cost more a page the longer it grows.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class CollectorPaused:
    """Context manager: no cyclic collection inside. Where the program had switched it off, it stays off.

    Only for a few milliseconds of synchronous work: the switch is the whole process's.
    """

    __slots__ = ("_was_enabled",)

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._was_enabled:
            gc.enable()
