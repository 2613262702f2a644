"""`--token-file`: where the token comes from, and what may be wrong with the file."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.app import run
from explo_async.cli.credentials import find_token
from tests.helpers.cli_running import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "t0p-s3cret-0f-the-team"


def write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("command", ["list", "count"])
def test_the_file_wins_over_the_variable(
    end: bytes, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The token in the file is sent, without its line end, whatever the environment has."""
    file = write(tmp_path / "token", TOKEN.encode() + end)
    monkeypatch.setenv("EXPLO_TOKEN", "another")
    with served(1, token=TOKEN) as emulator:
        arguments = ["customers", command, "--token-file", str(file), "--base-url", emulator.url]
        assert run(arguments) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the file of --token-file: No such file or directory; name a file that holds the token"),
        (b"", "the token file {} is empty; copy the token"),
        (b"\n", "the token file {} is empty; copy the token"),
        (TOKEN.encode() + b"\n\n", "the token file {} has a character at position 22 that no token has"),
        (b"# mine\n" + TOKEN.encode(), "the token file {} has a character at position 1 that no token has"),
        (TOKEN.encode() + b"\xff", "the token file {} is not a text of one line; put the token alone into it"),
        (b"a" * 10_001, "the token file {} is not a text of one line; put the token alone into it"),
    ],
)
def test_a_file_that_holds_no_token_is_one_line(
    content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing or holds something else is wrong usage, told in one line that shows none of its content."""
    file = tmp_path / "a token"
    if content is not None:
        write(file, content)
    assert run(["customers", "count", "--token-file", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: " + message.format(f"'{file}'"))
    assert err.count("\n") == 1
    assert TOKEN not in err


def test_a_directory_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory in place of the file is told as one."""
    assert run(["customers", "count", "--token-file", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("explo-async: error: cannot read the file of --token-file: Is a directory; name a file")
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without permission is told as one."""
    file = write(tmp_path / "token", TOKEN.encode(), 0)
    assert run(["customers", "count", "--token-file", str(file)]) == 2
    assert "cannot read the file of --token-file: Permission denied" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there the mode says nothing about others")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_others_that_can_read_it_are_a_warning(mode: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file open to others is warned of in one line, and used all the same."""
    file = write(tmp_path / "token", TOKEN.encode(), mode)
    with served(3, token=TOKEN) as emulator:
        assert run(["customers", "count", "--token-file", str(file), "--base-url", emulator.url]) == 0
    warning = f"explo-async: warning: the token file {file} is open to others; run: chmod 600 {file}\n"
    assert capsys.readouterr() == ("3\n", warning)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with a name there")
def test_a_pipe_is_read_without_a_warning(tmp_path: Path) -> None:
    """`--token-file <(pass explo)` is a pipe, whose mode says nothing."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o644)
    writing = threading.Thread(target=pipe.write_bytes, args=(TOKEN.encode(),))
    writing.start()
    found = find_token(pipe)
    writing.join()
    assert (found.value, found.warning) == (TOKEN, None)
    assert TOKEN not in repr(found)


class Piped(io.TextIOWrapper):
    """A standard input with these bytes, and what happens while they are waited for."""

    def __init__(self, content: bytes, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(io.BytesIO(content))
        self._then = then

    @property
    def buffer(self) -> Any:
        self._then()
        return super().buffer


def test_the_token_comes_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`--token-file -` reads it there, as from a file."""
    monkeypatch.setenv("EXPLO_TOKEN", "another")
    monkeypatch.setattr(sys, "stdin", Piped(TOKEN.encode() + b"\n"))
    with served(1, token=TOKEN) as emulator:
        assert run(["customers", "count", "--token-file", "-", "--base-url", emulator.url]) == 0
    assert capfd.readouterr() == ("1\n", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "standard input is closed; write the token alone into it"),
        (b"", "standard input is empty; copy the token"),
        (b"\xff", "standard input is not a text of one line; put the token alone into it"),
        (TOKEN.encode() + b" x", "standard input has a character at position 22 that no token has"),
    ],
)
def test_a_standard_input_that_holds_no_token(
    content: bytes | None, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told in one line that shows none of it."""
    monkeypatch.setattr(sys, "stdin", content if content is None else Piped(content))
    assert run(["customers", "count", "--token-file", "-"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"explo-async: error: {message}")
    assert err.count("\n") == 1
    assert TOKEN not in err


def test_ctrl_c_ends_the_wait_for_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is asked for a token and has none can leave."""
    monkeypatch.setattr(sys, "stdin", Piped(b"", partial(signal.raise_signal, signal.SIGINT)))
    assert run(["customers", "count", "--token-file", "-"]) == 130
    assert capsys.readouterr().err == "explo-async: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
