"""`customers diff` of two files: how they are read, and what cannot be compared."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.app import run
from explo_async.diff import comparison
from explo_async.diff.matching import Matcher
from explo_async.emulator.synthetic import make_customer
from explo_async.files import jsonl_file
from tests.helpers.diff_lists import write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (
            ["none.jsonl", "new.jsonl"],
            1,
            "cannot read 'none.jsonl': No such file or directory; give the path of an export",
        ),
        (["old.jsonl", "none.csv"], 1, "cannot read 'none.csv': No such file or directory; give the path of an export"),
        (["old.jsonl", "."], 1, "there is no snapshot in "),
        ([".", "new.jsonl", "--report", "r.json"], 2, "'.' is no export: a snapshot has a certificate of its own; "),
        (["old.txt", "new.jsonl"], 2, "'old.txt' has none of the endings "),
        (["old.jsonl", "twice.jsonl"], 1, "'twice.jsonl': the customer 'a\\nb' is there twice; correct it, or export "),
        (["wrong.jsonl", "new.jsonl"], 1, "'wrong.jsonl': line 1: provided_id is missing; correct it, or export "),
        (
            ["old.jsonl", "new.jsonl", "--timeout", "3"],
            2,
            "--timeout is about the live list, and here are two lists that were kept; ",
        ),
        (["old.jsonl", "new.jsonl", "--token-file", "t"], 2, "--token-file is about the live list, and here are "),
        (["old.jsonl", "new.jsonl", "--parent-provided-id", "a"], 2, "--parent-provided-id is about the live list, "),
        (["old.jsonl"], 2, "no token: "),
        (["old.jsonl", "new.jsonl", "--limit", "-1"], 2, 'Invalid value "-1" for --limit'),
        ([], 2, 'Command "customers diff" parameter OLD requires an argument'),
    ],
)
@pytest.mark.usefixtures("files")
def test_what_cannot_be_compared_is_one_line(
    arguments: list[str],
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A file that cannot be read is 1, wrong usage 2; nothing is printed but the line that says so."""
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "twice.jsonl", [{"provided_id": "a\nb"}] * 2)
    write_lines(tmp_path / "wrong.jsonl", [{"token": "s3cret"}])
    assert run(["customers", "diff", *arguments]) == code
    out, err = capfd.readouterr()
    assert out == ""
    # Versions of cyclopts put different words in quotes.
    assert err.replace('"', "").startswith(f"explo-async: error: {told}".replace('"', ""))
    assert err.count("\n") == 1


def test_files_are_read_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file is read far ahead of the other, so that little waits for its counterpart."""
    read, order = jsonl_file.read, ""

    def watched(path: Path) -> Iterator[Any]:
        nonlocal order
        for chunk in read(path):
            order += path.name[0]
            yield chunk

    monkeypatch.setattr(jsonl_file, "read", watched)
    monkeypatch.setattr(comparison, "WORTH_AN_ENGINE", sys.maxsize)
    rows = [make_customer(0, serial) for serial in range(4000)]
    assert (
        run(["customers", "diff", write_lines(tmp_path / "old.jsonl", rows), write_lines(tmp_path / "new.jsonl", rows)])
        == 0
    )
    assert re.fullmatch("(?:oo?nn?){3,}", order)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("end", [False, True], ids=["while files are read", "at the end"])
def test_a_signal_ends_a_comparison(
    number: signal.Signals,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    end: bool,
) -> None:
    """A signal ends it between two parts of its work, with the shell's code and without a summary."""
    read, finish = jsonl_file.read, Matcher.finish
    parts = 0

    def interrupted_read(path: Path) -> Iterator[Any]:
        nonlocal parts
        for chunk in read(path):
            yield chunk
            parts += 1
            if parts == 2:
                os.kill(os.getpid(), number)

    def interrupted_finish(matcher: Matcher) -> Iterator[Any]:
        os.kill(os.getpid(), number)
        yield from finish(matcher)

    if end:
        monkeypatch.setattr(Matcher, "finish", interrupted_finish)
    else:
        monkeypatch.setattr(jsonl_file, "read", interrupted_read)
    old = write_lines(tmp_path / "old.jsonl", [make_customer(0, serial) for serial in range(6000)])
    assert run(["customers", "diff", old, write_lines(tmp_path / "new.jsonl", [make_customer(0, 6000)])]) == code
    assert parts < 4
    out, err = capfd.readouterr()
    assert out == ""
    assert err == ("explo-async: interrupted\n" if number == signal.SIGINT else "")
