"""Starts the processes of a fleet, speaks with them, and ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from attrs import frozen

from tests.promises.fleet.worker import Job, Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[3]
_PATIENCE = 60.0
_decode = msgspec.json.Decoder(Said).decode


@frozen
class Place:
    """Where a process runs: what its command begins with, and what its environment has beside ours."""

    prefix: Sequence[str] = ()
    environment: Mapping[str, str] = {}


class Worker:
    """A process that fetches lists."""

    def __init__(self, job: Job, log: Path, place: Place) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **place.environment}
        # Of no use for what they are watched for, and their start takes half as long again with it.
        environment.pop("PYTHONDEVMODE", None)
        # All write their lines into one file.
        with log.open("ab") as lines:
            self._process = subprocess.Popen(
                [*place.prefix, sys.executable, "-m", "tests.promises.fleet.worker", msgspec.json.encode(job).decode()],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=lines,
            )
        self.pid = self._process.pid
        self.is_frozen = False
        self.ahead: float = 0.0
        """Seconds by which its clock is ahead of ours, once it is ready."""

    def wait_until_ready(self) -> None:
        """Wait until it has imported what it needs and made its client."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process has ended before it was ready; see the log"
        self.ahead = _decode(line).wall - time.time()

    def begin(self) -> None:
        """Let it fetch."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a crash does: it tells nobody."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it stand still until `thaw`."""
        os.kill(self.pid, signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        self.is_frozen = False
        os.kill(self.pid, signal.SIGCONT)

    def wait(self, patience: float = _PATIENCE) -> list[Said]:
        """Wait until it has fetched its lists, and return what it said of them."""
        assert self._process.stdout is not None
        said = [_decode(line) for line in self._process.stdout]
        self._process.wait(patience)
        return said

    def end(self) -> list[Said]:
        """Let it end soon, and return what it said since it began."""
        lines, _ = self._process.communicate(timeout=_PATIENCE)
        return [_decode(line) for line in lines.splitlines()]


@contextmanager
def running(log: Path) -> Iterator[Fleet]:
    """Give a fleet without processes yet; at the end none is left."""
    fleet = Fleet(log)
    try:
        yield fleet
    finally:
        for worker in fleet.workers:
            worker.kill()
            worker.end()


class Fleet:
    """Processes, and the log that they share."""

    def __init__(self, log: Path) -> None:
        self.workers: list[Worker] = []
        self._log = log

    def start(self, *jobs: Job, place: Place | None = None) -> list[Worker]:
        """Start a process for each job, all of which begin when the last one is ready."""
        return self.start_at(*((job, place or Place()) for job in jobs))

    def start_at(self, *jobs: tuple[Job, Place]) -> list[Worker]:
        """Do so in several places."""
        started = [Worker(job, self._log, place) for job, place in jobs]
        self.workers += started
        for worker in started:
            worker.wait_until_ready()
        for worker in started:
            worker.begin()
        return started

    @property
    def log(self) -> str:
        """What they have logged so far."""
        return self._log.read_text("utf-8")
