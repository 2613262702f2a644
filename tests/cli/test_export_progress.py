"""`customers export` under way: the bar, and the counters for machines."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from explo_async.cli import progress_json
from explo_async.emulator.faults import Status
from tests.helpers.cli_exports import export, interrupt, leading_to
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
    refusal = Status(429, page=9, attempt=1, headers={"Retry-After": "1"})
    again: dict[str, Any] = {"port": int(emulator.url.rpartition(":")[2]), "faults": [refusal]}
    with leading_to(monkeypatch, latency=0.03, **again):
        assert export(*arguments, "--resume") == 0
    out, err = capsys.readouterr()
    # Of the rows of a former run no count can be sure: one may be gone, and another be there in its place.
    assert out == f"1,200 customers in {target}, complete by order\n"
    told = [json.loads(line) for line in err.splitlines()]
    warnings = [line["warning"] for line in told if "warning" in line]
    counters = [line for line in told if "warning" not in line]
    assert warnings == ["the server answered 429: nothing is sent for 1 s"]
    assert len(counters) > 2
    assert counters[0]["total_count"] is None
    last = counters[-1]
    assert (last["customers"], last["total_count"], last["written"], last["retries"]) == (1200, 1200, 1200, 1)
    assert 0 < last["resumed_from"] <= kept
    assert last["pages"] == last["pages_total"] == 12
    # In the pause the counters tell how long it is still, and else nothing.
    left = [line["wait_left"] for line in counters if line["wait_left"] is not None]
    # It begins anew, some milliseconds later, once the body has said for how long.
    rounded = [round(seconds, 1) for seconds in left]
    assert rounded == sorted(rounded, reverse=True)
    assert 0 <= min(left) <= max(left) <= 1
    assert last["wait_left"] is None
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


def test_an_export_that_goes_on_ends_with_all_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that needs no step of its own ends with the counts, those of the former export among them."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    arguments = [tmp_path / "customers.jsonl", "--page-size", "100", "--max-concurrency", "2"]
    with leading_to(monkeypatch) as emulator:
        interrupt(emulator, signal.SIGINT)
        assert export(*arguments, "--quiet") == 130
        monkeypatch.setattr(sys, "stderr", terminal)
        assert export(*arguments, "--resume") == 0
    last = terminal.getvalue().rpartition("pages ")[2]
    assert last.startswith("12/12 ")
    assert "complete by order" in last


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
