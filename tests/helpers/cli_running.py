"""The command for its tests: an emulator beside it, the settings that lead to it, and the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explo_async.emulator.thread import EmulatorThread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from explo_async.emulator import Emulator


def served(customers: Any = 120, **options: Any) -> EmulatorThread:
    """Return an emulator for `with`, in a thread: the main thread belongs to the command, which handles signals there."""
    return EmulatorThread(customers, **options)


def settings_of(emulator: Emulator) -> dict[str, str]:
    """Return the variables that lead the command to this emulator."""
    return {"EXPLO_TOKEN": emulator.token, "EXPLO_BASE_URL": emulator.url}


def lead_to(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set these variables for the command in this process."""
    for name, value in settings_of(emulator).items():
        monkeypatch.setenv(name, value)


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
