"""Snapshots whose process is killed at any moment: what is left is never taken for one."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, SnapshotError
from explo_async.emulator.thread import EmulatorThread
from explo_async.snapshot import list_snapshots, open_snapshot, prune_snapshots, write_snapshot
from tests.helpers.s3_server import BUCKET

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

KILLS = 20
CUSTOMERS = 2000
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["explo_async.snapshot", "explo_async.client", "s3fs"])


def write(root: str, options: dict[str, Any], url: str, token: str) -> None:
    """Write a snapshot in a process of its own."""

    async def run() -> None:
        async with ExploClient(token, base_url=url, max_concurrency=4) as explo:
            await write_snapshot(explo, root, page_size=100, rows_per_file=100, storage_options=options)

    asyncio.run(run())


@pytest.mark.parametrize("store", ["disk", "s3"])
def test_a_killed_run_is_no_snapshot(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """After SIGKILL at 20 random moments: only whole runs have a certificate, and the newest of them is opened."""
    chance = random.Random(store)
    if store == "disk":
        root, options = str(tmp_path), {}
    else:
        root, options = f"s3://{BUCKET}/killed", request.getfixturevalue("s3").options
    asked = threading.Event()
    with EmulatorThread(CUSTOMERS, latency=0.03) as emulator:
        emulator.on_request = lambda _: asked.set()
        words = (root, options, emulator.url, emulator.token)
        whole = PROCESSES.Process(target=write, args=words)
        whole.start()
        assert asked.wait(60)
        began = time.monotonic()
        whole.join()
        assert whole.exitcode == 0
        longest = time.monotonic() - began
        kills, broken = 0, set()
        known = 1
        while kills < KILLS:
            asked.clear()
            process = PROCESSES.Process(target=write, args=words)
            process.start()
            # Before that nothing is written.
            assert asked.wait(60)
            process.join(chance.uniform(0.0, longest))
            process.kill()
            process.join()
            assert process.exitcode in {0, -signal.SIGKILL}
            kills += process.exitcode != 0
            runs = list_snapshots(root, storage_options=options)
            assert [run.problem for run in runs] == [None] * len(runs)
            certified = [run for run in runs if run.certificate]
            # Killed once the certificate was written, it is a snapshot; one that went to its end is in any case.
            assert known + (process.exitcode == 0) <= len(certified) <= known + 1
            known = len(certified)
            broken |= {run.name for run in runs if not run.certificate}
            newest = open_snapshot(root, storage_options=options)
            assert newest.certificate.run == certified[-1].name
            newest.verify()
            assert newest.table().column("provided_id").to_pylist() == list(emulator.provided_ids)
    # Or nothing was shown: the kills came before anything, or after everything.
    assert len(broken) >= 3
    for name in broken:
        with pytest.raises(SnapshotError, match="the run is not whole"):
            open_snapshot(f"{root}/{name}", storage_options=options)
    removed = prune_snapshots(root, keep=known, abandoned_after=0, storage_options=options)
    assert {run.name for run in removed} == broken
