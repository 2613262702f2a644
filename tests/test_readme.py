from __future__ import annotations

import re
import sys
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING

import pytest

from explo_async.emulator.process import EmulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorProcess]:
    with EmulatorProcess(2000) as process:
        yield process


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_run(example: str, server: EmulatorProcess, tmp_path: Path) -> None:
    """Each Python example of the README runs as it stands, against the emulator, without a warning; a test by pytest."""
    environment = {"EXPLO_TOKEN": server.token, "EXPLO_BASE_URL": server.url}
    words = ["-c", example]
    if "def test_" in example:
        (tmp_path / "test_example.py").write_text(example)
        (tmp_path / "pytest.ini").write_text(
            "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
        )
        words = ["-m", "pytest", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    done = run(
        [sys.executable, "-X", "dev", "-W", "error", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr
    assert "def test_" not in example or "1 passed" in done.stdout


def test_the_first_program_is_short() -> None:
    """The first program is at most 15 lines, and there are others."""
    assert len(EXAMPLES) >= 3
    assert len([line for line in EXAMPLES[0].splitlines() if line]) <= 15


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """What the README tells a newcomer to paste is what CI runs."""
    commands = re.findall(r"```console\n(.*?)\n```", README, re.DOTALL)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_links_work_wherever_the_readme_is_read() -> None:
    """The package index shows the README without the files beside it: links lead to whole addresses or its chapters."""
    links = re.findall(r"\]\((.*?)\)", README)
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    chapters = {f"#{heading.lower().replace(' ', '-')}" for heading in headings}
    assert len(links) > 3
    assert [link for link in links if not link.startswith("https://") and link not in chapters] == []
