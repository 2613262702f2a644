"""A watch whose process is killed by SIGKILL at any moment, over a real server whose list changes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient
from explo_async.emulator.thread import EmulatorThread
from explo_async.watch import Added, Changed, Removed, Synced

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.watch import Watch

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("WATCH_KILLS", "25"))
CUSTOMERS = 300
LONGEST = 0.5
"""Seconds that a process lives after its first request: a few rounds."""
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["explo_async.watch", "explo_async.client"])


async def follow(events: Watch, log: int, chance: random.Random, *, quiet_rounds: int = 0) -> None:
    """Write what each event says into a log, one write each, and acknowledge some; end once so many rounds were quiet."""
    quiet = 0
    async for event in events:
        match event:
            case Added(customer):
                line: list[Any] = ["added", customer.provided_id, customer.to_dict()]
            case Changed(fields, _, after):
                line = ["changed", after.provided_id, {name: after.to_dict()[name] for name in fields}]
            case Removed(last):
                line = ["removed", last.provided_id, None]
            case _:
                line = []
        if line:
            quiet = -1
            os.write(log, f"{json.dumps(line)}\n".encode())
        if isinstance(event, Synced):
            quiet += 1
        if chance.random() < 0.2 or quiet_rounds:
            await event.done()
        if quiet_rounds and quiet >= quiet_rounds:
            return


def consume(url: str, token: str, state: str, log: str, seed: int, quiet_rounds: int) -> None:
    """Follow the list in a process of its own."""

    async def run() -> None:
        async with ExploClient(token, base_url=url, rate_limit=None) as explo:
            watch = explo.customers.watch(every=0.1, state=state, page_size=100, max_deletes=CUSTOMERS)
            async with watch as events:
                await follow(events, descriptor, random.Random(seed), quiet_rounds=quiet_rounds)

    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        asyncio.run(run())
    finally:
        os.close(descriptor)


def read_mirror(log: Path) -> dict[str, dict[str, Any]]:
    """Do what the log says, in its order."""
    mirror: dict[str, dict[str, Any]] = {}
    for line in log.read_text("utf-8").splitlines():
        kind, provided_id, values = json.loads(line)
        if kind == "removed":
            mirror.pop(provided_id, None)
        elif kind == "added":
            mirror[provided_id] = values
        else:
            mirror[provided_id].update(values)
    return mirror


def test_whoever_is_killed_is_not_left_behind(tmp_path: Path) -> None:
    """After SIGKILL at 25 random moments whoever did what was told has the list as it is."""
    chance = random.Random(7)
    state, log = tmp_path / "watch.sqlite", tmp_path / "log.jsonl"
    log.touch()
    asked = threading.Event()
    removed: set[str] = set()
    with EmulatorThread(CUSTOMERS) as emulator:
        emulator.on_request = lambda _: asked.set()
        kills = 0
        while kills < KILLS:
            for _ in range(chance.randint(1, 4)):
                provided_id = chance.choice(emulator.provided_ids)
                match chance.randrange(3):
                    case 0:
                        emulator.delete(provided_id)
                        removed.add(provided_id)
                    case 1:
                        emulator.change(provided_id, name=f"name {chance.randrange(3)}")
                    case _:
                        emulator.add()
            asked.clear()
            words = (emulator.url, emulator.token, str(state), str(log), kills, 0)
            process = PROCESSES.Process(target=consume, args=words)
            process.start()
            # Before that nothing is written.
            assert asked.wait(60)
            process.join(chance.uniform(0.0, LONGEST))
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            kills += 1
        lines = len(log.read_text("utf-8").splitlines())
        last = PROCESSES.Process(target=consume, args=(emulator.url, emulator.token, str(state), str(log), kills, 4))
        last.start()
        last.join(120)
        assert last.exitcode == 0
        mirror = read_mirror(log)
        listed = {name: emulator.customer(name) for name in emulator.provided_ids}
        assert mirror.keys() == listed.keys()
        for name, customer in listed.items():
            assert (mirror[name]["name"], mirror[name]["emails"]) == (customer["name"], customer["emails"])
    told = {json.loads(line)[1] for line in log.read_text("utf-8").splitlines() if '"removed"' in line[:12]}
    assert told <= removed
    # Or nothing was shown: the kills came before anything was told.
    assert told
    assert lines > CUSTOMERS
