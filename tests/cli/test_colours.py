"""Colours and movement on a real terminal: NO_COLOR and TERM=dumb are heeded everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from explo_async.emulator import Quota
from tests.helpers.cli_running import served, settings_of

pty = pytest.importorskip("pty", reason="there are no pseudo terminals here")

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;\d+)*m")
COMMANDS = (
    ["--help"],
    ["customers", "list", "--help"],
    ["doctor"],
    ["demo", "--customers", "50"],
    ["customers", "list"],
)


def show(arguments: list[str], *, output: int | None = None, **settings: str) -> str:
    """Run the command in a terminal (its standard output elsewhere, if given) and return what the terminal got."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    environment = inherited | {"PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "80", "TERM": "xterm-256color"}
    outer, inner = pty.openpty()
    with os.fdopen(outer, "rb", buffering=0) as terminal:
        with subprocess.Popen(
            [sys.executable, "-m", "explo_async", *arguments],
            env=environment | settings,
            stdin=inner,
            stdout=inner if output is None else output,
            stderr=inner,
        ) as process:
            os.close(inner)
            shown = b""
            # At the end of the last writer Linux fails the read, other systems end it.
            try:
                while block := terminal.read(65_536):
                    shown += block
            except OSError:
                pass
        assert process.returncode == 0, shown
    return shown.decode()


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_color_is_heeded(arguments: list[str]) -> None:
    """On a terminal there are colours, and with NO_COLOR set there is none."""
    with served(50, quota=Quota(2, 0.2)) as emulator:
        # The rows go elsewhere, so that the bar is drawn.
        output = subprocess.DEVNULL if arguments == ["customers", "list"] else None
        settings = settings_of(emulator)
        assert COLOUR.search(show(arguments, output=output, **settings))
        shown = show(arguments, output=output, NO_COLOR="1", **settings)
    assert shown
    assert not COLOUR.search(shown)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_dumb_terminal_gets_plain_lines(arguments: list[str]) -> None:
    """With TERM=dumb nothing moves the cursor, and no bar is drawn; warnings still come as lines."""
    with served(50, quota=Quota(1, 0.2)) as emulator:
        listing = arguments == ["customers", "list"]
        output = subprocess.DEVNULL if listing else None
        more = ["--page-size", "25"] if listing else []
        shown = show([*arguments, *more], output=output, TERM="dumb", **settings_of(emulator))
    assert "\x1b" not in shown
    assert "ETA" not in shown
    assert ("explo-async: warning: the server answered 429" in shown) == listing
