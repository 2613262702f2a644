"""The part file: customers as JSON Lines, page by page, with a journal that says up to where it is whole.

Whatever kills the process, or the machine, in whatever moment: what the journal tells of and the checksums confirm is
there, and everything after that is cut off before the export goes on.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from zlib import crc32

import msgspec
from attrs import frozen

from explo_async.errors import ExportError
from explo_async.export.journal import Complete, Heading, Journal, Placing, Written, encode_entry, read_journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType


class _Id(msgspec.Struct):
    provided_id: str


_IDS = msgspec.json.Decoder(_Id)


@frozen
class Block:
    """The rows of a page, as lines."""

    lines: bytes
    customers: int
    number: int
    total_count: int


class Part:
    """The two files of one export under way, open and locked; every method may be called from any thread.

    Entering raises `ExportError` for a journal that cannot be read and for an export that another process is writing;
    everything raises OSError where the disk refuses.
    """

    def __init__(self, target: Path) -> None:
        self.path: Path = target.with_name(f"{target.name}.part")
        self.journal_path: Path = target.with_name(f"{target.name}.journal")
        self.workshop: Path = target.with_name(f"{target.name}.new")
        """The folder in which the finished file is made."""
        self.journal: Journal | None = None
        """What it tells; None when there is nothing."""
        self.customers: int = 0
        """How many are in the part file."""
        self.is_complete: bool = False
        self.is_placing: bool = False
        self.report: dict[str, Any] | None = None
        """What was proved, also by a former export; None where that is not known."""
        self._end = 0
        self._notes: BinaryIO
        self._rows: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._notes = _open(self.journal_path, secret=True)
        try:
            _lock(self._notes, self.path)
            self._read()
        except BaseException:
            self._notes.close()
            raise
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def check_free(self) -> None:
        """Raise `ExportError` for names that others have taken: what is there without a journal is not of an export."""
        for path in (self.path, self.workshop):
            if path.exists() and not self.journal_path.exists():
                what = f"{str(path)!r} is in the way, and not of an interrupted export"
                raise ExportError(what, file=str(path), advice="move it, or name another file")

    def begin(self, heading: Heading) -> None:
        """Begin anew, whatever was there."""
        line = encode_entry(heading)
        self.journal = Journal(heading, [], [len(line)])
        self.is_complete = self.is_placing = False
        self.path.unlink(missing_ok=True)
        self._notes.truncate(0)
        _write(self._notes, line)

    def recover(self) -> Iterator[list[str]]:
        """Open the rows: give the ids of the customers that are there page by page, and cut off what is not whole."""
        assert self.journal is not None  # noqa: S101 -- for the type checker: begun, or begun by a former export
        self._rows = rows = _open(self.path, secret=self.journal.heading.with_tokens)
        rows.seek(0)
        customers, (noted, *ends) = 0, self.journal.ends
        for entry, end in zip(self.journal.entries, ends, strict=True):
            if isinstance(entry, Written):
                block = rows.read(entry.end - self._end)
                if crc32(block) != entry.crc32:
                    self.is_complete = False
                    break
                self._end, customers = entry.end, entry.customers
                yield [_IDS.decode(line).provided_id for line in block.splitlines()]
            noted = end
        self.customers = customers
        rows.truncate(self._end)
        self._notes.truncate(noted)

    def write(self, pages: Sequence[Block]) -> None:
        """Add the rows of some pages."""
        assert self._rows is not None  # noqa: S101 -- for the type checker: recovered
        _write(self._rows, b"".join([page.lines for page in pages]))
        entries = []
        for page in pages:
            self._end += len(page.lines)
            self.customers += page.customers
            entries.append(
                Written(
                    page=page.number,
                    total_count=page.total_count,
                    customers=self.customers,
                    end=self._end,
                    crc32=crc32(page.lines),
                )
            )
        _write(self._notes, b"".join(map(encode_entry, entries)))

    def complete(self, report: dict[str, Any] | None = None) -> None:
        """Note that nothing is missing, and what was proved."""
        assert self._rows is not None  # noqa: S101 -- for the type checker: recovered
        os.fsync(self._rows)
        _write(self._notes, encode_entry(Complete(report)))
        self.is_complete, self.report = True, report

    def place(self) -> None:
        """Note that the finished file is whole and about to get its name."""
        _write(self._notes, encode_entry(Placing()))
        os.fsync(self._notes)
        if self._rows:
            self._rows.close()

    def remove(self) -> None:
        """Take both files away; the journal last, as it tells what the other one is."""
        self._close()
        self.path.unlink(missing_ok=True)
        self.journal_path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._rows:
            self._rows.close()
        self._notes.close()

    def _read(self) -> None:
        try:
            self.journal = read_journal(self._notes.read())
        except ValueError as error:
            what = f"{str(self.journal_path)!r} is not a journal that can be gone on from: {error}"
            advice = "if it is of no use, remove it and the part file beside it"
            raise ExportError(what, file=str(self.journal_path), advice=advice) from None
        for entry in self.journal.entries if self.journal else ():
            if isinstance(entry, Written):
                self.customers = entry.customers
            if isinstance(entry, Complete):
                self.is_complete, self.report = True, entry.report
            self.is_placing = self.is_placing or isinstance(entry, Placing)


def _open(path: Path, *, secret: bool) -> BinaryIO:
    # Unbuffered: what was written outlives this process, however it ends.
    mode = 0o600 if secret else 0o666
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "r+b", buffering=0)


def _write(file: BinaryIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def _lock(file: BinaryIO, path: Path) -> None:
    # Windows has no fcntl.
    with contextlib.suppress(ModuleNotFoundError):
        import fcntl  # noqa: PLC0415

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = "another process is writing this export"
            raise ExportError(what, file=str(path), advice="wait for its end, or stop it") from None
