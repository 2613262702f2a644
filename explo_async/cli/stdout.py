"""Standard output: whole blocks written while the loop goes on, and what a failure to write means."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import TextIO

from explo_async.cli.exits import CommandError

PLAIN = {"\N{BULLET}": "*", "\N{HORIZONTAL ELLIPSIS}": "...", "\N{RIGHTWARDS ARROW}": "->"}
"""Signs of tables and lists, and what stands for them where an encoding has them not."""


class Output:
    """Writes bytes to standard output.

    Each block in a thread: a reader that pauses, such as `less`, must not stop the event loop, or the requests under
    way would time out. A daemon thread, so that Ctrl-C need not wait for that reader.
    """

    def __init__(self) -> None:
        stdout = _stdout()
        stdout.flush()
        # Below Python's buffer, which a thread left behind would keep locked at the end of the process.
        self._descriptor = stdout.fileno()

    async def write(self, block: bytes) -> None:
        """Write all of it. Raises OSError, BrokenPipeError among them when the reader is gone."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()

        def settle(error: OSError | None) -> None:
            if written.done():
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(error)

        def work() -> None:
            error = _write_all(self._descriptor, block)
            # The command may have ended meanwhile, and the loop with it.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, error)

        threading.Thread(target=work, daemon=True).start()
        await written


def say(text: str) -> None:
    """Write a text to standard output at once. Raises what `Output.write` raises."""
    stdout = _stdout()
    stdout.write(text)
    stdout.flush()


def encoding() -> str:
    """Return what standard output is encoded in; ASCII where it does not say."""
    return getattr(sys.stdout, "encoding", None) or "ascii"


def say_what_fits(text: str) -> None:
    """Write any text, as `say` does: what the encoding has not becomes a plain sign, or a question mark."""
    say(encode_what_fits(text).decode(encoding()))


def encode_what_fits(text: str) -> bytes:
    """Return any text in the encoding of standard output, with plain signs or question marks for what that has not."""
    into = encoding()
    for sign, plain in PLAIN.items():
        if not sign.encode(into, "ignore"):
            text = text.replace(sign, plain)
    return text.encode(into, "replace")


def abandon() -> None:
    """Let go of what could not be written, or the interpreter would try once more at its end and complain."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _stdout() -> TextIO:
    stdout: TextIO | None = sys.stdout
    if stdout is None:
        msg = "standard output is closed"
        raise CommandError(msg)
    return stdout


def _write_all(descriptor: int, block: bytes) -> OSError | None:
    rest = memoryview(block)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError as error:
        return error
    return None
