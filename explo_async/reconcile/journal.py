"""The journal of an apply: which items were begun and which have ended, on the disk before the next step.

One JSON object a line. A line that was cut off counts as not written.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from explo_async.errors import PlanRefused, PlanStale
from explo_async.reconcile.items import Outcome  # noqa: TC001 -- msgspec decodes into these
from explo_async.reconcile.plan import Plan  # noqa: TC001 -- msgspec decodes into these

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMAT = 1


class Heading(msgspec.Struct, frozen=True, kw_only=True, tag="apply", tag_field="line"):
    """What is applied: the plan is in it, so that a resume needs nothing else."""

    format: int = FORMAT
    digest: str
    plan: Plan
    allow_deletes: int | None


class Begun(msgspec.Struct, frozen=True, tag="begun", tag_field="line"):
    """The write of an item is about to be sent."""

    kind: str
    provided_id: str


class Ended(msgspec.Struct, frozen=True, tag="ended", tag_field="line"):
    """What became of an item."""

    kind: str
    provided_id: str
    outcome: Outcome
    detail: str = ""


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="line"):
    """Every item has ended."""


Line = Heading | Begun | Ended | Finished
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class History:
    """What a journal tells."""

    def __init__(self, heading: Heading, lines: list[Line], size: int) -> None:
        self.heading: Heading = heading
        self.ended: dict[tuple[str, str], Ended] = {
            (line.kind, line.provided_id): line for line in lines if isinstance(line, Ended)
        }
        self.begun: set[tuple[str, str]] = {
            (line.kind, line.provided_id) for line in lines if isinstance(line, Begun)
        } - self.ended.keys()
        """Sent, perhaps, and not known to have ended."""
        self.is_finished: bool = any(isinstance(line, Finished) for line in lines)
        self.size: int = size
        """Bytes up to the end of the last whole line."""


def read_journal(path: Path) -> History | None:
    """Return what a journal tells, None if it ends before its first line. Raises `PlanRefused`, OSError."""
    content = path.read_bytes()
    lines: list[Line] = []
    size = 0
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        try:
            lines.append(_decode(line))
        except (msgspec.DecodeError, ValueError) as error:
            msg = f"{path}, line {len(lines) + 1}, is no line of a journal: {error}"
            raise PlanRefused(msg, advice="restore the file; without it nobody knows what was done") from None
        size += len(line)
    if not lines:
        return None
    heading = lines[0]
    if not isinstance(heading, Heading) or heading.plan.digest != heading.digest or heading.format > FORMAT:
        msg = f"{path} is not the journal of an apply, or of a newer version"
        raise PlanRefused(msg, advice="name the file that was given as the journal")
    return History(heading, lines, size)


class Journal:
    """Writes lines; each is on the disk when `write` returns, together with all that were waiting."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._turn = asyncio.Lock()
        self._appending: asyncio.Future[None] | None = None

    @classmethod
    def begin(cls, path: Path, heading: Heading, mark: Callable[[], None]) -> Journal:
        """Make a journal; `mark` is called once it is ours, before its first line. Raises `PlanStale`, OSError."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            msg = f"the journal {path} is there already"
            advice = f"go on with it: `customers apply --resume {path}`, or name another file"
            raise PlanStale(msg, advice=advice) from None
        file = os.fdopen(handle, "wb")
        try:
            mark()
            file.write(_encode(heading) + b"\n")
            _sync(file)
            _sync_folder(path)
        except BaseException:
            file.close()
            raise
        return cls(file)

    @classmethod
    def go_on(cls, path: Path, history: History) -> Journal:
        """Go on with a journal, after its last whole line. Raises OSError."""
        file = path.open("r+b")
        file.truncate(history.size)
        file.seek(history.size)
        return cls(file)

    async def write(self, line: Line) -> None:
        """Write a line, and return when it is on the disk. Raises OSError."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((_encode(line) + b"\n", written))
        async with self._turn:
            if not written.done():
                # In a task: what was begun is ended though whoever waits is cancelled.
                self._appending = asyncio.ensure_future(self._append_all())
                await asyncio.shield(self._appending)
        written.result()

    async def _append_all(self) -> None:
        """Write all lines that wait at once: the disk takes as long for one as for many."""
        batch, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(self._append, b"".join(text for text, _ in batch))
        except OSError as error:
            for _, written in batch:
                written.set_exception(error)
                # Whoever waited for it may be gone.
                written.exception()
        else:
            for _, written in batch:
                written.set_result(None)

    def _append(self, lines: bytes) -> None:
        self._file.write(lines)
        _sync(self._file)

    async def close(self) -> None:
        """Close the file, when what was begun is written."""
        if self._appending is not None:
            await asyncio.wait([self._appending])
        self._file.close()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    with suppress(PermissionError):  # of Windows, where a folder is not opened
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
