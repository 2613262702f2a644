"""Lines in the log about what a store tells, and others would wonder at: each once."""

from __future__ import annotations

import logging
from math import inf
from typing import TYPE_CHECKING

from explo_async.pacing.stores.message import STARTED, reason

if TYPE_CHECKING:
    from explo_async.pacing.stores.message import Reply

SAME = 5.0
"""Seconds by which the end of being shut may move, as clocks do, and be the same."""

logger: logging.Logger = logging.getLogger("explo_async")


class StoreLog:
    """One per client."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shut_until = -inf
        self._lost: int | None = None

    def tell(self, reply: Reply, now: float) -> None:
        """Write down what is new in a reply."""
        if reply.shut and now + reply.shut > self._shut_until + SAME:
            self._shut_until = now + reply.shut
            advice = ""
            if reply.why == STARTED:
                advice = f"; if nobody has been sending, `explo-async quota {self._label} --reset` opens it"
            logger.warning(
                "nothing is sent for %.0f s: the quota's store %s %s%s",
                reply.shut,
                self._label,
                reason(reply.why),
                advice,
            )
        if self._lost is not None and reply.lost > self._lost:
            lost = reply.lost - self._lost
            logger.info("%d slots of the quota are free again whose holders never ended them", lost)
        self._lost = reply.lost
