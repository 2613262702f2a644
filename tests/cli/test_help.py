"""Help: that it fits a terminal, and that what it says in numbers and names is so."""

from __future__ import annotations

import inspect
import io
import sys

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands.demo import demo
from explo_async.cli.options import USUAL_CUSTOMERS, USUAL_LATENCY
from explo_async.emulator.quota import DOCUMENTED
from explo_async.files.formats import FORMATS


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["completion"],
        ["customers"],
        ["customers", "count"],
        ["customers", "export"],
        ["customers", "diff"],
        ["customers", "list"],
        ["customers", "get"],
        ["customers", "create"],
        ["customers", "update"],
        ["customers", "delete"],
        ["customers", "refresh-token"],
        ["customers", "plan"],
        ["customers", "apply"],
        ["group-tags"],
        ["group-tags", "list"],
        ["group-tags", "create"],
        ["group-tags", "rename"],
        ["group-tags", "delete"],
        ["demo"],
        ["doctor"],
        ["serve"],
    ],
)
@pytest.mark.parametrize("columns", [80, 140])
def test_help_fits_a_terminal(
    arguments: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help is printed in the terminal's width, with an example on a line, and without colours where there is none."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run([*arguments, "--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(" ".join(["Usage: explo-async", *arguments]))
    assert max(map(len, out.splitlines())) <= columns
    assert " ".join([" • explo-async", *arguments]) in out.replace("source <(", "")
    assert "\x1b" not in out


def test_help_takes_the_width_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not matter how wide the terminal was when the command was loaded."""
    widths = []
    for columns in (140, 80, 140):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert run(["demo", "--help"]) == 0
        widths.append(max(map(len, capsys.readouterr().out.splitlines())))
    assert widths == [140, 80, 140]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (["--help"], 0, " * explo-async demo"),
        ([], 2, " * explo-async demo"),
        (["customers"], 2, " * explo-async customers count"),
        (["customers", "diff", "--help"], 0, " * explo-async customers diff"),
        (["completion", "bash"], 0, "complete -F"),
        (["completion", "zsh"], 0, "or the list..."),
    ],
)
def test_help_degrades_where_the_output_is_not_utf_8(
    encoding: str, arguments: list[str], code: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bullets and boxes become plain signs; nothing becomes a question mark, and nothing fails."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    assert run(arguments) == code
    text = written.getvalue().decode(encoding)
    assert shown in text
    assert " ? " not in text


@pytest.mark.parametrize("arguments", [[], ["customers"]])
def test_a_missing_word_is_answered_with_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is shown, but a script learns that nothing was done."""
    assert run(arguments) == 2
    assert capsys.readouterr().out.startswith("Usage: explo-async")


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command's help says, on one line."""
    assert run([*command.split(), "--help"]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_every_argument_has_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    """One that may be left out has its own name in the first line, as in the list below."""
    assert help_of("customers diff", capsys).startswith("Usage: explo-async customers diff [OPTIONS] OLD [NEW] Tell ")


def test_the_endings_are_those_of_all_formats(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the export lists them in the order of the formats."""
    *endings, last = [form.ending for form in FORMATS]
    assert f"FILE ends in {', '.join(endings)} or {last}." in help_of("customers export", capsys)


def test_the_numbers_of_the_demo_are_those_that_it_runs_with(capsys: pytest.CaptureFixture[str]) -> None:
    """Customers, latency and quota are said as they are, and how many requests smaller pages take."""
    told = help_of("demo", capsys)
    assert f"Fetch {USUAL_CUSTOMERS:,} customers from" in told
    assert f"after {1000 * USUAL_LATENCY:.0f} ms, at most {DOCUMENTED.requests} requests a minute." in told
    assert DOCUMENTED.per == 60
    requests = USUAL_CUSTOMERS // 100
    assert f"With --page-size 100 the list needs {requests} requests" in told
    assert requests > DOCUMENTED.requests > USUAL_CUSTOMERS / inspect.signature(demo).parameters["page_size"].default
