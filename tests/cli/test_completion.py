"""`completion`: scripts that shells can read, and what bash makes of one."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from explo_async.cli.app import run


@pytest.fixture
def bash() -> str:
    """Return where bash is."""
    found = shutil.which("bash")
    if found is None:
        pytest.skip("there is no bash here")
    return found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_can_be_read_by_its_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each script names the commands, and its shell, where that is installed, finds no fault in it."""
    assert run(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert {"customers", "doctor", "serve"} <= set(out.replace("'", " ").replace('"', " ").replace(":", " ").split())
    found = shutil.which(shell)
    if found is not None:
        subprocess.run([found, "-n"], input=out.encode(), check=True, timeout=30)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["cust"], {"customers"}),
        (["customers", ""], {"list", "count"}),
        (["customers", "list", "--tok"], {"--token-file"}),
        (["customers", "list", "--consistency", ""], {"off", "checked", "verified", "exact"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
        (["doctor", "--b"], {"--base-url"}),
    ],
)
def test_bash_completes_words(
    words: list[str], completed: set[str], bash: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the script read in, bash offers the commands, options and choices that fit."""
    assert run(["completion", "bash"]) == 0
    line = shlex.join(["explo-async", *words])
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _explo_async; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    program = f"{capsys.readouterr().out}\ncomplete -p explo-async >&2\n{ask}\n"
    ended = subprocess.run([bash, "--norc"], input=program.encode(), capture_output=True, check=True, timeout=30)
    assert ended.stderr.decode() == "complete -F _explo_async explo-async\n"
    assert completed <= set(ended.stdout.decode().split())


def test_another_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A shell without a script is told in one line, with those that have one."""
    assert run(["completion", "tcsh"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "zsh" in err
    assert err.count("\n") == 1
