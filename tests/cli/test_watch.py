"""`customers watch`: what it prints, how it ends, and what is there after any end."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError
from explo_async.cli.app import run
from explo_async.cli.durations import read_duration
from explo_async.emulator.faults import Status
from tests.helpers.cli_running import lead_to, served, settings_of, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explo_async.emulator import Emulator

THREE = [{"provided_id": name, "name": name.upper(), "token": f"token of {name}"} for name in ("a", "b", "c")]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Serve three customers to the command."""
    with served(THREE) as running:
        lead_to(running, monkeypatch)
        yield running


def watch(*options: str) -> int:
    """Run the command, each list right after the one before."""
    return run(["customers", "watch", "--quota", "none", "--every", "0.1", "--quiet", *options])


def test_it_prints_a_line_for_each_event(emulator: Emulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And goes on where it ended."""
    state = ("--state", str(tmp_path / "watch.sqlite"))
    assert watch(*state, "--rounds", "1") == 0
    assert capfd.readouterr() == ("added a A\nadded b B\nadded c C\nsynced 3 customers, complete by count\n", "")
    emulator.change("a", name="two\nlines")
    emulator.delete("c")
    assert watch(*state, "--rounds", "2") == 0
    assert capfd.readouterr().out.splitlines() == [
        "changed a name",
        "synced 2 customers, exact, 1 absent and not confirmed",
        "removed c C",
        "synced 2 customers, exact",
    ]


@pytest.mark.usefixtures("emulator")
def test_as_json_it_prints_an_object_for_each_event(capfd: pytest.CaptureFixture[str]) -> None:
    """With what was and what is, and no token."""
    assert watch("--rounds", "1", "--json", "--initial", "skip") == 0
    (synced,) = map(json.loads, capfd.readouterr().out.splitlines())
    assert (synced["kind"], synced["counts"]["listed"], synced["report"]["verdict"]) == ("synced", 3, "complete")
    assert watch("--rounds", "1", "--json") == 0
    out = capfd.readouterr().out
    assert [json.loads(line).get("provided_id") for line in out.splitlines()] == ["a", "b", "c", None]
    assert "token of" not in out


def test_what_is_held_back_is_an_exit_code(
    emulator: Emulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """4, until the option that it names lets the removals."""
    state = ("--state", str(tmp_path / "watch.sqlite"), "--confirm-removals", "1", "--max-deletes", "0")
    assert watch(*state, "--rounds", "1", "--initial", "skip") == 0
    emulator.delete("b")
    capfd.readouterr()
    assert watch(*state, "--rounds", "1") == 4
    assert capfd.readouterr().out.splitlines() == [
        "held 1 of 3 (33 %), more than 0 and more than 5 %; if it is right, --allow-deletes 1 lets them",
        "synced 2 customers, exact",
    ]
    assert watch(*state, "--rounds", "1", "--allow-deletes", "1") == 0
    assert capfd.readouterr().out.splitlines() == ["removed b B", "synced 2 customers, exact"]


def test_a_list_that_was_not_proved_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """1 where it was the last; a round before the last may fail."""
    with served(THREE, faults=[Status(400, page=1, attempt=1)]) as running:
        lead_to(running, monkeypatch)
        assert watch("--rounds", "1") == 1
        assert capfd.readouterr().out == "skipped the server answered 400 Bad Request\n"
    with served(THREE, faults=[Status(400, page=1, attempt=1)]) as running:
        lead_to(running, monkeypatch)
        assert watch("--rounds", "2", "--initial", "skip") == 0


def test_a_token_that_is_refused_ends_it(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No list to come would be any better."""
    monkeypatch.setenv("EXPLO_TOKEN", "mistyped")
    assert watch() == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("check the token (EXPLO_TOKEN or --token-file): it is mistyped, revoked or absent\n")
    assert emulator.requests == 1


def test_the_state_of_another_account_has_to_be_adopted(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the option that the message names."""
    state = ("--state", str(tmp_path / "watch.sqlite"), "--rounds", "1")
    assert watch(*state, "--initial", "skip") == 0
    with served(THREE, token="the-new-one") as running:
        lead_to(running, monkeypatch)
        capfd.readouterr()
        assert watch(*state) == 1
        assert "is the state of another token or address; name another file" in (err := capfd.readouterr().err)
        assert err.endswith("where the token was replaced, --adopt-state goes on\n")
        assert watch(*state, "--adopt-state") == 0
        assert watch(*state) == 0
    assert emulator.requests == 2


def test_each_list_is_asked_for_as_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By pages, by filters, and within a time."""
    with served(THREE) as running:
        lead_to(running, monkeypatch)
        assert watch("--rounds", "1", "--page-size", "1") == 0
        assert running.requests >= 3
        assert watch("--rounds", "1", "--hierarchy-level-name", "Region") == 0
        assert capfd.readouterr().out.splitlines()[-1] == "synced 0 customers, complete by count"
    with served(THREE, latency=30.0) as running:
        lead_to(running, monkeypatch)
        assert watch("--rounds", "1", "--timeout", "0.05") == 1
        assert capfd.readouterr().out == "skipped the list was not complete within 0.05 s\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--every", "15x"), "--every must be seconds, or a number with s, m, h or d, not '15x'; a quarter of an"),
        (("--every", "0.01"), "--every must be at least 0.1 seconds, not 0.01"),
        (("--rounds", "0"), "--rounds must be a whole number of at least 1, not 0"),
        (("--confirm-removals", "1.5"), "--confirm-removals must be a whole number, not 1.5"),
        (("--max-delete-share", "5"), "--max-delete-share must be a share from 0 to 1, not 5.0; 0.05 are 5 %"),
        (("--initial", "all"), "all"),
    ],
)
def test_wrong_usage_is_told_in_the_words_of_the_command(
    options: tuple[str, ...], message: str, emulator: Emulator, capfd: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent."""
    assert run(["customers", "watch", *options]) == 2
    assert message in capfd.readouterr().err
    assert emulator.requests == 0


@pytest.mark.usefixtures("emulator")
def test_a_short_period_is_warned_of(capfd: pytest.CaptureFixture[str]) -> None:
    """Below a minute, if there is more than one round."""
    words = ["customers", "watch", "--quota", "none", "--initial", "skip"]
    assert run([*words, "--every", "0.1", "--rounds", "2"]) == 0
    assert capfd.readouterr().err == (
        "explo-async: warning: a list each 0.1 s costs most of the quota; --every 15m is usual\n"
    )
    assert run([*words, "--every", "0.1", "--rounds", "1"]) == 0
    assert run([*words, "--every", "60", "--rounds", "1"]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_order(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """While it waits for the next round, too: at once, without a warning, and with its state let go of."""
    state = tmp_path / "watch.sqlite"
    with served(THREE) as emulator:
        words = ("customers", "watch", "--quota", "none", "--state", str(state), "--json")
        with started(*words, settings=settings_of(emulator)) as process:
            assert process.stdout is not None
            assert [json.loads(process.stdout.readline())["kind"] for _ in range(4)][-1] == "synced"
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            assert process.returncode == code
            assert err == (b"explo-async: interrupted\n" if code == 130 else b"")
        # What SQLite writes beside it is in it.
        assert [each.name for each in tmp_path.iterdir()] == ["watch.sqlite"]


def test_after_kill_9_it_goes_on(tmp_path: Path) -> None:
    """What was written is not written again, and nothing is left out; the reader that is gone is no error."""
    with served(THREE) as emulator:
        settings = settings_of(emulator)
        quick = ("--quota", "none", "--every", "0.1", "--json", "--quiet")
        words = ("customers", "watch", *quick, "--state", str(tmp_path / "watch.sqlite"))
        with started(*words, settings=settings) as process:
            assert process.stdout is not None
            lines = [json.loads(process.stdout.readline()) for _ in range(5)]
            # The second round is told, so the first is acknowledged.
            assert [line["kind"] for line in lines] == ["added", "added", "added", "synced", "synced"]
            process.kill()
            process.wait(60)
        emulator.change("a", name="again")
        with started(*words, settings=settings) as process:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert (line["kind"], line["provided_id"], line["fields"]) == ("changed", "a", ["name"])
            process.stdout.close()
            assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("1.5s", 1.5), ("15m", 900.0), ("2h", 7200.0), ("1d", 86400.0)]
)
def test_spans_of_time(text: str, seconds: float) -> None:
    """A number alone is seconds."""
    assert read_duration("every", text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-1", "1e3", "1 h", "15min", "nan", "٣"])
def test_what_is_no_span_of_time(text: str) -> None:
    """The message has the name of the option, and an example."""
    with pytest.raises(ConfigurationError, match="^every must be seconds, or a number with s, m, h or d, not "):
        read_duration("every", text)
