"""Wrong usage, version, and what the command needs to be installed."""

from __future__ import annotations

import importlib.metadata
import runpy
import sys
from typing import NoReturn

import pytest

import explo_async.__main__
from explo_async.cli import main
from explo_async.cli.app import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["customers", "list", "--page-size", "0"], "--page-size must be a whole number of at least 1, not 0"),
        (["customers", "list", "--page-size", "x"], "error: --page-size must be a whole number, not x\n"),
        (["customers", "list", "--timeout", "a b"], "error: --timeout must be a number, not 'a b'\n"),
        (["customers", "list", "--quiet=maybe"], "error: --quiet must be true or false, not maybe\n"),
        (
            ["customers", "list", "--max-concurrency", "0"],
            "--max-concurrency must be a whole number of at least 1, not 0",
        ),
        (["customers", "list", "--consistency", "best"], "--consistency"),
        (["customers", "list", "--timeout", "-1"], "--timeout must be a number of seconds above 0, not -1.0"),
        (["customers", "count", "--base-url", "http://explo.invalid"], "unencrypted"),
        (["customers", "count", "more", "and more"], "error: more arguments than expected: more 'and more'\n"),
        (["demo", "--page-size", "1001"], "--page-size"),
        (["demo", "--customers", "1.5"], "error: --customers must be a whole number, not 1.5\n"),
        (["demo", "--page-size=2.0"], "error: --page-size must be a whole number, not 2.0\n"),
        (["serve", "--port", "0.4"], "error: --port must be a whole number, not 0.4\n"),
        (["serve", "--changes", "0.4"], "error: --changes must be a whole number, not 0.4\n"),
        (["serve", "--seed", "0.4"], "error: --seed must be a whole number, not 0.4\n"),
        (["customers", "list", "--max-concurrency", "1.5"], "--max-concurrency must be a whole number, not 1.5\n"),
        (["customers", "export", "a.csv", "--page-size", "1.5"], "--page-size must be a whole number, not 1.5\n"),
        (["customers", "diff", "a.csv", "--limit", "1.5"], "--limit must be a whole number, not 1.5\n"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--token", "a b"], "--token has a character at position 1"),
        (["customers", "export", "--nope"], 'Invalid value "--nope" for FILE. There is no such option; a file'),
        (["customers", "export", "a.csv", "--nope"], "Unknown option: --nope."),
        (
            ["customers", "count", "--token-file", "--quiet"],
            'Invalid value "--quiet" for --token-file. There is no such',
        ),
        (["serve", "--token"], "requires an argument"),
        (["customers", "lits"], 'Did you mean "list"?'),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot work ends with 2, one line that says why, and nothing on standard output."""
    monkeypatch.setenv("EXPLO_TOKEN", "fake")
    # Nothing there: a request would be refused.
    monkeypatch.setenv("EXPLO_BASE_URL", "http://127.0.0.1:1")
    # Rows need a descriptor, which this stream has not; no row is written.
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("explo-async: error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["customers", "list", "--token", "hush"],
        ["customers", "count", "--token=hush"],
        ["--token", "hush", "customers", "list"],
        ["customers", "export", "--token", "hush", "a.csv"],
        ["customers", "export", "--token=hush", "--resume"],
        ["customers", "export", "a.csv", "--token", "hush"],
    ],
)
def test_a_token_on_the_command_line_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A --token is refused with the reason, and not repeated."""
    assert run(arguments) == 2
    reason = "there is no --token, as a command line shows in `ps` and in the history"
    expected = f"explo-async: error: {reason}: set EXPLO_TOKEN or give --token-file\n"
    assert capsys.readouterr() == ("", expected)


def test_without_a_token_it_says_where_one_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    """No token, neither in the environment nor in a file, is wrong usage."""
    assert run(["customers", "count"]) == 2
    assert capsys.readouterr().err == (
        "explo-async: error: no token: set EXPLO_TOKEN or give --token-file; "
        "`explo-async serve` gives one to try with\n"
    )


def test_the_version_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--version prints the installed version, or that there is none."""
    monkeypatch.setattr("explo_async.cli.app.version", {"explo-async": "1.2.3"}.__getitem__)
    for words in (["--version"], ["-V"], ["customers", "-V"], ["demo", "-V"]):
        assert run(words) == 0
        assert capsys.readouterr().out == "1.2.3\n"

    def fail(_: str) -> NoReturn:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr("explo_async.cli.app.version", fail)
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "unknown (not installed)\n"


@pytest.mark.parametrize("name", ["cyclopts", "platformdirs", "rich.console"])
def test_a_missing_extra_is_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where cyclopts or rich is not installed, the command says how to install them, and ends with 2."""
    forget_the_command(monkeypatch)
    monkeypatch.setitem(sys.modules, name, None)
    assert main() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("pip install 'explo-async[cli]'\n")
    assert err.count("\n") == 1


def test_another_missing_module_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the extra's packages get that line."""
    forget_the_command(monkeypatch)
    monkeypatch.setitem(sys.modules, "explo_async.cli.exits", None)
    with pytest.raises(ModuleNotFoundError, match=r"explo_async\.cli\.exits"):
        main()


def test_an_interrupt_while_it_loads_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before the command has begun ends it with 130."""

    class Impatient:
        def find_spec(self, *_: object) -> None:
            raise KeyboardInterrupt

    forget_the_command(monkeypatch)
    monkeypatch.setattr(sys, "meta_path", [Impatient()])
    assert main() == 130


def test_the_package_runs_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m explo_async` is the command, with the process's own arguments."""
    monkeypatch.setattr(sys, "argv", ["explo-async", "--token=hush"])
    with pytest.raises(SystemExit) as ending:
        runpy.run_path(explo_async.__main__.__file__, run_name="__main__")
    assert ending.value.code == 2
    assert "there is no --token" in capsys.readouterr().err
    runpy.run_path(explo_async.__main__.__file__, run_name="another")


def forget_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next import of the command load its modules again."""
    for name in [name for name in sys.modules if name.startswith("explo_async.cli.")]:
        monkeypatch.delitem(sys.modules, name)
