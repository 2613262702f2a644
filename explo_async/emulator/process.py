"""The emulator in a process of its own, for measurements that must not pay for the server's work."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import msgspec
from attrs import asdict, fields_dict, frozen

from explo_async.emulator.request_log import Seen
from explo_async.emulator.server import Emulator
from explo_async.emulator.writes import Write

if TYPE_CHECKING:
    from types import TracebackType

_PROGRAM = "from explo_async.emulator.process import main; main()"
_PATIENCE = 10.0


@frozen(kw_only=True)
class Stats:
    """What the emulator has counted so far."""

    requests: int
    rate_limited: int
    peak_in_flight: int
    fullest_window: int = 0
    """The most requests within any `per` seconds of the quota, refused ones too."""
    fullest_fixed_window: int = 0
    """The same, within windows that follow each other from the first request."""


class EmulatorProcess:
    """Runs `Emulator(customers, **options)` in another process while the `with` block runs.

    The options travel by pickle, so an `ssl_context` cannot be among them (TypeError). `prepare` is a page
    size to encode all pages of beforehand. The process also ends by itself when this one dies.
    """

    def __init__(self, customers: Any = 25_000, *, prepare: int | None = None, **options: Any) -> None:
        self.url: str = ""
        """Where it listens; empty until it does."""
        self.token: str = ""
        self._order = pickle.dumps((customers, options, prepare))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # The same modules have to be importable there, a caller's own faults included.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter with a fixed program
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            # Ctrl-C is for the parent; the child sees the end of its input then.
            start_new_session=True,
        )
        try:
            hello = self._ask(self._order)
        except BaseException:
            self._end()
            raise
        self.url, self.token = hello["url"], hello["token"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def stats(self) -> Stats:
        """Ask the process for its counts; RuntimeError when it is not running."""
        return Stats(**self._ask(b"stats\n"))

    def log(self) -> list[Seen]:
        """Ask the process for every request that arrived, in that order; RuntimeError when it is not running."""
        return [Seen(**seen) for seen in self._ask(b"log\n")["log"]]

    def writes(self) -> tuple[Write, ...]:
        """Ask the process for the writes that were really done, likewise."""
        return tuple(Write(**write) for write in self._ask(b"writes\n")["writes"])

    def _ask(self, message: bytes) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            msg = "the emulator's process is not running: use `with EmulatorProcess(...) as emulator:`"
            raise RuntimeError(msg)
        try:
            process.stdin.write(message)
            process.stdin.flush()
        except BrokenPipeError:
            answer = b""
        else:
            answer = process.stdout.readline()
        if not answer:
            msg = f"the emulator's process ended with status {process.wait(_PATIENCE)}; its standard error says why"
            raise RuntimeError(msg)
        reply: dict[str, Any] = msgspec.json.decode(answer)
        return reply

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            # Closes the pipes, which is the sign to end, and waits.
            process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


async def serve(commands: BinaryIO, replies: BinaryIO) -> None:
    """Run an emulator as pickled in `commands`, then answer each line there until the end of the stream."""
    customers, options, prepare = pickle.load(commands)  # noqa: S301 - written by the parent process
    async with Emulator(customers, **options) as emulator:
        if prepare is not None:
            emulator.prepare(prepare)
        _reply(replies, {"url": emulator.url, "token": emulator.token})
        while command := await asyncio.to_thread(commands.readline):
            _reply(replies, _tell(emulator, command.strip()))


def _tell(emulator: Emulator, command: bytes) -> dict[str, Any]:
    if command == b"log":
        return {"log": [asdict(seen) for seen in emulator.log]}
    if command == b"writes":
        return {"writes": [asdict(write) for write in emulator.writes]}
    return {name: getattr(emulator, name) for name in fields_dict(Stats)}


def main() -> None:
    """Serve this process's standard input until it ends: what `EmulatorProcess` starts."""
    asyncio.run(serve(sys.stdin.buffer, sys.stdout.buffer))


def _reply(replies: BinaryIO, value: dict[str, Any]) -> None:
    replies.write(msgspec.json.encode(value) + b"\n")
    replies.flush()
