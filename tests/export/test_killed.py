"""Exports whose process is killed at any moment, and resumed until the file is there: each time the whole one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from typing import TYPE_CHECKING

import pytest

from explo_async.files.formats import FORMATS
from tests.helpers.cli_running import served, settings_of
from tests.helpers.exports import names_in, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.long

KILLS = 50
CUSTOMERS = 500
LONGEST = 0.35
"""Seconds until a kill: a little more than an undisturbed run takes, so that any moment of it may be the last."""
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["explo_async.cli.app", "explo_async.files.duckdb_file", "explo_async.emulator"])


def export(arguments: list[str], settings: Mapping[str, str]) -> None:
    """Run the command in a process of its own."""
    os.environ.update(settings)
    from explo_async.cli.app import run  # noqa: PLC0415 -- there, not here

    raise SystemExit(run(["customers", "export", *arguments]))


@pytest.mark.parametrize("seed", range(2))
def test_an_export_that_is_killed_goes_on_to_the_whole_file(seed: int, tmp_path: Path) -> None:
    """After SIGKILL at 25 random moments a seed, in every format: the file of a run that nobody disturbed, and nothing else."""
    chance = random.Random(seed)
    kills = finished = 0
    with served(CUSTOMERS, latency=0.002) as emulator:
        settings = settings_of(emulator)
        options = ["--page-size", "10", "--max-concurrency", "4", "--quiet"]
        whole = tmp_path / "whole.jsonl"
        undisturbed = PROCESSES.Process(target=export, args=([str(whole), *options], settings))
        undisturbed.start()
        undisturbed.join()
        assert [record.provided_id for record in read_file(whole)] == list(emulator.provided_ids)
        while kills < KILLS // 2 or finished < len(FORMATS):
            form = FORMATS[finished % len(FORMATS)]
            target = tmp_path / f"customers{form.ending}"
            target.unlink(missing_ok=True)
            while True:
                process = PROCESSES.Process(target=export, args=([str(target), "--resume", *options], settings))
                process.start()
                process.join(chance.uniform(0.0, LONGEST) if kills < KILLS // 2 else None)
                process.kill()
                process.join()
                assert process.exitcode in {0, -signal.SIGKILL}
                kills += process.exitcode != 0
                # Killed when all was done, but for telling so.
                if process.exitcode == 0 or names_in(tmp_path) == {whole.name, target.name}:
                    break
            finished += 1
            assert read_file(target) == read_file(whole)
            assert names_in(tmp_path) == {whole.name, target.name}
            if form.name == "jsonl":
                assert target.read_bytes() == whole.read_bytes()
            target.unlink()
    assert kills >= KILLS // 2
