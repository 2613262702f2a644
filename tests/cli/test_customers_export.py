"""`customers export`: what it prints, how it ends, and what is left then."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli import progress_json
from explo_async.cli.app import run
from explo_async.emulator.faults import Status
from explo_async.files.formats import find_format
from tests.helpers.cli_running import lead_to, served
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explo_async.emulator import Emulator, Seen
    from explo_async.record import Record


@contextmanager
def leading_to(monkeypatch: pytest.MonkeyPatch, customers: int = 1200, **options: object) -> Iterator[Emulator]:
    """Run an emulator that the command finds."""
    with served(customers, **options) as emulator:
        lead_to(emulator, monkeypatch)
        yield emulator


def export(*arguments: object) -> int:
    """Run the command."""
    return run(["customers", "export", *map(str, arguments)])


def read(path: Path) -> list[Record]:
    """Read a file back."""
    return [record for chunk in find_format(path).load().read(path) for record in chunk]


def interrupt(emulator: Emulator, number: signal.Signals, *, page: int = 9) -> None:
    """Send this process a signal when a page is asked for."""

    def send(seen: Seen) -> None:
        if seen.page == page:
            emulator.on_request = None
            signal.raise_signal(number)

    emulator.on_request = send


def test_it_says_what_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard output with the file as it was named and what was proved; with --quiet none."""
    monkeypatch.chdir(tmp_path)
    with leading_to(monkeypatch) as emulator:
        assert export("customers.csv") == 0
        assert capsys.readouterr() == ("1,200 customers in customers.csv, complete by count\n", "")
        assert export("again.csv", "--quiet", "--hierarchy-level-name", "Region") == 0
        assert capsys.readouterr() == ("", "")
    assert [record.provided_id for record in read(tmp_path / "customers.csv")] == list(emulator.provided_ids)
    assert len(read(tmp_path / "again.csv")) == 108


def test_a_list_that_a_former_run_has_read_is_not_said_to_be_proved_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where only the file is left to be made nothing is asked for, and the line claims no more than that it is there."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "customers.csv"
    with leading_to(monkeypatch) as emulator:
        with monkeypatch.context() as full:
            full.setattr("explo_async.export.run.make_target", fail)
            assert export(target) == 1
        assert capsys.readouterr().out == ""
        asked = emulator.requests
        assert export(target, "--resume") == 0
        assert emulator.requests == asked
    assert capsys.readouterr() == (f"1,200 customers in {target}\n", "")
    assert len(read(target)) == 1200


def test_a_list_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--consistency exact reads each page before and after a COUNT, and the file has just the list of that moment."""
    target = tmp_path / "customers.csv"
    with leading_to(monkeypatch) as emulator:
        assert export(target, "--page-size", "100", "--consistency", "exact") == 0
    assert capsys.readouterr() == (f"1,200 customers in {target}, exact\n", "")
    sizes = [seen.page_size for seen in emulator.log]
    assert sizes == [100] * 12 + [1] + [100] * 12
    assert sorted(emulator.pages[:12]) == sorted(emulator.pages[13:]) == list(range(1, 13))
    assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


def test_the_format_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--format counts before the ending."""
    with leading_to(monkeypatch):
        assert export(tmp_path / "customers.txt", "--format", "csv") == 0
    assert (tmp_path / "customers.txt").read_text().startswith("provided_id,name,")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["customers.txt"], 2, "'customers.txt' has none of the endings .jsonl, .jsonl.gz"),
        (["customers.csv", "--format", "xml"], 2, "--format"),
        (["no/customers.csv"], 2, "there is no folder"),
        (["customers.csv", "--page-size", "0"], 2, "--page-size must be an int of at least 1"),
        (["customers.csv", "--consistency", "off"], 2, "--consistency"),
        (["customers.csv", "--token", "hush"], 2, "there is no --token"),
        ([], 2, "requires an argument"),
        (["there.csv"], 1, "error: 'there.csv' exists; name another file, or replace it with --overwrite"),
    ],
)
def test_what_cannot_work_is_one_line(
    arguments: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is said before the first request, and leaves nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").touch()
    with leading_to(monkeypatch) as emulator:
        assert export(*arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: ")
    assert words in err
    assert err.count("\n") == 1
    assert emulator.requests == 0
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_a_format_whose_package_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to install, before the first request."""
    monkeypatch.setitem(sys.modules, "explo_async.files.parquet_file", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in [name for name in sys.modules if name.startswith("explo_async.") and "arrow" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "explo_async.files.parquet_file")
    with leading_to(monkeypatch) as emulator:
        assert export(tmp_path / "customers.parquet") == 2
    assert "pip install 'explo-async[arrow]'" in capsys.readouterr().err
    assert emulator.requests == 0


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
    assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


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
    assert [record.provided_id for record in read(target)] == list(emulator.provided_ids)


def test_a_signal_at_the_beginning_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first customer there is nothing to go on with."""
    with leading_to(monkeypatch) as emulator:
        interrupt(emulator, signal.SIGINT, page=1)
        assert export(tmp_path / "customers.csv") == 130
    assert capsys.readouterr().err == "explo-async: interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_counters_for_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--progress json writes the counters as lines of JSON while it runs and at its end, and warnings likewise."""
    monkeypatch.setattr(progress_json, "SECONDS", 0.02)
    target = tmp_path / "customers.csv"
    arguments = [target, "--page-size", "100", "--max-concurrency", "2", "--progress", "json"]
    with leading_to(monkeypatch, latency=0.03) as emulator:
        interrupt(emulator, signal.SIGINT)
        assert export(*arguments) == 130
        *lines, _ = capsys.readouterr().err.splitlines()
        kept = json.loads(lines[-1])["customers"]
        assert {json.loads(line)["verdict"] for line in lines} <= {None, "incomplete"}
    again: dict[str, Any] = {"port": int(emulator.url.rpartition(":")[2]), "faults": [Status(503, page=9, attempt=1)]}
    with leading_to(monkeypatch, latency=0.03, **again):
        assert export(*arguments, "--resume") == 0
    out, err = capsys.readouterr()
    # Of the rows of a former run no count can be sure: one may be gone, and another be there in its place.
    assert out == f"1,200 customers in {target}, complete by order\n"
    told = [json.loads(line) for line in err.splitlines()]
    warnings = [line["warning"] for line in told if "warning" in line]
    counters = [line for line in told if "warning" not in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("page 9: the server answered 503")
    assert len(counters) > 2
    assert counters[0]["total_count"] is None
    last = counters[-1]
    assert (last["customers"], last["total_count"], last["written"], last["retries"]) == (1200, 1200, 1200, 1)
    assert 0 < last["resumed_from"] <= kept
    assert (last["verdict"], last["basis"]) == ("complete", "order")
    assert {(line["verdict"], line["basis"]) for line in counters if line["customers"] < 1200} == {(None, None)}
    assert sorted(counters, key=lambda line: line["customers"]) == counters


def test_counters_that_nobody_reads_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed standard error ends nothing."""
    with leading_to(monkeypatch):
        monkeypatch.setattr(sys, "stderr", None)
        assert export(tmp_path / "customers.csv", "--progress", "json") == 0
        read_end, write_end = os.pipe()
        os.close(read_end)
        with os.fdopen(write_end, "w") as closed:
            monkeypatch.setattr(sys, "stderr", closed)
            assert export(tmp_path / "again.csv", "--progress", "json") == 0
            monkeypatch.undo()


def test_a_bar_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts what was there before an export went on, and says when all has been read and the file is made."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    target = tmp_path / "customers.csv"
    arguments = [target, "--page-size", "100", "--max-concurrency", "2"]
    with leading_to(monkeypatch) as emulator:
        interrupt(emulator, signal.SIGINT)
        assert export(*arguments, "--quiet") == 130
        monkeypatch.setattr(sys, "stderr", terminal)
        assert export(*arguments, "--resume") == 0
    drawn = terminal.getvalue()
    assert "1,200/1,200 customers" in drawn
    assert "all read, 1,200 written to the file" in drawn
    assert drawn.rindex(" · complete by order") > drawn.rindex("all read, 1,200 written to the file · elapsed ")


def test_a_link_keeps_leading_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the link is replaced, but what it leads to."""
    file, link = tmp_path / "real.csv", tmp_path / "link.csv"
    file.touch()
    link.symlink_to(file)
    with leading_to(monkeypatch):
        assert export(link, "--overwrite") == 0
    assert link.is_symlink()
    assert len(read(file)) == 1200
