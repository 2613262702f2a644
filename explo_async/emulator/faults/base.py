"""What every fault has.

Every fault says when it applies by `page` (None: any), `attempt` (1: the first request for that page; None:
any), `every` (the third, sixth ... request that these two let through) and `times` (at most so often). The
first fault of the script that applies happens. A new kind is a class with its own `happen`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from attrs import field, frozen, validators

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange


@frozen
class Fault(ABC):
    """What every fault has; subclasses say what happens."""

    page: int | None = field(default=None, kw_only=True)
    attempt: int | None = field(default=None, kw_only=True)
    every: int = field(default=1, kw_only=True, validator=validators.ge(1))
    times: int | None = field(default=None, kw_only=True)

    def concerns(self, page: int | None, attempt: int) -> bool:
        """Tell whether the fault is meant for this attempt at this page."""
        return self.page in {None, page} and self.attempt in {None, attempt}

    @abstractmethod
    async def happen(self, exchange: Exchange) -> Answer | None:
        """Return the answer to give, or None after having ended the connection."""


@frozen
class Randomly:
    """Makes a fault happen to this share of the requests that it concerns.

    Which ones depends on the emulator's seed, the page and the attempt, not on the order of arrival.
    """

    fault: Fault
    rate: float = field(validator=[validators.ge(0), validators.le(1)])
