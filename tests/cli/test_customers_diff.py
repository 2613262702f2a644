"""`customers diff` of files, and of a file and an emulator's list."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from explo_async.cli.app import run
from explo_async.diff.matching import Matcher
from explo_async.emulator.faults import Status
from explo_async.emulator.synthetic import make_customer, provided_id_of
from explo_async.files import jsonl_file
from tests.helpers.cli_running import lead_to, served
from tests.helpers.terminals import Terminal, TerminalFile
from tests.promises.catalogue.faults import Changed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


OLD: list[dict[str, Any]] = [
    {"provided_id": "same", "name": "Same"},
    {"provided_id": "gone", "name": "[bold]Gone[/bold]"},
    {"provided_id": "secret", "name": "Secret", "token": "s3cret-old"},
    {"provided_id": "plan", "name": "Plan", "properties": {"plan": "free", "flags": {"sso": True, "trial": 1}}},
    {"provided_id": "renamed", "name": "Renamed at that", "emails": ["a@example.com"], "created": None},
]
NEW: list[dict[str, Any]] = [
    {"provided_id": "fresh", "name": None},
    {"provided_id": "secret", "name": "Secret", "token": "s3cret-new"},
    {"provided_id": "same", "name": "Same", "emails": [], "properties": None},
    {"provided_id": "plan", "name": "Plan", "properties": {"flags": {"trial": 1}, "plan": "team"}},
    {
        "provided_id": "renamed",
        "name": "[red]東京\u001b[2J\u202e\n",
        "emails": ["a@example.com", "b@example.com"],
        "k": 1,
    },
    {"provided_id": "long-one", "name": "long" * 20},
]
NARROW = """\
         provided_id  name                  change
changed  secret       Secret                token
changed  plan         Plan                  properties.flags.sso true → absent,…
changed  renamed      [red]東京 [2J         name "Renamed … → "[red]東 …, email…
removed  gone         [bold]Gone[/bold]
added    fresh
added    long-one     longlonglonglonglon…
2 added, 1 removed, 3 changed, 1 unchanged
"""
WIDE = """\
         provided_id  name                                 change
changed  secret       Secret                               token
changed  plan         Plan                                 properties.flags.sso true → absent, properties.plan "free" → "team"
changed  renamed      [red]東京 [2J                        name "Renamed at that" → "[red]東京\\u001b[2J \\n", emails ["a@example.com"] → ["a…
removed  gone         [bold]Gone[/bold]
added    fresh
added    long-one     longlonglonglonglonglonglonglonglo…
2 added, 1 removed, 3 changed, 1 unchanged
"""
CHANGES = {
    "secret": {"token": {}},
    "plan": {"properties": {"old": OLD[3]["properties"], "new": NEW[3]["properties"]}},
    "renamed": {
        "name": {"old": OLD[4]["name"], "new": NEW[4]["name"]},
        "emails": {"old": OLD[4]["emails"], "new": NEW[4]["emails"]},
        "extra.created": {"old": None},
        "extra.k": {"new": 1},
    },
}
NO_CHANGE = "0 added, 0 removed, 0 changed, 5 unchanged\n"


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write JSON Lines as an export has them; return the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Write the two lists."""
    return [write(tmp_path / "old.jsonl", OLD), write(tmp_path / "new.jsonl", NEW)]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print for 80 columns, whatever terminal the tests run in."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("columns", "expected"), [("80", NARROW), ("140", WIDE)])
def test_a_table_has_a_line_for_each_difference(
    columns: str, expected: str, files: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each line fits the terminal, whatever is in the texts; mappings show the keys that differ, the token no value."""
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["customers", "diff", *files]) == 3
    assert capfd.readouterr() == (expected, "")
    assert all(cell_len(line) <= int(columns) for line in expected.splitlines())


@pytest.mark.parametrize("limit", [0, 1, 3, 5])
def test_a_table_is_limited_and_counts_are_not(limit: int, files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Beyond --limit differences are only counted, and a line says how all can be seen."""
    assert run(["customers", "diff", *files, "--limit", str(limit)]) == 3
    table = NARROW.splitlines(keepends=True)
    *lines, more, counts = capfd.readouterr().out.splitlines(keepends=True)
    assert [line.split()[:2] for line in lines[1:]] == [line.split()[:2] for line in table[1 : limit + 1]]
    assert more == f"and {6 - limit} more; --json shows all\n"
    assert counts == table[-1]


def test_an_id_is_whole_as_long_as_it_leaves_room(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Names and changes are cut before an id is, and an id where it would take more than half of the line."""
    uuid, long = "0b54b5e0-7d3c-4f8e-9d43-8f4f6a1f2c11", "i" * 99
    old = write(tmp_path / "old.jsonl", [{"provided_id": uuid, "name": "n" * 50, "access_group": "a" * 50}])
    new = write(tmp_path / "new.jsonl", [{"provided_id": uuid, "name": "m" * 50, "access_group": "b" * 50}])
    assert run(["customers", "diff", old, new]) == 3
    line = capfd.readouterr().out.splitlines()[1]
    assert line.startswith(f"changed  {uuid}  mmmm")
    assert line.endswith("…")
    assert run(["customers", "diff", old, write(tmp_path / "long.jsonl", [{"provided_id": long, "name": "N"}])]) == 3
    assert capfd.readouterr().out.splitlines()[2] == f"added    {'i' * 39}…  N"


def test_json_has_every_difference(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """With --json each difference is an object with all values but a token's, and the last one is the summary."""
    assert run(["customers", "diff", *files, "--json", "--limit", "0"]) == 3
    out, err = capfd.readouterr()
    assert err == ""
    assert "s3cret" not in out
    *differences, summary = [json.loads(line) for line in out.splitlines()]
    assert differences[:3] == [
        {"kind": "changed", "provided_id": provided_id, "fields": fields} for provided_id, fields in CHANGES.items()
    ]
    assert [(each["kind"], each["provided_id"]) for each in differences[3:]] == [
        ("removed", "gone"),
        ("added", "fresh"),
        ("added", "long-one"),
    ]
    assert all(each["customer"]["provided_id"] == each["provided_id"] for each in differences[3:])
    assert differences[3]["customer"]["name"] == "[bold]Gone[/bold]"
    assert "token" not in differences[3]["customer"]
    assert summary == {"kind": "summary", "added": 2, "removed": 1, "changed": 3, "unchanged": 1}


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], NO_CHANGE), (["--json"], '{"kind":"summary","added":0,"removed":0,"changed":0,"unchanged":5}\n')],
)
def test_no_difference_is_code_0(
    options: list[str], expected: str, files: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Lists that are the same in another order end the command with 0, and the summary alone is printed."""
    assert run(["customers", "diff", files[0], write(tmp_path / "other.jsonl", OLD[::-1]), *options]) == 0
    assert capfd.readouterr() == (expected, "")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (
            ["none.jsonl", "new.jsonl"],
            1,
            "cannot read 'none.jsonl': No such file or directory; give the path of an export",
        ),
        (["old.jsonl", "none.csv"], 1, "cannot read 'none.csv': No such file or directory; give the path of an export"),
        (["old.jsonl", "."], 2, "'' has none of the endings "),
        (["old.txt", "new.jsonl"], 2, "'old.txt' has none of the endings "),
        (["old.jsonl", "twice.jsonl"], 1, "'twice.jsonl': the customer 'a\\nb' is there twice; correct it, or export "),
        (["wrong.jsonl", "new.jsonl"], 1, "'wrong.jsonl': line 1: provided_id is missing; correct it, or export "),
        (["old.jsonl", "new.jsonl", "--timeout", "3"], 2, "--timeout is about the live list, and here are two files; "),
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
    write(tmp_path / "twice.jsonl", [{"provided_id": "a\nb"}] * 2)
    write(tmp_path / "wrong.jsonl", [{"token": "s3cret"}])
    assert run(["customers", "diff", *arguments]) == code
    out, err = capfd.readouterr()
    assert out == ""
    # Versions of cyclopts put different words in quotes.
    assert err.replace('"', "").startswith(f"explo-async: error: {told}".replace('"', ""))
    assert err.count("\n") == 1


@pytest.fixture
def export(tmp_path: Path) -> str:
    """Export the first 2,500 synthetic customers, without tokens."""
    rows = [make_customer(0, serial) for serial in range(2500)]
    return write(tmp_path / "export.jsonl", [row | {"token": None} for row in rows])


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
        assert run(["customers", "diff", write(tmp_path / "part.jsonl", rows), *filters]) == 0
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
def test_retries_are_told_unless_quiet(
    options: list[str], export: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A retry is one line on standard error, and with --quiet none."""
    with served(2500, faults=[Status(503, page=1, attempt=1)]) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", export, *options]) == 0
    out, err = capfd.readouterr()
    assert out == "0 added, 0 removed, 0 changed, 2,500 unchanged\n"
    assert err.count("\n") == (0 if options else 1)
    assert err.startswith("" if options else "explo-async: warning: page 1: the server answered 503")


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


def test_files_are_read_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file is read far ahead of the other, so that little waits for its counterpart."""
    read, order = jsonl_file.read, ""

    def watched(path: Path) -> Iterator[Any]:
        nonlocal order
        for chunk in read(path):
            order += path.name[0]
            yield chunk

    monkeypatch.setattr(jsonl_file, "read", watched)
    rows = [make_customer(0, serial) for serial in range(4000)]
    assert run(["customers", "diff", write(tmp_path / "old.jsonl", rows), write(tmp_path / "new.jsonl", rows)]) == 0
    assert re.fullmatch("(?:on){3,}", order)


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
    """The file is looked into first."""
    with served(10) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "diff", "none.jsonl"]) == 1
        assert emulator.requests == 0
    assert capfd.readouterr().err.startswith("explo-async: error: cannot read 'none.jsonl'")


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
    old = write(tmp_path / "old.jsonl", [make_customer(0, serial) for serial in range(6000)])
    assert run(["customers", "diff", old, write(tmp_path / "new.jsonl", [])]) == code
    assert parts < 4
    out, err = capfd.readouterr()
    assert out == ""
    assert err == ("explo-async: interrupted\n" if number == signal.SIGINT else "")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_enough_does_not_hide_differences(
    options: list[str], files: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a closed pipe the command still ends with 3, and without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert run(["customers", "diff", *files, *options]) == 3
        monkeypatch.undo()
    assert capfd.readouterr().err == ""


def test_colours_are_for_terminals(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal kinds are coloured, unless NO_COLOR is set; what cannot be encoded is replaced."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert run(["customers", "diff", *files]) == 3
    assert "\x1b[32madded" in terminal.getvalue()
    assert "\x1b[31mremoved" in terminal.getvalue()
    assert "\x1b[33mchanged" in terminal.getvalue()
    assert terminal.getvalue().isascii()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    monkeypatch.setattr(sys, "stdout", plain)
    assert run(["customers", "diff", *files]) == 3
    assert not re.search(r"\x1b\[(?:\d+;)*3\d", plain.getvalue())
    assert "removed  gone" in re.sub(r"\x1b\[[\d;]*m", "", plain.getvalue())
