"""`customers export` in this process, beside an emulator, and a signal in the middle of it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from explo_async.cli.app import run
from tests.helpers.cli_running import lead_to, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from explo_async.emulator import Emulator, Seen


@contextmanager
def leading_to(monkeypatch: pytest.MonkeyPatch, customers: int = 1200, **options: object) -> Iterator[Emulator]:
    """Run an emulator that the command finds."""
    with served(customers, **options) as emulator:
        lead_to(emulator, monkeypatch)
        yield emulator


def export(*arguments: object) -> int:
    """Run the command."""
    return run(["customers", "export", *map(str, arguments)])


def interrupt(emulator: Emulator, number: signal.Signals, *, page: int = 9) -> None:
    """Send this process a signal when a page is asked for."""

    def send(seen: Seen) -> None:
        if seen.page == page:
            emulator.on_request = None
            signal.raise_signal(number)

    emulator.on_request = send
