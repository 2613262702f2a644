"""Fixtures for the tests of those who use the package: pytest finds them by itself, with nothing to import.

It is loaded in every run of pytest, so it imports the emulator, and with it a web server, only for a test that asks.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explo_async.emulator import Emulator

CUSTOMERS = 100


@pytest.fixture
def explo_emulator_factory() -> Iterator[Callable[..., Emulator]]:
    """Give a function that runs local Explos, from the arguments of `explo_async.emulator.Emulator`.

    Each runs in a thread of its own until the test is over. The environment stays as it is: a client needs
    `ExploClient(emulator.token, base_url=emulator.url)`.
    """
    from explo_async.emulator.thread import EmulatorThread  # noqa: PLC0415 -- see above

    with ExitStack() as scope:

        def run(*args: Any, **options: Any) -> Emulator:
            return scope.enter_context(EmulatorThread(*args, **options))

        yield run


@pytest.fixture
def explo_emulator(explo_emulator_factory: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Run a local Explo with 100 customers, and set EXPLO_BASE_URL and EXPLO_TOKEN so that `ExploClient()` finds it.

    It is an `explo_async.emulator.Emulator` in a thread of its own: for tests with or without any async plugin, and
    for services in another process. A test may change its list at any time, by `add` and `delete`.
    """
    emulator = explo_emulator_factory(CUSTOMERS)
    monkeypatch.setenv("EXPLO_BASE_URL", emulator.url)
    monkeypatch.setenv("EXPLO_TOKEN", emulator.token)
    return emulator
