"""Which quota a command goes by, and that it never fails for the one that nobody asked for."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async.cli import quotas
from explo_async.cli.app import run
from explo_async.cli.options import Sharing
from explo_async.cli.quotas import choose_quota, find_default, parse_rate
from explo_async.emulator import Quota
from explo_async.pacing.quota import RateLimit
from explo_async.pacing.shared_quota import SharedQuota
from tests.helpers.cli_running import lead_to, served, settings_of, started

if TYPE_CHECKING:
    from explo_async.emulator import Emulator

USUAL = RateLimit(180, per=60.0)


def is_used(folder: Path) -> bool:
    """Tell whether the user's own file has been made."""
    return (folder / "explo-async" / "quota.sqlite").exists()


def test_by_default_it_is_a_file_of_the_users_own(state_folder: Path) -> None:
    """In the platform's folder, which is made for nobody else; while it cannot be used the command counts alone."""
    chosen = choose_quota(Sharing())
    file = state_folder / "explo-async" / "quota.sqlite"
    assert chosen.quota == SharedQuota(str(file), limit=USUAL, unavailable=USUAL)
    assert (chosen.rate_limit, chosen.source, chosen.warning) == (chosen.quota, "default", None)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert choose_quota(Sharing()) == chosen


@pytest.mark.parametrize("variable", [None, "", "/run/explo/quota.sqlite", "none", "nfs://x"])
def test_the_option_comes_before_the_variable(
    variable: str | None, monkeypatch: pytest.MonkeyPatch, state_folder: Path
) -> None:
    """Whatever that names; a store that was named raises while it cannot be used, and the user's file is not touched."""
    monkeypatch.setenv("EXPLO_QUOTA", variable or "")
    chosen = choose_quota(Sharing(quota="redis://quota.internal/0", rate_limit="90/60"))
    assert chosen.quota == SharedQuota("redis://quota.internal/0", limit=RateLimit(90, per=60.0))
    assert (chosen.quota.unavailable, chosen.source) == ("raise", "--quota")
    alone = choose_quota(Sharing(quota="none", rate_limit="90/60"))
    assert (alone.quota, alone.rate_limit, alone.source) == (None, RateLimit(90, per=60.0), "--quota")
    assert not state_folder.exists()


def test_the_variable_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, state_folder: Path) -> None:
    """A store, or none; an empty one is none at all."""
    monkeypatch.setenv("EXPLO_QUOTA", "/run/explo/quota.sqlite")
    chosen = choose_quota(Sharing())
    assert (chosen.quota, chosen.source) == (SharedQuota("/run/explo/quota.sqlite"), "EXPLO_QUOTA")
    monkeypatch.setenv("EXPLO_QUOTA", "none")
    assert choose_quota(Sharing()).rate_limit == USUAL
    assert not state_folder.exists()
    monkeypatch.setenv("EXPLO_QUOTA", "")
    assert choose_quota(Sharing()).source == "default"


@pytest.mark.parametrize(
    ("given", "limit"), [("90/60", RateLimit(90, per=60.0)), ("1/0.5", RateLimit(1, per=0.5)), (None, USUAL)]
)
def test_a_part_of_the_quota(given: str | None, limit: RateLimit) -> None:
    """Requests in seconds."""
    assert parse_rate(given) == limit


@pytest.mark.parametrize("given", ["", "90", "90/", "/60", "0/60", "90/0", "90/0.0", "-1/60", "90/60/1", "90/1e3", "x"])
def test_what_is_no_part_of_the_quota(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is wrong usage, with an example."""
    monkeypatch.setenv("EXPLO_TOKEN", "t0ken")
    assert run(["customers", "count", f"--rate-limit={given}"]) == 2
    told = f"error: --rate-limit must be requests/seconds, not {given!r}; write it like 90/60\n"
    assert capsys.readouterr().err == f"explo-async: {told}"


@pytest.mark.parametrize("word", ["--quota", "EXPLO_QUOTA"])
@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("nfs://x", "is an address of the kind nfs://, which is not known; the kinds are redis://, "),
        ("redis://", "is not a whole address of the kind redis://; write it like redis://user:password@"),
        ("redis:/p4ss", "begins with redis: and is not an address; write redis://, or ./ before the name of a file"),
    ],
)
def test_what_is_no_store(
    word: str, store: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is wrong usage, in the words of whoever named it, and shows no password."""
    monkeypatch.setenv("EXPLO_TOKEN", "t0ken")
    options = ["--quota", store] if word == "--quota" else []
    if not options:
        monkeypatch.setenv(word, store)
    assert run(["customers", "count", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"explo-async: error: {word} {message}")
    assert "p4ss" not in error


def test_two_commands_within_a_minute_share_the_window(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The second one waits for what the first one has used: no 429, where each alone would meet some."""
    part = ["--rate-limit", "4/1"]
    words = ["customers", "list", "--page-size", "40", "--quiet", *part]
    with served(120, quota=Quota(4, 1.0)) as emulator:
        lead_to(emulator, monkeypatch)
        assert [run(words), run(words)] == [0, 0]
        assert (emulator.requests, emulator.rate_limited) == (8, 0)
        # Each alone.
        assert [run([*words, "--quota", "none"]), run([*words, "--quota", "none"])] == [0, 0]
        assert emulator.rate_limited > 0
    assert capfd.readouterr().err == ""


def send(command: str, emulator: Emulator, tmp_path: Path) -> list[str]:
    """Return the words of a command that sends requests."""
    old = tmp_path / "old.jsonl"
    if command == "diff":
        assert run(["customers", "export", str(old), "--quiet", "--quota", "none", "--base-url", emulator.url]) == 0
    words = {
        "list": ["customers", "list"],
        "count": ["customers", "count"],
        "export": ["customers", "export", str(tmp_path / "new.jsonl")],
        "export to stdout": ["customers", "export", "-", "--format", "csv"],
        "diff": ["customers", "diff", str(old)],
        "doctor": ["doctor"],
    }
    return words[command]


@pytest.mark.parametrize("command", ["list", "count", "export", "export to stdout", "diff", "doctor"])
def test_every_command_that_sends_takes_the_options(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state_folder: Path
) -> None:
    """By default it uses the user's file; a file that is named in its place; and none at all when told so."""
    named = tmp_path / "named.sqlite"
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        words = send(command, emulator, tmp_path)
        again = ["--overwrite"] if command == "export" else []
        assert run([*words, "--quota", "none", "--rate-limit", "90/60", *again]) == 0
        assert not state_folder.exists()
        assert run([*words, "--quota", str(named), *again]) == 0
        assert named.exists()
        assert not state_folder.exists()
        assert run([*words, *again]) == 0
    assert is_used(state_folder)


def test_the_demo_touches_no_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state_folder: Path) -> None:
    """It has a server of its own."""
    monkeypatch.setenv("EXPLO_QUOTA", str(tmp_path / "named.sqlite"))
    assert run(["demo", "--customers", "400", "--latency", "0", "--quiet"]) == 0
    assert list(tmp_path.iterdir()) == []
    assert not state_folder.exists()


@pytest.mark.parametrize("option", ["--quota=none", "--rate-limit=90/60"])
def test_two_files_have_no_quota(option: str, files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An option that would do nothing is refused."""
    assert run(["customers", "diff", *files, option]) == 2
    name = option.partition("=")[0]
    assert f"{name} is about the live list, and here are two lists that were kept" in capsys.readouterr().err


@pytest.mark.parametrize("quiet", [False, True])
def test_a_home_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, quiet: bool
) -> None:
    """The command goes on alone, and one line says why and what to do: nobody has asked for the file."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "count", *(["--quiet"] if quiet else [])]) == 0
    out, err = capsys.readouterr()
    folder = tmp_path / "file" / "explo-async"
    what = f"the quota is not shared with other commands: Not a directory: {folder}"
    told = f"explo-async: warning: {what}; name a store with --quota, or say --quota none\n"
    assert (out, err) == ("30\n", "" if quiet else told)


def test_a_home_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of the name ~ is made."""
    monkeypatch.setattr(quotas, "user_state_path", lambda *_, **__: Path("~/.local/state/explo-async"))
    assert find_default() is None
    chosen = choose_quota(Sharing())
    assert chosen.rate_limit == USUAL
    assert chosen.warning is not None
    assert chosen.warning.startswith("the quota is not shared with other commands: the home folder is not known; name")


@pytest.mark.parametrize("named", [False, True])
def test_a_file_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, state_folder: Path, capsys: pytest.CaptureFixture[str], *, named: bool
) -> None:
    """One that was named ends the command; without the user's own it goes on alone, which a line says."""
    file = state_folder / "explo-async" / "quota.sqlite"
    file.parent.mkdir(parents=True)
    file.mkdir()
    with served(30) as emulator:
        lead_to(emulator, monkeypatch)
        code = run(["customers", "count", *(["--quota", str(file)] if named else [])])
    out, err = capsys.readouterr()
    what = f"the quota's store {file} cannot be used: the file cannot be opened"
    assert (code, out) == ((1, "") if named else (0, "30\n"))
    assert len(err.splitlines()) == 1
    if named:
        assert err.startswith(f"explo-async: error: page 1: {what}")
    else:
        assert err.startswith(f"explo-async: warning: {what}")
        assert "; going on with 180 requests in 60 s (" in err


def test_processes_inherit_the_folder_of_the_test(state_folder: Path) -> None:
    """No test touches the user's own: neither here nor in a process."""
    with served(30) as emulator, started("customers", "count", settings=settings_of(emulator)) as process:
        out, err = process.communicate(timeout=60)
    assert (out, err) == (b"30\n", b"")
    assert is_used(state_folder)
    assert find_default() == state_folder / "explo-async" / "quota.sqlite"


def test_only_commands_that_send_make_the_folder(state_folder: Path) -> None:
    """What a look at the help, or at two files, costs is nothing."""
    program = "import sys; from explo_async.cli import main; sys.argv[1:] = ['customers', 'list', '--help']; main()"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60)
    assert not state_folder.exists()
