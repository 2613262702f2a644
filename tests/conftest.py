"""What all tests share: hypothesis profiles, an emulator, a client, and the check that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explo_async import ExploClient
from explo_async.emulator import Emulator
from tests.helpers.redis_server import RedisServer, what_is_missing
from tests.helpers.services import skip_without

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
# The same examples each time: new ones are what the soak is for, and no merge should depend on luck.
settings.register_profile("fast", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_SLOW)
settings.register_profile(
    "soak", max_examples=int(os.environ.get("HISTORIES", "100000")), deadline=None, suppress_health_check=_SLOW
)
_serials = count()
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(autouse=True, scope="session")
def usual_signals() -> Iterator[None]:
    """Handle signals as in a terminal, here and in the processes of tests: nohup and a shell's & let them be ignored."""
    usual: dict[str, Any] = {"SIGINT": signal.default_int_handler, "SIGTERM": signal.SIG_DFL, "SIGHUP": signal.SIG_DFL}
    # Windows has no SIGHUP.
    before = {name: signal.getsignal(getattr(signal, name)) for name in usual if hasattr(signal, name)}
    for name in before:
        signal.signal(getattr(signal, name), usual[name])
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the machine's own settings out of the tests."""
    proxies = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")
    for name in ("EXPLO_TOKEN", "EXPLO_BASE_URL", "EXPLO_PROFILE", "EXPLO_QUOTA", *proxies):
        monkeypatch.delenv(name, raising=False)
    # Where the profiles of whoever runs the tests are not.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))


@pytest.fixture(autouse=True)
def state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the tests, and the processes that they start, out of the user's folder: each has one, made when it is used."""
    folder = tmp_path_factory.getbasetemp() / f"state-{next(_serials)}"
    # What platformdirs goes by on Linux and on macOS, and on Windows.
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """Run a local Explo with 2 345 customers."""
    async with Emulator(2345) as running:
        yield running


@pytest.fixture
async def explo(emulator: Emulator) -> AsyncIterator[ExploClient]:
    """Open a client of that emulator."""
    async with ExploClient(emulator.token, base_url=emulator.url) as client:
        yield client


@pytest.fixture(scope="session")
def redis_can_run() -> None:
    """Skip where there is no Redis; where CI runs the tests that is a failure."""
    skip_without(what_is_missing())


@pytest.fixture(scope="session")
def redis_server(redis_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:  # noqa: ARG001 -- asked first
    """Run a Redis for all tests of a process, each of which uses keys of its own."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
async def nothing_left() -> AsyncIterator[None]:
    """Fail a test that leaves a task of the package behind."""
    before = asyncio.all_tasks()
    yield
    gc.collect()
    left = [task for task in asyncio.all_tasks() - before if not task.done() and task is not asyncio.current_task()]
    assert not left, left


@pytest.fixture(autouse=True, scope="module")
def only_new_objects_collected() -> Iterator[None]:
    """Leave what a module has imported or kept out of the collections of those that follow; what it left is collected."""
    yield
    gc.collect()
    gc.freeze()


@given(st.none())
def first_property(_: None) -> None:
    """Hold for every value."""


def pytest_collection_finish() -> None:
    """Leave what was imported out of the collections that follow: with it each of them takes 60 ms."""
    # Hypothesis asks at its first test who refers to its generator of chance, and is not told of what is left out.
    first_property()
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let the collector see again what was left out, or extension modules complain that they leak it."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Watch over every test that runs in an event loop; the others need none for it."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "nothing_left")
