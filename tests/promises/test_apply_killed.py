"""An apply that is killed at any moment and resumed: every planned write is done, and done once."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient
from explo_async.emulator.process import EmulatorProcess
from explo_async.reconcile import Policy, make_plan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("APPLY_KILLS", "50"))
ITEMS = 150


async def prepare(emulator: EmulatorProcess, path: Path) -> None:
    """Plan some of each kind of writes."""
    async with ExploClient(emulator.token, base_url=emulator.url, rate_limit=None) as explo:
        customers = await explo.customers.list()
        rows: list[dict[str, Any]] = [{"provided_id": f"new-{number}", "name": "N"} for number in range(ITEMS)]
        rows += [{"provided_id": each.provided_id, "name": "changed"} for each in customers[:ITEMS]]
        plan = await make_plan(
            explo, rows, delete=True, expected_rows=len(rows), policy=Policy(max_deletes=ITEMS, max_updates=ITEMS)
        )
        assert (len(plan.creates), len(plan.updates), len(plan.deletes)) == (ITEMS, ITEMS, ITEMS)
        plan.write(path)


@pytest.mark.parametrize("seed", range(2))
def test_every_write_is_done_once(tmp_path: Path, seed: int) -> None:
    """Killed at random moments, from the first to the last, and gone on with each time."""
    chance = random.Random(seed)
    plan, journal = tmp_path / "plan", tmp_path / "journal"
    with EmulatorProcess(2 * ITEMS, quota=None, latency=0.06) as emulator:
        asyncio.run(prepare(emulator, plan))
        command = [
            sys.executable,
            "-m",
            "tests.helpers.apply_worker",
            emulator.url,
            emulator.token,
            *map(str, (plan, journal)),
        ]
        kills = 0
        while kills < KILLS // 2:
            process = subprocess.Popen(command)
            # The moment is the test: mostly while it writes, which begins after half a second.
            time.sleep(chance.uniform(0.4, 0.9))
            process.kill()
            assert process.wait() != 0, f"it was done after {kills} kills: it must write for longer"
            kills += 1
        between = len(emulator.writes())
        subprocess.run(command, check=True)
        writes = emulator.writes()
    assert 0 < between < len(writes), "the kills came before the first write, or after the last one"
    done = Counter((write.verb, write.provided_id) for write in writes)
    assert set(done.values()) == {1}, [key for key, count in done.items() if count > 1]
    assert Counter(verb for verb, _ in done) == dict.fromkeys(
        ("create_customer", "update_customer", "delete_customer"), ITEMS
    )
