"""`customers export -`: the customers to standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.emulator.faults import Status
from tests.helpers.cli_exports import export, leading_to
from tests.helpers.terminals import Terminal, TerminalFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("tokens", [[], ["--with-tokens"]])
def test_it_is_what_a_file_would_have(
    form: str,
    tokens: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """The bytes are those of the file, whole, and nothing else is on standard output; nothing is left beside."""
    monkeypatch.chdir(tmp_path)
    with leading_to(monkeypatch):
        assert export("-", "--format", form, "--page-size", "100", *tokens) == 0
        out, err = capfdbinary.readouterr()
        assert err == b""
        assert list(tmp_path.iterdir()) == []
        assert export("whole", "--format", form, *tokens) == 0
    assert out == (tmp_path / "whole").read_bytes()
    assert out.count(b"\n") >= 1200


@pytest.mark.parametrize(("form", "out"), [("csv", "provided_id,"), ("jsonl", "")])
def test_nobody_is_a_list_too(
    form: str, out: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A list of nobody has its header all the same."""
    with leading_to(monkeypatch, customers=0):
        assert export("-", "--format", form) == 0
    printed = capfd.readouterr().out
    assert printed.startswith(out)
    assert printed.count("\n") == bool(out)


def test_a_list_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The exit code tells that what was written is not all; what never began leaves nothing."""
    with leading_to(monkeypatch, faults=[Status(401)]):
        assert export("-", "--format", "csv") == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert "401" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "standard output has no ending; give --format csv or --format jsonl"),
        (["--format", "parquet"], "standard output takes one of csv, jsonl; give --format csv or --format jsonl"),
        (["--format", "csv", "--resume"], "there is nothing to resume on standard output; leave --resume out, or name"),
        (["--format", "csv", "--overwrite"], "there is nothing to overwrite on standard output; leave --overwrite out"),
    ],
)
def test_what_needs_a_file_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be written piece by piece, or gone on with, is wrong usage."""
    assert run(["customers", "export", "-", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"explo-async: error: {message}")


def test_a_bar_is_drawn_where_the_rows_do_not_go(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On standard error the bar is drawn unless the rows come to the same terminal."""
    monkeypatch.setenv("TERM", "xterm")
    for is_terminal in (False, True):
        shown = Terminal()
        monkeypatch.setattr(sys, "stderr", shown)
        if is_terminal:
            monkeypatch.setattr(sys, "stdout", TerminalFile(1))
        with leading_to(monkeypatch, customers=10):
            assert export("-", "--format", "csv") == 0
        assert ("10/10 customers" in shown.getvalue()) is not is_terminal
        assert capfd.readouterr().out.count("\n") >= 11
