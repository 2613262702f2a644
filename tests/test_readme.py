"""The README: short, and what a newcomer pastes from it is what CI runs. tests/test_docs.py runs its programs."""

from __future__ import annotations

import re

from tests.helpers.documents import BLOCKS, ROOT

README = ROOT / "README.md"
OWN = [block for block in BLOCKS if block.page == README]


def test_it_is_short() -> None:
    """It has at most 170 lines, and no table that a machine makes."""
    text = README.read_text("utf-8")
    assert text.count("\n") <= 170
    assert "<!--" not in text


def test_the_first_program_is_short() -> None:
    """The first program is at most 15 lines."""
    first, *_ = [block for block in OWN if block.language == "python"]
    assert len([line for line in first.text.splitlines() if line]) <= 15


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """What the README tells a newcomer to paste is what CI runs."""
    demo, tests = [command.line for block in OWN if block.language == "console" for command in block.commands]
    assert demo.endswith(" demo")
    assert tests in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_links_work_wherever_the_readme_is_read() -> None:
    """The package index shows the README without the files beside it: links lead to whole addresses or its chapters."""
    links = re.findall(r"\]\((.*?)\)", README.read_text("utf-8"))
    headings = re.findall(r"^#+ (.*)$", README.read_text("utf-8"), re.MULTILINE)
    chapters = {f"#{heading.lower().replace(' ', '-')}" for heading in headings}
    assert len(links) > 3
    assert [link for link in links if not link.startswith("https://") and link not in chapters] == []


def test_ci_runs_tests_in_a_wide_terminal_and_under_nohup() -> None:
    """What depends on the terminal's width, or on signals that are ignored, shows in CI."""
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("script ") and "cols 140" in line and "$again" in line]
    assert [line for line in lines if line.startswith("nohup $again")]


def test_the_pages_that_it_names_are_there() -> None:
    """Each file or folder in its table of pages exists."""
    _, _, table = README.read_text("utf-8").partition("## Where to read on")
    named = [word for word in table.partition("In a clone")[0].split("`") if word.endswith((".md", "/"))]
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).exists()] == []
