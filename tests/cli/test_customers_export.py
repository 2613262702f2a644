"""`customers export`: what it writes and says, and what it refuses."""

from __future__ import annotations

import errno
import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.cli_exports import export, leading_to
from tests.helpers.exports import read_file

if TYPE_CHECKING:
    from pathlib import Path


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
    assert [record.provided_id for record in read_file(tmp_path / "customers.csv")] == list(emulator.provided_ids)
    assert len(read_file(tmp_path / "again.csv")) == 108


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
        assert export(target, "--resume", "--report", tmp_path / "report.json") == 0
        assert emulator.requests == asked
    # What the former run had proved is still known.
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (report["customers"], report["report"]["verdict"]) == (1200, "complete")
    assert capsys.readouterr() == (f"1,200 customers in {target}\n", "")
    assert len(read_file(target)) == 1200


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
    assert [record.provided_id for record in read_file(target)] == list(emulator.provided_ids)


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
        (["no/customers.csv"], 2, "there is no folder 'no'; make it first"),
        ([".", "--format", "csv"], 2, "'.' is there, and is no file; name a file"),
        (["/", "--format", "csv"], 2, "'/' is there, and is no file; name a file"),
        (["customers.csv", "--page-size", "0"], 2, "--page-size must be a whole number of at least 1"),
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


def test_a_link_keeps_leading_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the link is replaced, but what it leads to; one that leads nowhere becomes the file."""
    file, link = tmp_path / "real.csv", tmp_path / "link.csv"
    file.touch()
    link.symlink_to(file)
    with leading_to(monkeypatch):
        assert export(link, "--overwrite") == 0
    assert link.is_symlink()
    assert len(read_file(file)) == 1200
    nowhere = tmp_path / "nowhere.csv"
    nowhere.symlink_to(nowhere)
    with leading_to(monkeypatch):
        assert export(nowhere) == 0
    assert len(read_file(nowhere)) == 1200
