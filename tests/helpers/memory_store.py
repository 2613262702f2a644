"""A store in memory that decides as all stores do, as far away as a test says; for tests on a virtual loop."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from math import inf
from typing import TYPE_CHECKING

from explo_async.pacing.stores.message import Message, Reply, answer
from explo_async.pacing.stores.store import Look, StoreFailure

if TYPE_CHECKING:
    from explo_async.pacing.window_state import State

AHEAD = 1_000_000.0
"""Seconds by which its clock is ahead of the loop's."""
LOST_REPLY = StoreFailure("the reply was lost", "try again")


class MemoryStore:
    """As `Store` says; `told` are the messages that have reached it."""

    def __init__(self, *, latency: float = 0.0) -> None:
        self.state: State | None = None
        self.told: list[Message] = []
        self.tries = 0
        self.latency = latency
        self.failure: StoreFailure | None = None
        """What exchanges fail with before anything is heard of them."""
        self.fails_until: float = inf
        """The last try that fails so."""
        self.lost_replies = 0
        """How many of the next replies are lost, the messages of which are heard."""
        self.run = "first"
        self.up = inf
        self.epoch = "one"
        self.closed = 0

    async def exchange(self, message: Message) -> Reply:
        """As `Store` says; there and back takes `latency`."""
        self.tries += 1
        await asyncio.sleep(self.latency / 2)
        if self.failure is not None and self.tries <= self.fails_until:
            raise self.failure
        self.told.append(deepcopy(message))
        self.state, reply = answer(
            self.state,
            deepcopy(message),
            clock=asyncio.get_running_loop().time() + AHEAD,
            run=self.run,
            up=self.up,
            epoch=self.epoch,
            clock_goes_on=True,
        )
        reply = deepcopy(reply)
        await asyncio.sleep(self.latency / 2)
        if self.lost_replies:
            self.lost_replies -= 1
            raise LOST_REPLY
        return reply

    async def look(self) -> Look:
        """As `Store` says."""
        clock = asyncio.get_running_loop().time() + AHEAD
        return Look(state=self.state, clock=clock, kind="memory", up=self.up)

    async def reset(self) -> None:
        """As `Store` says."""
        self.state = None

    async def close(self) -> None:
        """As `Store` says."""
        self.closed += 1

    @property
    def in_flight(self) -> int:
        """Count the leases that have not ended."""
        return 0 if self.state is None else sum(len(holder.leases) for holder in self.state.holders)
