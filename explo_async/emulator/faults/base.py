"""What every fault has.

Every fault says when it applies by `page` (None: any), `attempt` (1: the first request for that page; None:
any), `verb` ("list_customers", or the last part of another path, such as "create_customer"; None: any), `provided_id`
(of the customer that the request is about; None: any), `every` (the third, sixth ... request that these let
through) and `times` (at most so often). The first fault of the script that applies happens. A new kind is a class with
its own `happen`.

Where a good answer is needed, a write has been done: `Truncate` cuts the answer to a write that took place. Where none
is, nothing was done: after `Status(500)` or `Close()` all is as before, unless `done=True` has the write done first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from attrs import field, frozen, validators

from explo_async.emulator.refusals import VERBS

if TYPE_CHECKING:
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.exchange import Exchange
    from explo_async.emulator.request_log import Seen


@frozen
class Fault(ABC):
    """What every fault has; subclasses say what happens."""

    page: int | None = field(default=None, kw_only=True)
    attempt: int | None = field(default=None, kw_only=True)
    every: int = field(default=1, kw_only=True, validator=validators.ge(1))
    times: int | None = field(default=None, kw_only=True)
    verb: str | None = field(default=None, kw_only=True, validator=validators.optional(validators.in_(VERBS)))
    provided_id: str | None = field(default=None, kw_only=True)
    done: bool = field(default=False, kw_only=True)
    """Whether a write is done before this happens, whatever is answered then."""

    def concerns(self, seen: Seen) -> bool:
        """Tell whether the fault is meant for this request."""
        return (
            self.page in {None, seen.page}
            and self.attempt in {None, seen.attempt}
            and self.verb in {None, seen.verb}
            and self.provided_id in {None, seen.provided_id}
        )

    @abstractmethod
    async def happen(self, exchange: Exchange) -> Answer | None:
        """Return the answer to give, or None after having ended the connection."""


@frozen
class Randomly:
    """Makes a fault happen to this share of the requests that it concerns.

    Which ones depends on the emulator's seed, on the page (or the verb and the customer) and the attempt, not on the
    order of arrival.
    """

    fault: Fault
    rate: float = field(validator=[validators.ge(0), validators.le(1)])
