"""Parquet files, `.parquet`: the same customers give the same bytes, by the same version of pyarrow."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from explo_async.files.arrow_batches import check_arrow_columns, read_batches
from explo_async.files.arrow_columns import POOL, row_sizes, schema, to_batch
from explo_async.files.file_errors import faulty
from explo_async.files.formats import CHUNK
from explo_async.files.logged import FREE_TEXTS as LOGGED  # noqa: F401 -- as `FormatModule` says
from explo_async.files.origin import KEY, decode_origin, encode_origin

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from explo_async.files.origin import Origin
    from explo_async.record import Record

_GROUP = 16_384
"""Most rows of a row group: some 10 MB of usual customers in memory."""
_GROUP_BYTES = 16 * 2**20
"""Where a row group of larger customers ends, by their texts."""
_FEW_VALUES = ["group_tags.list.element", "access_group", "hierarchy_level"]
"""Columns that are worth a dictionary; for the others pyarrow would begin one and give it up."""


class RowGroupWriter:
    """Writes batches as row groups of one size, the last apart; the same rows give the same bytes by any batches.

    Whoever does not come to `close` calls `abandon`.
    """

    def __init__(self, sink: Path | BinaryIO, *, with_tokens: bool) -> None:
        self.written: int = 0
        """Rows in row groups so far."""
        self._writer = parquet.ParquetWriter(
            sink, schema(with_tokens=with_tokens), compression="zstd", use_dictionary=_FEW_VALUES, memory_pool=POOL
        )
        self._held: list[pa.RecordBatch] = []
        self._rows = self._most_bytes = 0
        self._is_heavy = False

    @property
    def rows(self) -> int:
        """Rows that were given so far."""
        return self.written + self._rows

    def add(self, batch: pa.RecordBatch) -> bool:
        """Take a batch; tell whether a row group was written."""
        before = self.written
        while batch.num_rows:
            part = self._cut(batch)
            batch = batch.slice(part.num_rows)
            self._held.append(part)
            self._rows += part.num_rows
            self._most_bytes += part.nbytes
            if self._rows == _GROUP or self._is_heavy:
                self._write()
        return self.written > before

    def close(self, origin: Origin | None = None) -> None:
        """Write what is left, and the end of the file, with how it was made."""
        if self._rows:
            self._write()
        if origin:
            self._writer.add_key_value_metadata({KEY: encode_origin(origin).decode()})
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file; what is in it is of no use."""
        self._writer.close()

    def _cut(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Take so many of the first rows as the row group has room for, at least one."""
        part = batch.slice(0, _GROUP - self._rows)
        if self._most_bytes + part.nbytes < _GROUP_BYTES:
            return part
        # Only now is it worth while to look at each row.
        held = sum(sum(row_sizes(each)) for each in self._held)
        ends = list(accumulate(row_sizes(part), initial=held))
        rows = bisect_left(ends, _GROUP_BYTES)
        self._is_heavy = rows < len(ends)
        return part.slice(0, rows)

    def _write(self) -> None:
        table = pa.Table.from_batches(self._held)
        # Both are let go as soon as they can be: a row group is there once less.
        self._held = []
        table = table.combine_chunks(POOL)
        self._writer.write_table(table)
        self.written += self._rows
        self._rows, self._most_bytes, self._is_heavy = 0, 0, False


def write(
    chunks: Iterable[list[Record]], path: Path, *, with_tokens: bool, origin: Origin | None = None
) -> Generator[int, None, None]:
    """Write row groups of one size. Raises as `FormatModule` says."""
    writer = RowGroupWriter(path, with_tokens=with_tokens)
    try:
        for chunk in chunks:
            if writer.add(to_batch(chunk, with_tokens=with_tokens)):
                yield writer.written
        rest = writer.rows > writer.written
        writer.close(origin)
    except BaseException:
        writer.abandon()
        raise
    if rest:
        yield writer.written


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read the rows. Raises as `FormatModule` says."""
    # Opened here, so that an OSError from within is one of a damaged file.
    with path.open("rb") as raw:
        yield from read_opened(raw, path)


def read_opened(raw: BinaryIO, path: Path | str) -> Generator[list[Record], None, None]:
    """Read the rows of an open file that errors call `path`. Raises `ExportError`."""
    try:
        with parquet.ParquetFile(raw) as file:
            check_arrow_columns(path, file.schema_arrow)
            # pyarrow 18 fails to iterate over no row groups.
            yield from read_batches(file.iter_batches(CHUNK) if file.num_row_groups else (), path)
    except (pa.ArrowException, OSError):
        raise faulty(path, "it is no Parquet file, or not whole") from None


def read_origin(path: Path) -> Origin | None:
    """Read how the file was made. Raises as `read` does."""
    with path.open("rb") as raw:
        try:
            with parquet.ParquetFile(raw) as file:
                return decode_origin((file.metadata.metadata or {}).get(KEY.encode(), b""))
        except (pa.ArrowException, OSError):
            raise faulty(path, "it is no Parquet file, or not whole") from None
