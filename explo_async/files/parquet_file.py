"""Parquet files, `.parquet`: the same customers give the same bytes, by the same version of pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from explo_async.files.arrow_batches import check_arrow_columns, read_batches
from explo_async.files.arrow_columns import schema, to_batch
from explo_async.files.file_errors import faulty
from explo_async.files.formats import CHUNK
from explo_async.files.origin import KEY, decode_origin, encode_origin

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from explo_async.files.origin import Origin
    from explo_async.record import Record

_GROUP = 16_384
"""Rows of a row group: some 10 MB of usual customers in memory."""
_FEW_VALUES = ["group_tags.list.element", "access_group", "hierarchy_level"]
"""Columns that are worth a dictionary; for the others pyarrow would begin one and give it up."""


def write(
    chunks: Iterable[list[Record]], path: Path, *, with_tokens: bool, origin: Origin | None = None
) -> Generator[int, None, None]:
    """Write row groups of one size. Raises as `FormatModule` says."""
    written = 0
    table_schema = schema(with_tokens=with_tokens)
    with parquet.ParquetWriter(path, table_schema, compression="zstd", use_dictionary=_FEW_VALUES) as writer:
        for table in _regroup(chunks, with_tokens=with_tokens):
            writer.write_table(table)
            written += table.num_rows
            yield written
        if origin:
            writer.add_key_value_metadata({KEY: encode_origin(origin).decode()})


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read the rows. Raises as `FormatModule` says."""
    # Opened here, so that an OSError from within is one of a damaged file.
    with path.open("rb") as raw:
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


def _regroup(chunks: Iterable[list[Record]], *, with_tokens: bool) -> Iterator[pa.Table]:
    """Give the same tables for the same records, whatever the chunks: each of `_GROUP` rows, save the last."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for chunk in chunks:
        batch = to_batch(chunk, with_tokens=with_tokens)
        while rows + batch.num_rows >= _GROUP:
            missing = _GROUP - rows
            yield pa.Table.from_batches([*held, batch.slice(0, missing)]).combine_chunks()
            batch = batch.slice(missing)
            held, rows = [], 0
        held.append(batch)
        rows += batch.num_rows
    if rows:
        yield pa.Table.from_batches(held).combine_chunks()
