"""Standard streams of tests: some claim to be terminals, one calls when it is written to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class TerminalFile(Terminal):
    """A terminal with the descriptor of a real stream."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Return the real one's."""
        return self._descriptor


class Watched(io.StringIO):
    """A text stream that calls `then` when something has been written to it."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    def write(self, text: str) -> int:
        """Write, and call."""
        written = super().write(text)
        self._then()
        return written
