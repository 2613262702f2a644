"""`customers apply`: whom it asks, what it writes, how it ends, and how it goes on."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import stat
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.apply_bar import ApplyBar
from explo_async.emulator import Quota
from explo_async.emulator.faults import Hang, Status
from tests.cli.account import account, check_secrets, customers, items, write_csv, written
from tests.helpers.cli_running import settings_of, started
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("watched")

ROWS = ("provided_id,name,group_tags", *(f"tenant-{number},Tenant {number},managed" for number in (0, 1, 2)))
CHANGES = (*ROWS[:3], "tenant-2,Two,managed", "tenant-9,Nine,managed")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Name the file of a plan."""
    return tmp_path / "plan.json"


def make_plan(plan: Path, *rows: str, code: int = 3, words: tuple[object, ...] = ()) -> None:
    """Plan by a list; by default one create, one update, two deletes."""
    write_csv(plan.with_name("t.csv"), *(rows or CHANGES))
    scope = ("--scope", "group_tag=managed", "--delete") if not rows else ()
    assert customers("plan", plan.with_name("t.csv"), *scope, "--out", plan, "--quiet", *words) == code


def test_yes_applies(plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each item once; the next plan is empty, and the same plan is not applied again."""
    audit = plan.with_name("audit.jsonl")
    with account(monkeypatch) as emulator:
        make_plan(plan)
        capsys.readouterr()
        assert customers("apply", plan, "--yes", "--audit", audit, "--json") == 0
        out, err = capsys.readouterr()
        assert items(out) == {"tenant-9": "done", "tenant-2": "done", "tenant-3": "done", "tenant-4": "done"}
        assert err == "explo-async: 4 done\n"
        assert sorted(written(emulator)) == [
            ("create", "tenant-9"),
            ("delete", "tenant-3"),
            ("delete", "tenant-4"),
            ("update", "tenant-2"),
        ]
        make_plan(plan.with_name("next.json"), *CHANGES, code=0)
        assert customers("apply", plan, "--yes", "--journal", plan.with_name("other")) == 4
        assert customers("apply", "--resume", f"{plan}.journal") == 4
    again = capsys.readouterr().err
    assert "was applied already, with the journal" in again
    assert "says that all is done; make a new plan" in again
    for path in (plan, audit, plan.with_name("plan.json.journal")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        check_secrets(path.read_text())
    check_secrets(out, err, again)


def test_without_a_terminal_and_without_yes_nothing_is_written(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not applying is the default."""
    with account(monkeypatch) as emulator:
        make_plan(plan)
        asked = emulator.requests
        assert customers("apply", plan) == 2
        assert (emulator.requests, emulator.writes) == (asked, ())
    assert "nobody can be asked: standard input or standard error is no terminal; give --yes" in capsys.readouterr().err


class Typist:
    """A person at a pseudo terminal, who reads what the command shows and types."""

    def __init__(self) -> None:
        self.end, self.inner = os.openpty()
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Read until the text is there."""
        while text not in self.shown:
            ready, _, _ = select.select([self.end], [], [], 30)
            assert ready, self.shown
            self.shown += os.read(self.end, 4096).decode()

    def type(self, text: str) -> None:
        """Type it."""
        os.write(self.end, text.encode())

    def close(self) -> None:
        """Leave."""
        os.close(self.end)
        os.close(self.inner)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
@pytest.mark.parametrize(("answer", "code", "writes"), [("n\n", 4, 0), ("\n", 4, 0), ("y\n", 0, 4)])
def test_a_person_is_asked(answer: str, code: int, writes: int, plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the numbers and the address; whatever is no yes is a no. The bar has an ETA."""
    with account(monkeypatch) as emulator:
        make_plan(plan)
        typist = Typist()
        try:
            with open(os.dup(typist.inner), "r+b", buffering=0) as raw:  # noqa: PTH123 -- a descriptor
                stdin = os.fdopen(os.dup(raw.fileno()), "r")
                stderr = os.fdopen(os.dup(raw.fileno()), "w")
            with stdin, stderr:
                monkeypatch.setattr(sys, "stdin", stdin)
                monkeypatch.setattr(sys, "stderr", stderr)
                monkeypatch.setenv("TERM", "xterm")
                typist.type(answer)
                assert customers("apply", plan) == code
            typist.wait_for("4 done" if writes else "nothing was written")
        finally:
            typist.close()
        assert len(emulator.writes) == writes
    shown = " ".join(typist.shown.split())
    assert f"1 creates, 1 updates and 2 deletes at {emulator.url}/" in shown
    assert "go on? [y/N]" in shown
    assert ("ETA" in shown) is bool(writes)
    check_secrets(shown)


def test_what_is_more_than_allowed_is_refused(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 4, before anything is written; the number of deletes that was looked at lets it."""
    with account(monkeypatch) as emulator:
        make_plan(plan, code=4, words=("--max-deletes", 0))
        assert customers("apply", plan, "--yes") == 4
        assert customers("apply", plan, "--yes", "--allow-deletes", 1) == 4
        assert customers("apply", plan, "--yes", "--allow-deletes", -1) == 2
        assert emulator.writes == ()
        err = capsys.readouterr().err
        assert "deletes: 2 of 5 (40 %), more than 0 and more than 5 %" in err
        assert "deletes: 2 removals, and 1 are allowed" in err
        assert err.count("; look at the plan; if it is right, --allow-deletes 2 lets its deletes\n") == 2
        assert "--allow-deletes must be a whole number of at least 0" in err
        assert customers("apply", plan, "--yes", "--allow-deletes", 2, "--quiet") == 0
        assert capsys.readouterr() == ("", "")
        plan.unlink()
        make_plan(plan, ROWS[0], "tenant-0,Zero,", code=4, words=("--max-updates", 0, "--max-update-share", 0))
        assert customers("apply", plan, "--yes", "--journal", plan.with_name("j")) == 4
    err = capsys.readouterr().err
    assert err.endswith("; if it is right, a plan by `customers plan --max-update-share SHARE` lets its updates\n")


def test_a_plan_that_was_changed_is_refused(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As is a file that is none."""
    with account(monkeypatch) as emulator:
        make_plan(plan)
        plan.write_text(plan.read_text().replace("Nine", "Ten"))
        assert customers("apply", plan, "--yes") == 4
        assert customers("apply", plan.with_name("t.csv"), "--yes") == 4
        assert emulator.writes == ()
    err = capsys.readouterr().err
    assert "was changed after it was made; change the desired list, and make the plan anew" in err
    assert "is not a plan" in err
    assert "; make it anew with `customers plan --out FILE`" in err


def test_a_part_ends_with_5(plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What did not take is told, with its reason."""
    fault = Status(400, verb="update_customer")
    with account(monkeypatch, faults=[fault]) as emulator:
        make_plan(plan)
        capsys.readouterr()
        emulator.delete("tenant-4")
        assert customers("apply", plan, "--yes") == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert "explo-async: update 'tenant-2': failed: the server answered 400 Bad Request" in err
    assert err.endswith("explo-async: 1 already, 2 done, 1 failed\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "apply needs a plan, or --resume with a journal"),
        (["--resume", "j", "--journal", "k"], "--resume names the journal already; leave --journal out"),
        (["no.json", "--yes"], "no.json cannot be used: No such file or directory"),
        (["--resume", "no.journal"], "no.journal cannot be used: No such file or directory"),
    ],
)
def test_what_cannot_be_meant(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 2, and nothing is sent."""
    monkeypatch.chdir(tmp_path)
    with account(monkeypatch) as emulator:
        assert customers("apply", *words) == 2
        assert emulator.requests == 0
    assert message in capsys.readouterr().err


def test_a_failure_of_all_leaves_a_journal_that_resumes(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 1, and says how to go on."""
    with account(monkeypatch, faults=[Status(401, verb="update_customer", times=1)]) as emulator:
        make_plan(plan)
        capsys.readouterr()
        assert customers("apply", plan, "--yes") == 1
        err = capsys.readouterr().err
        assert err.endswith(f"; 3 items are left; go on with: explo-async customers apply --resume {plan}.journal\n")
        assert customers("apply", "--resume", f"{plan}.journal") == 0
        assert capsys.readouterr().err == "explo-async: 3 done\n"
        assert set(Counter(written(emulator)).values()) == {1}
    check_secrets(err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_journal_that_resumes(
    number: signal.Signals, code: int, plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a process of its own, in the middle of its writes; what was done is not done again."""
    arrived = threading.Event()
    with account(monkeypatch, faults=[Hang(verb="update_customer", times=1)]) as emulator:
        make_plan(plan)
        capsys.readouterr()

        def note(seen: Any) -> None:
            if seen.verb == "update_customer":
                arrived.set()

        emulator.on_request = note
        with started("customers", "apply", str(plan), "--yes", settings=settings_of(emulator)) as process:
            assert arrived.wait(60)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            assert process.returncode == code, err
        assert b"Traceback" not in err
        left = re.search(rb"broken off: 3 items are left; go on with: explo-async (.*)\n", err)
        assert left, err
        assert customers(*left[1].decode().split()[1:]) == 0
        assert set(Counter(written(emulator)).values()) == {1}
    assert capsys.readouterr().err == "explo-async: 3 done\n"


class Run:
    """An apply that is under way."""

    def __init__(self, ended: int, total: int, seconds_left: float) -> None:
        self.ended, self.total, self.seconds_left = ended, total, seconds_left


def draw(run: Any, counts: Counter[str], *, after: float, more: int) -> str:
    """Draw the bar after some seconds in which some items more have ended."""
    from rich.console import Console  # noqa: PLC0415 -- for this alone

    now = [100.0]
    bar = ApplyBar(run, counts, clock=lambda: now[0])
    run.ended += more
    now[0] += after
    terminal = Terminal()
    Console(file=terminal, width=80, force_terminal=True, color_system=None).print(bar)
    return terminal.getvalue()


def test_the_bar_tells_items_outcomes_and_the_end() -> None:
    """By the pace of this run, items of an earlier one apart, and never sooner than the quota allows."""
    shown = draw(Run(50, 200, 0.0), Counter(done=9, failed=1), after=5.0, more=10)
    assert " 60/200 items" in shown
    assert " 30%" in shown
    assert "ETA 1:10" in shown
    assert "9 done · 1 failed" in shown
    assert "ETA 5:00" in draw(Run(0, 200, 300.0), Counter(done=10), after=1.0, more=10)
    assert "reading the list" in draw(Run(0, 200, 60.0), Counter(), after=1.0, more=0)
    assert "100%" in draw(Run(0, 0, 0.0), Counter(), after=1.0, more=0)


def test_a_dumb_terminal_gets_lines(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No bar, and what was to be told all the same."""
    with account(monkeypatch, quota=Quota(1000, 60.0)):
        make_plan(plan)
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "dumb")
        assert customers("apply", plan, "--yes") == 0
    assert terminal.getvalue() == "explo-async: 4 done\n"
    assert json.loads((plan.with_name("plan.json.applied")).read_text())["journal"] == f"{plan}.journal"
    capsys.readouterr()
