"""`customers diff` of a file and the live list of an emulator."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.app import run
from explo_async.emulator.faults import Status
from explo_async.emulator.synthetic import make_customer, provided_id_of
from tests.helpers.cli_running import lead_to, served
from tests.helpers.diff_lists import write_lines
from tests.helpers.terminals import Terminal, TerminalFile
from tests.promises.catalogue.faults import Changed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def export(tmp_path: Path) -> str:
    """Export the first 2,500 synthetic customers, without tokens."""
    rows = [make_customer(0, serial) for serial in range(2500)]
    return write_lines(tmp_path / "export.jsonl", [row | {"token": None} for row in rows])


@pytest.mark.parametrize("page_size", [100, 1000])
def test_an_export_is_compared_with_the_live_list(
    page_size: int, export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What has been deleted, added and changed since is told; the tokens that only the live list has are no change."""
    with served(2500) as emulator:
        lead_to(emulator, monkeypatch)
        command = ["customers", "diff", export, "--page-size", str(page_size)]
        assert run(command) == 0
        assert capfd.readouterr() == ("0 added, 0 removed, 0 changed, 2,500 unchanged\n", "")
        emulator.delete(provided_id_of(7))
        emulator.delete(provided_id_of(1234))
        emulator.add(make_customer(0, 1234) | {"name": "Another"})
        emulator.add()
        assert run([*command, "--consistency", "verified"]) == 3
    out, err = capfd.readouterr()
    assert err == ""
    assert "fake-token" not in out
    _, *differences, counts = out.splitlines()
    assert [line.split()[:2] for line in differences] == [
        ["changed", "customer-0001234"],
        ["removed", "customer-0000007"],
        ["added", "customer-0002500"],
    ]
    assert counts == "1 added, 1 removed, 1 changed, 2,498 unchanged"


def test_filters_reach_the_live_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An export of a part is compared with that part."""
    rows = [make_customer(0, serial) for serial in range(110, 200, 10)]
    with served(300) as emulator:
        lead_to(emulator, monkeypatch)
        filters = ["--parent-provided-id", "customer-0000100", "--hierarchy-level-name", "Region"]
        assert run(["customers", "diff", write_lines(tmp_path / "part.jsonl", rows), *filters]) == 0
    assert capfd.readouterr() == ("0 added, 0 removed, 0 changed, 9 unchanged\n", "")


def test_the_options_reach_the_client(
    export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """--base-url wins over the variable, --max-concurrency bounds the requests, --consistency asks for more of them."""
    with served(2500, latency=0.01) as emulator:
        lead_to(emulator, monkeypatch)
        monkeypatch.setenv("EXPLO_BASE_URL", "https://explo.invalid")
        command = ["customers", "diff", export, "--base-url", emulator.url, "--page-size", "250"]
        assert run([*command, "--max-concurrency", "2", "--consistency", "verified"]) == 0
        assert emulator.peak_in_flight <= 2
        assert emulator.log[0].page_size == 250
        assert emulator.requests > 10
    assert capfd.readouterr().out == "0 added, 0 removed, 0 changed, 2,500 unchanged\n"


def test_an_export_is_compared_with_the_list_at_one_moment(
    export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --consistency exact each page is read before and after a COUNT, and each customer is compared once."""
    with served(2500) as emulator:
        lead_to(emulator, monkeypatch)
        emulator.delete(provided_id_of(7))
        emulator.add()
        command = ["customers", "diff", export, "--page-size", "250", "--consistency", "exact"]
        assert run(command) == 3
    assert [seen.page_size for seen in emulator.log] == [250] * 10 + [1] + [250] * 10
    out, err = capfd.readouterr()
    assert err == ""
    assert [line.split()[:2] for line in out.splitlines()[1:-1]] == [
        ["removed", "customer-0000007"],
        ["added", "customer-0002500"],
    ]
    assert out.splitlines()[-1] == "1 added, 1 removed, 0 changed, 2,499 unchanged"


def test_a_timeout_is_an_error(export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A list that is not complete within --timeout ends with 1 and one line."""
    with served(3, latency=30.0) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", export, "--timeout", "0.05"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: the list was not complete within 0.05 s; raise --timeout\n")


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_a_pause_is_told_unless_quiet(
    options: list[str], export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A pause that the server asks for is one line on standard error, and with --quiet none."""
    refusal = Status(429, page=1, attempt=1, headers={"Retry-After": "1"})
    with served(2500, faults=[refusal]) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", export, *options]) == 0
    out, err = capfd.readouterr()
    assert out == "0 added, 0 removed, 0 changed, 2,500 unchanged\n"
    assert err.count("\n") == (0 if options else 1)
    assert err.startswith("" if options else "explo-async: warning: the server answered 429")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_bar_is_drawn_where_it_disturbs_nothing(
    options: list[str], export: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live list has its progress bar on a terminal, unless JSON Lines go to the same one as they come."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with served(2500) as emulator, TerminalFile(sys.stdout.fileno()) as output:
        lead_to(emulator, monkeypatch)
        monkeypatch.setattr(sys, "stdout", output)
        assert run(["customers", "diff", export, *options]) == 0
    drawn = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", terminal.getvalue())
    assert ("2,500/2,500 customers ━" in drawn) == (not options)
    assert ("pages 3/3 · requests 4" in drawn) == (not options)


def miscount(page: dict[str, Any]) -> dict[str, Any]:
    """Count customers that no page has."""
    return page | {"total_count": page["total_count"] + 5}


@pytest.mark.parametrize("fault", [Status(418, page=3), Changed(miscount)], ids=["a page fails", "rows are missing"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_live_list_that_is_not_complete_removes_nobody(
    fault: Any, options: list[str], export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without the whole list neither "removed" nor "added" is said of anybody, nor a summary; the code is 1."""
    with served(2400, faults=[fault]) as emulator:
        lead_to(emulator, monkeypatch)
        emulator.delete(provided_id_of(0))
        emulator.add(make_customer(0, 0) | {"name": "Another"}, 0)
        assert run(["customers", "diff", export, *options]) == 1
    out, err = capfd.readouterr()
    assert {json.loads(line)["kind"] for line in out.splitlines()} == ({"changed"} if options else set())
    assert "fake-token" not in out
    assert err.startswith("explo-async: error: ")
    assert err.count("\n") == 1


def test_a_file_that_cannot_be_read_costs_no_request(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file is looked into first, and no bar is drawn for what is not begun."""
    with served(10) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", "none.jsonl"]) == 1
        assert capfd.readouterr().err.startswith("explo-async: error: cannot read 'none.jsonl'")
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        assert run(["customers", "diff", "none.jsonl"]) == 1
        assert "customers" not in terminal.getvalue()
        assert emulator.requests == 0
