"""What is tried with a fleet: how long it takes, and what happens when its processes are killed and frozen at random."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from explo_async import RateLimit, SharedQuota
from explo_async.pacing.lease import LONGEST_START
from explo_async.pacing.stores import open_store
from explo_async.pacing.stores.shared_slots import MARGINS
from explo_async.pacing.window import Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from random import Random

    from explo_async.emulator.process import EmulatorProcess, Stats
    from explo_async.pacing.stores.store import Store
    from explo_async.pacing.window_state import State
    from tests.promises.fleet.processes import Fleet, Place, Worker
    from tests.promises.fleet.worker import Job, Said

PROCESSES = 4


@frozen(kw_only=True)
class Pace:
    """Some processes have fetched a list each."""

    said: list[Said]
    pages: int
    seconds: float
    ideal: float
    """What the quota alone makes them take: the last request may go out then."""
    stats: Stats

    @property
    def ratio(self) -> float:
        """How much longer it took."""
        return self.seconds / self.ideal


def pace(fleet: Fleet, emulator: EmulatorProcess, job: Job, places: Sequence[Place] = ()) -> Pace:
    """Let four processes, or one in each place, begin at the same time, and wait for them."""
    workers = fleet.start_at(*((job, place) for place in places)) if places else fleet.start(*[job] * PROCESSES)
    said = [each for worker in workers for each in worker.wait()]
    seconds = max(each.ended for each in said) - min(each.began for each in said)
    pages = sum(each.pages for each in said)
    ideal = max(1, ceil(pages / job.requests) - 1) * job.per
    return Pace(said=said, pages=pages, seconds=seconds, ideal=ideal, stats=emulator.stats())


@define
class Chaos:
    """Kills and freezes processes at random, and puts new ones in the place of those that are gone."""

    fleet: Fleet
    job: Job
    """Of lists without an end."""
    random: Random
    frozen_for: float = 3.0
    between: float = 0.7
    """Seconds between two strokes at most."""
    places: Sequence[Place] = ()
    """Where processes run, one after the other."""
    killed: int = 0
    frozen: int = 0
    _thaws: dict[Worker, float] = field(factory=dict)
    _alive: list[Worker] = field(factory=list)
    _started: int = 0

    def begin(self) -> None:
        """Start the first processes."""
        self._alive = [self._start() for _ in range(PROCESSES)]

    def strike(self) -> None:
        """Kill or freeze one, in a while."""
        self._pass_time(self.random.uniform(0, self.between))
        awake = [worker for worker in self._alive if not worker.is_frozen]
        # Somebody has to go on.
        if len(awake) > 1 and self.random.random() < 0.5:
            worker = self.random.choice(awake)
            worker.freeze()
            self._thaws[worker] = time.monotonic() + self.frozen_for
            self.frozen += 1
        else:
            # One that stands still as well.
            worker = self.random.choice(self._alive)
            worker.kill()
            self._thaws.pop(worker, None)
            self._alive.remove(worker)
            self._alive.append(self._start())
            self.killed += 1

    def go_on(self, seconds: float) -> None:
        """Leave them alone for so long, save that the frozen ones thaw."""
        self._pass_time(seconds)

    def kill_all(self) -> None:
        """Kill all that are there."""
        for worker in self._alive:
            worker.kill()
        self._alive.clear()
        self._thaws.clear()

    def _start(self) -> Worker:
        place = self.places[self._started % len(self.places)] if self.places else None
        self._started += 1
        (worker,) = self.fleet.start(self.job, place=place)
        return worker

    def _pass_time(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            for worker in [worker for worker, at in self._thaws.items() if at <= now]:
                del self._thaws[worker]
                worker.thaw()
            if now >= end:
                return
            time.sleep(max(0.0, min([end, *self._thaws.values()]) - now))


def hold_of(job: Job) -> float:
    """Return the seconds after which the slots of a process that was killed are free again: B + D + W + m."""
    return LONGEST_START + job.request_timeout + job.per + job.per / MARGINS


def look(job: Job) -> tuple[State, float]:
    """Return what a store keeps by now, and its time."""

    async def read() -> tuple[State, float]:
        async with _store_of(job) as store:
            found = await store.look()
        assert found.state is not None
        return found.state, Window(found.state).tick(found.clock)

    return asyncio.run(read())


def reset(job: Job) -> None:
    """Open a store that has just been started: nobody has been sending."""

    async def write() -> None:
        async with _store_of(job) as store:
            await store.reset()

    asyncio.run(write())


@asynccontextmanager
async def _store_of(job: Job) -> AsyncIterator[Store]:
    quota = SharedQuota(str(job.store), limit=RateLimit(job.requests, per=job.per))
    store = open_store(quota, job.url)
    try:
        yield store
    finally:
        await store.close()


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait for something that nothing tells of."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it has taken too long"
        time.sleep(0.02)
