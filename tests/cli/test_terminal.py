"""What the command says on standard error: one line, broken between words on a terminal alone."""

from __future__ import annotations

import os
import sys

import pytest

from explo_async.cli.app import run
from explo_async.cli.terminal import is_terminal, tell
from tests.helpers.terminals import Terminal


@pytest.mark.parametrize(
    ("text", "line"), [("a\nb\r\n  c", "a b c"), ("\x1b[31mred\x07", "[31mred"), ("Évora 東京", "Évora 東京")]
)
def test_every_message_is_one_line(text: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends and control characters of a message are blanks."""
    tell(text)
    assert capsys.readouterr() == ("", f"explo-async: {line}\n")


def test_a_long_message_is_one_line_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no terminal, nothing breaks a line: programs read it."""
    monkeypatch.setenv("COLUMNS", "40")
    tell("word " * 50)
    assert capsys.readouterr().err == f"explo-async: {'word ' * 49}word\n"


def test_a_terminal_breaks_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a long line goes on below, no word, path or option is broken, and nothing is taken for markup."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tell("error: '/home/ann/customers.jsonl' exists; name [another] file, or replace it with --overwrite")
    assert terminal.getvalue().splitlines() == [
        "explo-async: error:",
        "'/home/ann/customers.jsonl' exists; name",
        "[another] file, or replace it with",
        "--overwrite",
    ]


def test_a_closed_stream_is_no_terminal() -> None:
    """A standard stream can be missing altogether."""
    assert is_terminal(Terminal())
    assert not is_terminal(None)


def test_errors_that_nobody_reads_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed or missing standard error changes no exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        monkeypatch.setattr(sys, "stderr", broken)
        assert run(["--nothing"]) == 2
    monkeypatch.setattr(sys, "stderr", None)
    assert run(["--nothing"]) == 2
