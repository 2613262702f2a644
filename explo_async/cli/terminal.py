"""The command's own words on standard error, and whether a stream is a terminal."""

from __future__ import annotations

import contextlib
import sys

from rich.console import Console
from rich.text import Text

from explo_async.text import one_line


def is_terminal(stream: object) -> bool:
    """Tell whether a standard stream, which may be closed, is a terminal."""
    return stream is not None and bool(getattr(stream, "isatty", lambda: False)())


def tell(text: str) -> None:
    """Write one line of the command's own to standard error; on a terminal it goes on below between two words."""
    line = f"explo-async: {one_line(text)}"
    if is_terminal(sys.stderr):
        # What a terminal breaks itself it breaks within words.
        console = Console(stderr=True, color_system=None)
        with console.capture() as printed:
            console.print(Text(line))
        line = "\n".join(part.rstrip() for part in printed.get().splitlines())
    write_line(line)


def write_line(line: str) -> None:
    """Write a line to standard error as it is; nobody there to read it is no error."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
