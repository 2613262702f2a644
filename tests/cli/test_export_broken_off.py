"""`customers export` that fails or is interrupted: what it says is kept, and what goes on from there."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from explo_async.emulator.faults import Status
from tests.helpers.cli_exports import export, interrupt, leading_to
from tests.helpers.exports import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Seen


def test_a_failure_says_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the reason, how much is kept and how to go on, which then works; a target is as it was."""
    target = tmp_path / "customers.jsonl"
    target.write_text("precious")
    arguments = [target, "--page-size", "100", "--max-concurrency", "2", "--overwrite", "--quiet"]
    with leading_to(monkeypatch, faults=[Status(403, page=8, attempt=1)]) as emulator:
        assert export(*arguments) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("explo-async: error: page 8: the server answered 403 Forbidden")
        assert err.endswith("00 customers are kept, the same command with --resume goes on\n")
        assert err.count("\n") == 1
        assert target.read_text() == "precious"
        assert export(*arguments, "--resume") == 0
    assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


def test_too_many_changes_are_no_reason_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list that changes faster than it can be read is kept as far as it is proved; going on says when it is too late."""
    target = tmp_path / "customers.jsonl"
    arguments = [target, "--page-size", "10", "--quiet", "--max-concurrency", "2"]
    with leading_to(monkeypatch, 300) as emulator:
        interrupt(emulator, signal.SIGINT, page=20)
        assert export(*arguments) == 130
        capsys.readouterr()

        def change(_: Seen) -> None:
            for _each in range(15):
                emulator.delete_at(0)
                emulator.add()
            emulator.add()

        emulator.on_request = change
        assert export(*arguments, "--resume") == 1
    err = capsys.readouterr().err
    assert "the list changed faster than it could be read" in err
    kept = len((tmp_path / "customers.jsonl.part").read_bytes().splitlines())
    assert err.endswith(f" to go on from the {kept:,} customers that are kept: --overwrite begins anew\n")


def test_a_failure_at_the_beginning_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong token is one line, without a word of going on."""
    with leading_to(monkeypatch):
        monkeypatch.setenv("EXPLO_TOKEN", "hush-hush")
        assert export(tmp_path / "customers.jsonl") == 1
    err = capsys.readouterr().err
    assert "401" in err
    assert "kept" not in err
    assert "hush-hush" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_says_what_is_kept(
    number: signal.Signals,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C and SIGTERM end it with the shell's code and one line; going on afterwards makes the whole file."""
    target = tmp_path / "customers.sqlite"
    arguments = [target, "--page-size", "100", "--max-concurrency", "2"]
    with leading_to(monkeypatch) as emulator:
        interrupt(emulator, number)
        assert export(*arguments) == code
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("explo-async: interrupted; ")
        assert err.endswith("00 customers are kept, the same command with --resume goes on\n")
        assert err.count("\n") == 1
        assert not target.exists()
        assert export(*arguments, "--resume") == 0
    assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


def test_a_signal_at_the_beginning_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first customer there is nothing to go on with."""
    with leading_to(monkeypatch) as emulator:
        interrupt(emulator, signal.SIGINT, page=1)
        assert export(tmp_path / "customers.csv") == 130
    assert capsys.readouterr().err == "explo-async: interrupted\n"
    assert list(tmp_path.iterdir()) == []
