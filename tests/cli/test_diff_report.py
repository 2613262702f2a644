"""What `customers diff` prints: a table that fits its terminal, or JSON Lines."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from explo_async.cli.app import run
from tests.helpers.diff_lists import NEW, OLD, write_lines
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path


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
    old = write_lines(tmp_path / "old.jsonl", [{"provided_id": uuid, "name": "n" * 50, "access_group": "a" * 50}])
    new = write_lines(tmp_path / "new.jsonl", [{"provided_id": uuid, "name": "m" * 50, "access_group": "b" * 50}])
    assert run(["customers", "diff", old, new]) == 3
    line = capfd.readouterr().out.splitlines()[1]
    assert line.startswith(f"changed  {uuid}  mmmm")
    assert line.endswith("…")
    assert (
        run(["customers", "diff", old, write_lines(tmp_path / "long.jsonl", [{"provided_id": long, "name": "N"}])]) == 3
    )
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
    assert run(["customers", "diff", files[0], write_lines(tmp_path / "other.jsonl", OLD[::-1]), *options]) == 0
    assert capfd.readouterr() == (expected, "")


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
