"""The files of a snapshot while they are written: each is made in memory, and put in one piece."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from explo_async.files.parquet_file import RowGroupWriter
from explo_async.snapshot.certificate import SnapshotFile, digest
from explo_async.snapshot.layout import name_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from explo_async.snapshot.places import Folder


class Parts:
    """Writes customers into files of `rows_per_file` rows, the last apart; there is one for no customers as well."""

    def __init__(self, folder: Folder, *, rows_per_file: int, with_tokens: bool) -> None:
        self.files: list[SnapshotFile] = []
        """What is written so far."""
        self._folder = folder
        self._rows_per_file = rows_per_file
        self._with_tokens = with_tokens
        self._begin()

    def write(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take the customers of some pages. Raises `SnapshotError`."""
        for batch in batches:
            rest = batch
            while self._writer.rows + rest.num_rows >= self._rows_per_file:
                room = self._rows_per_file - self._writer.rows
                self._writer.add(rest.slice(0, room))
                rest = rest.slice(room)
                self._put()
                self._begin()
            self._writer.add(rest)

    def finish(self) -> tuple[SnapshotFile, ...]:
        """Write what is left, and tell all files in the order of the list. Raises `SnapshotError`."""
        if self._writer.rows or not self.files:
            self._put()
        return tuple(self.files)

    def _begin(self) -> None:
        self._buffer = BytesIO()
        self._writer = RowGroupWriter(self._buffer, with_tokens=self._with_tokens)

    def _put(self) -> None:
        self._writer.close()
        content, name = self._buffer.getvalue(), name_part(len(self.files))
        self._folder.put(name, content)
        self.files.append(
            SnapshotFile(name=name, rows=self._writer.written, bytes=len(content), sha256=digest(content))
        )
