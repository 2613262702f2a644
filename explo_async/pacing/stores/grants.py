"""Leases that a store has granted and that no request has taken yet. Pure: the times are arguments."""

from __future__ import annotations

from collections import deque

from explo_async.pacing.lease import LONGEST_START, Lease


class Grants:
    """Hands leases out in their order, and numbers them; one that has waited for too long is void."""

    def __init__(self) -> None:
        self._numbers = 0
        self._leases: deque[tuple[float, Lease]] = deque()
        """And when each was asked for."""

    def __len__(self) -> int:
        return len(self._leases)

    def next_numbers(self, count: int) -> range:
        """Return numbers that no lease has had."""
        first, self._numbers = self._numbers, self._numbers + count
        return range(first, self._numbers)

    def add(self, numbers: range, *, asked_at: float, granted_at: float) -> None:
        """Take in what was granted, at a moment of the store's clock."""
        self._leases += [(asked_at, Lease(asked_at, number=number, granted_at=granted_at)) for number in numbers]

    def take(self, now: float) -> tuple[Lease | None, list[int]]:
        """Return the first that is good, None if none is, and the numbers of those that were void."""
        void: list[int] = []
        while self._leases:
            asked_at, lease = self._leases.popleft()
            if now - asked_at < LONGEST_START:
                return lease, void
            void.append(lease.number)
        return None, void

    def clear(self) -> list[int]:
        """Let go of all, and return their numbers."""
        numbers = [lease.number for _, lease in self._leases]
        self._leases.clear()
        return numbers
