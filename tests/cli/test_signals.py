"""Ctrl-C and SIGTERM, in this process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async.cli import exits
from explo_async.cli.app import run
from tests.helpers.cli_running import lead_to, served
from tests.helpers.terminals import Terminal, Watched

if TYPE_CHECKING:
    from explo_async.emulator import Emulator
    from explo_async.emulator.request_log import Seen


def raise_signal_on_arrival(emulator: Emulator, number: signal.Signals) -> None:
    """Send this process a signal when the first request has arrived."""

    def send(_: Seen) -> None:
        emulator.on_request = None
        signal.raise_signal(number)

    emulator.on_request = send


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "explo-async: interrupted\n"), (signal.SIGTERM, 143, "")],
)
def test_a_signal_ends_a_listing(
    number: signal.Signals, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the middle of a listing a signal ends it, with the shell's code for that signal, and closes its connections."""
    with served(120, latency=30.0) as emulator:
        lead_to(emulator, monkeypatch)
        raise_signal_on_arrival(emulator, number)
        assert run(["customers", "list"]) == code
    assert capfd.readouterr() == ("", told)


def test_the_line_with_the_terminals_mark_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, which shows ^C, the message has a line of its own."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with served(120, latency=30.0) as emulator:
        lead_to(emulator, monkeypatch)
        raise_signal_on_arrival(emulator, signal.SIGINT)
        assert run(["customers", "count"]) == 130
    assert terminal.getvalue() == "\nexplo-async: interrupted\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_serve_runs_until_a_signal(
    number: signal.Signals, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server prints how to reach it, and ends in order on Ctrl-C and on SIGTERM."""
    watched = Watched(partial(signal.raise_signal, number))
    monkeypatch.setattr(sys, "stdout", watched)
    assert run(["serve", "--customers", "3", "--latency", "0", "--token", "it's", "--no-quota"]) == code
    lines = watched.getvalue().splitlines()
    url = lines[-3].removeprefix("export EXPLO_BASE_URL=")
    assert url.startswith("http://127.0.0.1:")
    assert lines == [
        f"Explo emulator at {url}, token it's",
        "3 customers, latency 0 s, no quota. Ctrl-C ends it.",
        "",
        "Paste into another terminal:",
        "",
        f"export EXPLO_BASE_URL={url}",
        "export EXPLO_TOKEN='it'\"'\"'s'",
        "explo-async customers count",
    ]
    assert "Traceback" not in capsys.readouterr().err


def test_a_cancellation_of_our_own_is_not_taken_for_a_signal() -> None:
    """A command that is cancelled without SIGTERM is a bug and looks like one."""

    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        exits.run_to_end(cancelled())


def test_signals_are_handled_where_they_were_ignored() -> None:
    """Under `nohup`, or behind a shell's &, the tests run as in a terminal, and the processes that they start as well."""
    names = ["test_signals.py::test_serve_runs_until_a_signal", "test_process.py::test_serve_answers_until_ctrl_c"]
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--timeout",
        "60",
        *(f"tests/cli/{name}" for name in names),
    ]
    ended = subprocess.run(
        ["sh", "-c", 'trap "" HUP INT TERM; exec "$@"', "sh", *words],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "3 passed" in ended.stdout


def test_every_test_has_a_time_limit(pytestconfig: pytest.Config) -> None:
    """A test that hangs ends with all stacks, in place of never."""
    assert 0 < float(pytestconfig.getini("timeout")) <= 600
