"""Profiles: where they are, what they must be, and that whatever writes says which one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError
from explo_async.cli import profiles
from explo_async.cli.app import run
from explo_async.cli.profiles import find_profile, profiles_path
from explo_async.reconcile import Plan
from tests.cli.account import TOKEN, account, check_secrets, customers, write_csv

if TYPE_CHECKING:
    from explo_async.emulator import Emulator

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the folder is not told by XDG_CONFIG_HOME")
pytestmark = LINUX


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the user's folder of settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = tmp_path / "explo-async"
    made.mkdir()
    return made


def write(folder: Path, text: str, mode: int = 0o600) -> None:
    """Write the profiles."""
    path = folder / "profiles.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)


def two(folder: Path, emulator: Emulator) -> None:
    """Write two profiles, one by a file and one by a command."""
    (folder / "token").write_text(emulator.token)
    (folder / "token").chmod(0o600)
    command = [sys.executable, "-c", f"print({emulator.token!r})"]
    write(
        folder,
        f'[testing]\ntoken_file = "{folder / "token"}"\nbase_url = "{emulator.url}"\n'
        f'[production]\ntoken_command = {command!r}\nbase_url = "{emulator.url}"\nquota = "{folder / "quota.sqlite"}"\n',
    )


def test_the_file_is_in_the_users_folder(folder: Path) -> None:
    """Of the platform."""
    assert profiles_path() == folder / "profiles.toml"


@pytest.mark.parametrize("name", ["testing", "production"])
def test_whatever_writes_says_which(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it writes; what reads does not. The plan is bound to it."""
    plan, desired = folder / "plan.json", write_csv(folder / "t.csv", "provided_id,name", "tenant-0,Zero")
    with account(monkeypatch) as emulator:
        two(folder, emulator)
        for variable in ("EXPLO_TOKEN", "EXPLO_BASE_URL"):
            monkeypatch.delenv(variable)
        profile = ("--profile", name)
        assert customers("get", "tenant-1", *profile) == 0
        assert capsys.readouterr().err == ""
        for words in (
            ("customers", "create", "new"),
            ("customers", "update", "new", "--name", "New"),
            ("customers", "refresh-token", "new", "--yes"),
            ("customers", "delete", "new", "--yes"),
            ("group-tags", "create", "t"),
            ("group-tags", "rename", "t", "u"),
            ("group-tags", "delete", "u", "--yes"),
        ):
            assert run([*words, *profile]) == 0
            assert capsys.readouterr().err.startswith(f"explo-async: profile {name}\n")
        monkeypatch.setenv("EXPLO_PROFILE", name)
        assert customers("plan", desired, "--out", plan, "--quiet") == 3
        assert capsys.readouterr().out.startswith(f"Plan for {emulator.url}/ (profile {name}) by ")
        assert Plan.read(plan).profile == name
        other = "production" if name == "testing" else "testing"
        assert customers("apply", plan, "--yes", "--profile", other) == 4
        err = capsys.readouterr().err
        assert f"the plan was made with {name}, and is to be applied with {other}; use the same, or make it" in err
        assert customers("apply", plan, "--yes") == 0
        assert capsys.readouterr().err.startswith(f"explo-async: profile {name}\n")
    check_secrets(plan.read_text(), err)


def test_what_is_typed_counts_more_than_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address and a profile cannot both be typed."""
    with account(monkeypatch) as emulator:
        two(folder, emulator)
        monkeypatch.setenv("EXPLO_PROFILE", "nobody")
        assert customers("get", "tenant-1", "--base-url", emulator.url) == 0
        assert customers("get", "tenant-1") == 2
        assert "there is no profile 'nobody' in " in capsys.readouterr().err
        for option, value in (("--base-url", emulator.url), ("--token-file", str(folder / "token"))):
            assert customers("get", "tenant-1", "--profile", "testing", option, value) == 2
            told = f"{option} and the profile testing cannot both be meant; leave one of them out"
            assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", r"profiles\.toml is not TOML: "),
        ("[other]\n", "no profile 'testing' in .*; the profiles there are other$"),
        ("", "no profile 'testing' in .*; the profiles there are none$"),
        ("testing = 1\n", "no profile 'testing' in .*"),
        (
            '[testing]\ntoken = "x"\n',
            "has a key 'token' that is not known; the keys are token_file, .*; a token itself does not belong there",
        ),
        ("[testing]\n", "must have either token_file or token_command"),
        ('[testing]\ntoken_file = "a"\ntoken_command = ["b"]\n', "must have either token_file or token_command"),
        ('[testing]\ntoken_command = "pass show"\n', "token_command must be a list of the program and its arguments"),
        ("[testing]\ntoken_command = []\n", "token_command must be a list of the program and its arguments"),
        ("[testing]\ntoken_command = [1]\n", "token_command must be a list of the program and its arguments"),
        ("[testing]\ntoken_file = 1\n", "token_file must be a text"),
        ('[testing]\ntoken_file = "a"\nbase_url = 1\n', "base_url must be a text"),
        (
            '[testing]\ntoken_file = "a"\nquota = ""\n',
            r"profiles\.toml: quota must be the path of a file, or an address",
        ),
    ],
)
def test_what_is_not_as_it_should_be(text: str, message: str, folder: Path) -> None:
    """It is told with the file, and nothing is taken from it."""
    write(folder, text)
    with pytest.raises(ConfigurationError, match=message):
        find_profile("testing")


def test_a_file_that_others_can_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may name a command that gives the token; the advice can be typed."""
    with account(monkeypatch) as emulator:
        two(folder, emulator)
        (folder / "profiles.toml").chmod(0o640)
        assert customers("get", "tenant-1", "--profile", "testing") == 2
    assert capsys.readouterr().err.endswith(f"are open to others; run: chmod 600 {folder / 'profiles.toml'}\n")


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    """Neither is one that is not there, nor a folder in its place."""
    with pytest.raises(ConfigurationError, match="does not exist; make it, with a table of that name"):
        find_profile("testing")
    (folder / "profiles.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        find_profile("testing")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "the token_command of the profile testing ended with status 3"),
        (["/no/such/program"], "the token_command of the profile testing cannot be run: No such file or directory"),
        (
            [sys.executable, "-c", "print('a b')"],
            "what the token_command of the profile testing prints has a character",
        ),
        ([sys.executable, "-c", ""], "what the token_command of the profile testing prints is empty"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "took longer than 1 s; run it by hand"),
    ],
)
def test_a_command_that_gives_no_token(
    command: list[str], message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the profile, and not what was printed."""
    if "sleep" in command[-1]:
        monkeypatch.setattr(profiles, "COMMAND_SECONDS", 1.0)
    write(folder, f"[testing]\ntoken_command = {command!r}\n")
    profile = find_profile("testing")
    assert profile is not None
    with pytest.raises(ConfigurationError) as caught:
        profile.run_token_command()
    assert message in str(caught.value)
    assert "a b" not in str(caught.value)


def test_no_profile_is_none(folder: Path) -> None:
    """Where neither the option nor the environment names one; a file of the user's home may be meant by ~."""
    assert find_profile(None) is None
    write(folder, '[testing]\ntoken_file = "~/token"\n')
    found = find_profile("testing")
    assert found is not None
    assert found.token_file == Path.home() / "token"
    assert (found.token_command, found.quota) == (None, None)
    for quota, meant in (
        ("~/quota.sqlite", str(Path.home() / "quota.sqlite")),
        ("./redis:0", "./redis:0"),
        ("none", "none"),
        ("redis://quota.internal/0", "redis://quota.internal/0"),
    ):
        write(folder, f'[testing]\ntoken_file = "~/token"\nquota = "{quota}"\n')
        found = find_profile("testing")
        assert found is not None
        assert found.quota == meant
    assert TOKEN not in subprocess.list2cmdline([repr(found)])
