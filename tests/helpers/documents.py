"""The pages of the documentation, and the programs and commands in them."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*/*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.py)\n")
_EXIT_CODE = re.compile(r"  # exit code (\d+)$")


@frozen
class Command:
    """One command line, and what the page says that comes of it."""

    line: str
    exit_code: int = 0
    shown: tuple[str, ...] | None = None
    """Lines of its output; None where the page shows none."""


@frozen
class Block:
    """A block of code in a page."""

    page: Path
    number: int = field(eq=False)
    """The line on which it begins."""
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.number}"

    @property
    def file(self) -> str | None:
        """The name that the page gives to a program; None for one without."""
        found = _FILE.match(self.text) if self.language == "python" else None
        return found[1] if found else None

    @property
    def commands(self) -> list[Command]:
        """The command lines of a block: with a prompt before each, and their output, or nothing but them."""
        if self.language == "sh" or (self.language == "console" and not self.text.startswith("$ ")):
            return [_make_command(line) for line in self.text.splitlines() if line]
        if self.language != "console":
            return []
        commands = []
        for part in self.text.removeprefix("$ ").split("\n$ "):
            line, *shown = part.splitlines()
            commands.append(_make_command(line, tuple(shown)))
        return commands


def _make_command(line: str, shown: tuple[str, ...] | None = None) -> Command:
    code = _EXIT_CODE.search(line)
    return Command(_EXIT_CODE.sub("", line), int(code[1]) if code else 0, shown or None)


def find_blocks(page: Path) -> list[Block]:
    """List the blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2]) for found in _BLOCK.finditer(text)]


BLOCKS = [block for page in PAGES for block in find_blocks(page)]
