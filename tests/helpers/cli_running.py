"""The command for its tests: an emulator beside it, streams that claim to be terminals, and the command as a process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explo_async.emulator.thread import EmulatorThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from explo_async.emulator import Emulator


def served(customers: Any = 120, **options: Any) -> EmulatorThread:
    """Return an emulator for `with`, in a thread: the main thread belongs to the command, which handles signals there."""
    return EmulatorThread(customers, **options)


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Watched(io.StringIO):
    """A text stream that calls `then` when something has been written to it."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    def write(self, text: str) -> int:
        """Write, and call."""
        written = super().write(text)
        self._then()
        return written


def settings_of(emulator: Emulator) -> dict[str, str]:
    """Return the variables that lead the command to this emulator."""
    return {"EXPLO_TOKEN": emulator.token, "EXPLO_BASE_URL": emulator.url}


@contextmanager
def started(
    *arguments: str, settings: Mapping[str, str], output: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command as a process of its own in dev mode, its streams as pipes or both to `output`; kill it at last."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **settings}
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "explo_async", *arguments],
        env=environment,
        stdout=output,
        stderr=output,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
