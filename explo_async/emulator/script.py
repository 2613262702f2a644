"""Which fault happens to which request. Pure, and the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from explo_async.emulator.faults import Fault, Randomly

if TYPE_CHECKING:
    from collections.abc import Sequence


class Script:
    """The faults of one emulator and how often each has happened."""

    def __init__(self, faults: Sequence[Fault | Randomly], seed: int) -> None:
        self._lines = [_Line(fault, f"{seed}:{number}") for number, fault in enumerate(faults)]

    def pick(self, page: int | None, attempt: int) -> Fault | None:
        """Return the first fault that applies to this attempt at this page."""
        return next((line.fault for line in self._lines if line.applies(page, attempt)), None)


class _Line:
    def __init__(self, fault: Fault | Randomly, key: str) -> None:
        self.fault, self._rate = (fault.fault, fault.rate) if isinstance(fault, Randomly) else (fault, 1.0)
        self._key = key
        self._met = 0
        self._happened = 0

    def applies(self, page: int | None, attempt: int) -> bool:
        if not self.fault.concerns(page, attempt) or not self._drawn(page, attempt):
            return False
        self._met += 1
        if self._met % self.fault.every or self._happened == self.fault.times:
            return False
        self._happened += 1
        return True

    def _drawn(self, page: int | None, attempt: int) -> bool:
        if self._rate == 1:
            return True
        return Random(f"{self._key}:{page}:{attempt}").random() < self._rate
