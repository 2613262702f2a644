"""`demo` and the options of `serve`."""

from __future__ import annotations

import signal
import sys
from functools import partial
from typing import Any

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands import serve as serve_module
from explo_async.emulator import EARLIER, Behaviour, Change, Changes, Dialect, Emulator, Quota
from explo_async.emulator.changes import Changing
from explo_async.emulator.synthetic import make_customer
from tests.helpers.cli_running import served
from tests.helpers.terminals import Terminal, Watched


def test_the_demo_fetches_all_and_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo needs no token and no network, keeps the quota, and sums up what it did."""
    assert (
        run(["demo", "--customers", "1250", "--latency", "0.01", "--page-size", "100", "--max-concurrency", "3"]) == 0
    )
    out, err = capsys.readouterr()
    assert err == ""
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if "│" in line]
    numbers = {cell[0]: cell[1] for cell in cells}
    assert list(numbers) == [
        "customers",
        "pages",
        "requests",
        "at most under way",
        "retries",
        "429s",
        "quota wait",
        "elapsed",
        "customers per second",
        "verdict",
    ]
    exact = [numbers[name] for name in ("customers", "pages", "requests", "429s", "verdict")]
    assert exact == ["1,250", "13", "14", "0", "complete by count"]
    assert 1 <= int(numbers["at most under way"]) <= 3


def test_the_demo_draws_its_bar_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar goes to standard error, when that is a terminal; the table to standard output."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert run(["demo", "--customers", "10", "--latency", "0"]) == 0
    assert "10/10 customers" in terminal.getvalue()


def test_a_demo_without_its_emulator_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the emulator's process does not start, the command ends with 1 and says so."""
    monkeypatch.setattr("explo_async.emulator.process._PROGRAM", "raise SystemExit(3)")
    assert run(["demo"]) == 1
    _, err = capsys.readouterr()
    assert err.startswith("explo-async: error: the emulator's process ended with status 3")


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that cannot be had ends the command with 1, and the line says what to do."""
    with served(1) as other:
        port = other.url.rpartition(":")[2]
        assert run(["serve", "--port", port]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"explo-async: error: cannot listen on port {port}: ")
    assert err.endswith("give another --port, or 0 for any free one\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"customers": 25_000, "latency": 0.08, "quota": Quota(180, 60.0), "dialect": Dialect(), "port": 0}),
        ([], {"changes": None, "one_snapshot": False}),
        (["--dialect", "camel", "--jitter", "0.5", "--seed", "7"], {"dialect": EARLIER, "jitter": 0.5, "seed": 7}),
        (["--changes-per-second", "2.5", "--seed", "7"], {"changes": Changes(2.5, seed=7), "one_snapshot": False}),
        (["--one-snapshot"], {"changes": None, "one_snapshot": True}),
        ([], {"behaviour": Behaviour()}),
        (
            ["--behaviour", "objects=merge", "--behaviour", "lag=2.5"],
            {"behaviour": Behaviour(objects="merge", lag=2.5)},
        ),
    ],
)
def test_the_options_of_serve_reach_the_emulator(
    arguments: list[str], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default it answers as Explo does: after 80 ms, with the documented quota; each option changes one thing."""
    given: dict[str, Any] = {}

    def make(customers: int, **options: Any) -> Emulator:
        given.update(options, customers=customers)
        return Emulator(1)

    monkeypatch.setattr(serve_module, "Emulator", make)
    watched = Watched(partial(signal.raise_signal, signal.SIGINT))
    monkeypatch.setattr(sys, "stdout", watched)
    assert run(["serve", *arguments]) == 130
    assert {name: given[name] for name in expected} == expected
    assert "180 requests in 60 s" in watched.getvalue()


@pytest.mark.parametrize("rate", ["-1", "inf", "nan", "often"])
def test_a_rate_that_makes_no_sense_is_refused(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Changes come at a number of times a second; anything else is the wrong usage."""
    assert run(["serve", "--changes-per-second", rate]) == 2
    assert "changes-per-second" in capsys.readouterr().err.replace("\n", "").lower()


@pytest.mark.parametrize("word", ["objects", "objects=both", "lag=soon", "lag=-1", "other=merge"])
def test_a_switch_that_makes_no_sense_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no switch, or no setting of it, is the wrong usage."""
    assert run(["serve", "--behaviour", word]) == 2
    assert "--behaviour" in capsys.readouterr().err


def test_serve_can_change_its_list_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --changes-per-second the list changes until Ctrl-C."""
    made: list[Emulator] = []

    def make(*arguments: Any, **options: Any) -> Emulator:
        made.append(Emulator(*arguments, **options))
        made[0]._changing = Changing(options["changes"], made[0]._book, _Interrupting())
        return made[0]

    monkeypatch.setattr(serve_module, "Emulator", make)
    assert run(["serve", "--customers", "3", "--changes-per-second", "500"]) == 130


class _Interrupting(list[Change]):
    """A log of changes that presses Ctrl-C at the third."""

    def append(self, change: Change) -> None:
        super().append(change)
        if len(self) == 3:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(("customers", "changed", "deleted"), [(100, 3, 3), (3, 2, 1), (0, 0, 0)])
def test_serve_can_change_its_list(customers: int, changed: int, deleted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --changes the list differs from that of the same seed as far as it can: the same way each time."""
    made: list[Emulator] = []

    def make(*arguments: Any, **options: Any) -> Emulator:
        made.append(Emulator(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(serve_module, "Emulator", make)
    for _ in range(2):
        monkeypatch.setattr(sys, "stdout", Watched(partial(signal.raise_signal, signal.SIGINT)))
        assert run(["serve", "--customers", str(customers), "--changes", "3"]) == 130
    old = [make_customer(0, serial) for serial in range(customers)]
    new, again = ([*emulator._book.records(emulator._book.select(None, None))] for emulator in made)
    assert new == again
    kept = {record["provided_id"]: record for record in new[: len(new) - 3]}
    assert len(new) == customers - deleted + 3
    differing = [record for record in old if kept.get(record["provided_id"], record) != record]
    assert len(differing) == changed
    assert all(kept[record["provided_id"]]["name"].startswith("Renamed ") for record in differing)
