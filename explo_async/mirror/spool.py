"""The rows of a list while it is fetched: in a file of this machine, so that no database waits for the network.

The file has no name and is closed to others where the system knows that: a process that is killed leaves none.
"""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING, Self

import msgspec

from explo_async.mirror.rows import Row, make_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from explo_async.record import RecordPage

_HEAD = 8
"""Bytes before a batch that tell its length."""
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Row])


class Spool:
    """Takes in pages, and gives their rows back as often as is asked, a page at a time; inside `with`."""

    def __init__(self, *, with_tokens: bool) -> None:
        self.rows: int = 0
        self._with_tokens = with_tokens
        self._file = tempfile.TemporaryFile(prefix="explo-mirror-")  # noqa: SIM115 -- closed by __exit__

    def write(self, pages: list[RecordPage]) -> None:
        """Keep the customers of some pages. Raises OSError."""
        for page in pages:
            rows = make_rows(page.records, with_tokens=self._with_tokens)
            batch = _ENCODER.encode(rows)
            self._file.write(len(batch).to_bytes(_HEAD, "big"))
            self._file.write(batch)
            self.rows += len(rows)

    def batches(self) -> Iterator[list[Row]]:
        """Give all rows, in the order in which they came. Raises OSError."""
        self._file.seek(0)
        while head := self._file.read(_HEAD):
            yield _DECODER.decode(self._file.read(int.from_bytes(head, "big")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # What could not be written for want of room cannot be flushed either.
        with contextlib.suppress(OSError):
            self._file.close()
