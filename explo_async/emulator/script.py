"""Which fault happens to which request. Pure, and the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from explo_async.emulator.faults import Fault, Randomly
from explo_async.emulator.refusals import LIST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.emulator.request_log import Seen


class Script:
    """The faults of one emulator and how often each has happened."""

    def __init__(self, faults: Sequence[Fault | Randomly], seed: int) -> None:
        self._lines = [_Line(fault, f"{seed}:{number}") for number, fault in enumerate(faults)]

    def pick(self, seen: Seen) -> Fault | None:
        """Return the first fault that applies to this request."""
        return next((line.fault for line in self._lines if line.applies(seen)), None)


class _Line:
    def __init__(self, fault: Fault | Randomly, key: str) -> None:
        self.fault, self._rate = (fault.fault, fault.rate) if isinstance(fault, Randomly) else (fault, 1.0)
        self._key = key
        self._met = 0
        self._happened = 0

    def applies(self, seen: Seen) -> bool:
        if not self.fault.concerns(seen) or not self._drawn(seen):
            return False
        self._met += 1
        if self._met % self.fault.every or self._happened == self.fault.times:
            return False
        self._happened += 1
        return True

    def _drawn(self, seen: Seen) -> bool:
        if self._rate == 1:
            return True
        about = seen.page if seen.verb == LIST.verb else f"{seen.verb}:{seen.provided_id}"
        return Random(f"{self._key}:{about}:{seen.attempt}").random() < self._rate
