"""`customers mirror`."""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from explo_async.cli.app import run
from explo_async.emulator.faults import Hang
from tests.helpers.cli_running import lead_to, served, settings_of, started
from tests.helpers.slow_steps import without_slow_steps

URL = "sqlite:///tenants.db"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder of its own, which is wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def read(statement: str) -> list[Any]:
    """Ask the database."""
    with closing(sqlite3.connect("tenants.db")) as database:
        return database.execute(statement).fetchall()


def test_from_the_first_run_to_a_mass_removal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What each run did is said in a line; what is held back is refused with exit code 4, and can be allowed."""
    with served(1200) as emulator:
        lead_to(emulator, monkeypatch)
        words = ["customers", "mirror", URL, "--history"]
        assert run(words) == 0
        assert capfd.readouterr() == (f"1,200 customers in {URL}, exact: 1,200 new\n", "")
        emulator.change(emulator.provided_ids[3], name="Another")
        emulator.delete_at(5)
        assert run(words) == 0
        assert capfd.readouterr().out == f"1,199 customers in {URL}, exact: 1 changed, 1 removed\n"
        for _ in range(100):
            emulator.delete_at(5)
        assert run([*words, "--consistency", "checked"]) == 0
        assert capfd.readouterr().out == f"1,099 customers in {URL}, complete by count: 100 left though absent\n"
        for allowed in ((), ("--allow-deletes", "99")):
            assert run([*words, *allowed]) == 4
            out, err = capfd.readouterr()
            assert out == ""
            why = "100 removals, and 99 are allowed" if allowed else "100 of 1199 (8 %), more than 10 and more than 5 %"
            assert err == (
                f"explo-async: refused: the list would remove customers from 'explo_customers' in {URL}: {why}; nothing was changed; "
                "look at the list, and if it is right, --allow-deletes 100 lets it\n"
            )
        assert run([*words, "--allow-deletes", "100", "--quiet"]) == 0
        assert capfd.readouterr() == ("", "")
        assert run(words) == 0
        assert capfd.readouterr().out == f"1,099 customers in {URL}, exact: nothing had changed\n"
    assert read("select count(*) from explo_customers") == [(1099,)]
    assert read("select max(run), count(*) from explo_customers_runs") == [(5, 5)]
    assert read("select count(*) from explo_customers where token is not null") == [(0,)]


def test_all_options(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """They reach the mirror, and the progress is told as for every list."""
    with served(120) as emulator:
        lead_to(emulator, monkeypatch)
        words = f"customers mirror {URL} --table regions --hierarchy-level-name Region --with-tokens --progress json"
        assert run([*words.split(), "--page-size", "50", "--max-deletes", "0", "--max-delete-share", "0"]) == 0
        told = json.loads(capfd.readouterr().err.splitlines()[-1])
        assert told["customers"] == len(read("select * from regions where token is not null")) > 0
        level = next(each for each in emulator.provided_ids if emulator.customer(each)["hierarchy_level"] == "Region")
        emulator.delete(level)
        assert run([*words.split(), "--max-deletes", "0", "--max-delete-share", "0"]) == 4


def test_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Wrong usage is 2, a database that cannot be used is 1, and no password is shown."""
    with served(20) as emulator:
        lead_to(emulator, monkeypatch)
        cases = {
            ("mysql://ann:s3cr3t@db/app",): (2, "a mirror is kept in SQLite or PostgreSQL, not in 'mysql'"),
            ("postgresql://ann:s3cr3t@127.0.0.1:1/app",): (1, "postgresql://ann@127.0.0.1:1/app: "),
            (f"sqlite:///{tmp_path}/nowhere/a.db",): (1, "its folder is not there; make the folder first"),
            (URL, "--table", "No"): (2, "--table must be of small letters, digits and _"),
            (URL, "--allow-deletes", "-1"): (2, "--allow-deletes must be a whole number of at least 0"),
            (URL, "--max-delete-share", "5"): (2, "--max-delete-share must be a share from 0 to 1, not 5"),
        }
        for words, (code, why) in cases.items():
            assert run(["customers", "mirror", *words]) == code
            err = capfd.readouterr().err
            assert why in err
            assert "s3cr3t" not in err
        assert emulator.requests == 0
        assert run(["customers", "mirror", URL, "--history"]) == 0
        assert run(["customers", "mirror", URL]) == 2
        assert "give --history, or drop the table of the history" in capfd.readouterr().err
        assert run(["customers", "mirror", URL, "--history", "--hierarchy-level-name", "Region"]) == 2
        assert "give the same filters, or give the mirror another name with --table" in capfd.readouterr().err


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with the way to get it; asyncpg only where it is needed."""
    with served(20) as emulator:
        lead_to(emulator, monkeypatch)
        monkeypatch.setitem(sys.modules, "asyncpg", None)
        monkeypatch.delitem(sys.modules, "explo_async.mirror.postgres", raising=False)
        assert run(["customers", "mirror", "postgresql://ann@db/app"]) == 2
        assert "a mirror in PostgreSQL needs asyncpg; pip install 'explo-async[mirror]'" in capsys.readouterr().err
        for name in [name for name in sys.modules if name.startswith("explo_async.mirror")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "sqlalchemy", None)
        assert run(["customers", "mirror", URL]) == 2
        assert "a mirror needs sqlalchemy; pip install 'explo-async[mirror]'" in capsys.readouterr().err
        assert emulator.requests == 0


@pytest.mark.parametrize("ends_by", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_all_as_it_was(ends_by: signal.Signals) -> None:
    """No table, no line but that it was interrupted, and the exit code of the signal."""
    asked = threading.Event()
    with served(5000, faults=[Hang(page=3)]) as emulator:
        emulator.on_request = lambda seen: asked.set() if seen.page == 3 else None
        with started("customers", "mirror", URL, settings=settings_of(emulator)) as process:
            assert asked.wait(60)
            process.send_signal(ends_by)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 128 + ends_by
    assert without_slow_steps(err) == (b"explo-async: interrupted\n" if ends_by == signal.SIGINT else b"")
    assert not Path("tenants.db").exists()
