"""A kept list as Parquet files that an engine reads, in listing order; what is Parquet already stays where it is.

Importing it without pyarrow raises ModuleNotFoundError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pyarrow as pa
from attrs import frozen
from pyarrow import parquet

from explo_async.diff.kept import KeptExport
from explo_async.files.arrow_batches import check_arrow_columns
from explo_async.files.arrow_columns import to_batch
from explo_async.files.parquet_file import RowGroupWriter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from explo_async.diff.kept import Kept
    from explo_async.record import Record
    from explo_async.snapshot.certificate import SnapshotCertificate, SnapshotFile


class Doubt(Exception):
    """The engine cannot say: an id is twice, a cell is no customer's, or a file is damaged."""


@runtime_checkable
class InFiles(Protocol):
    """What has Parquet files, each of which it checks, as a `Snapshot` does."""

    @property
    def certificate(self) -> SnapshotCertificate:
        """Which files there are."""

    def check_folder(self) -> None:
        """Raise `ExportError` for a folder that is not as it was written."""

    def read_file(self, file: SnapshotFile) -> bytes:
        """Return the content of a file, checked."""


@frozen
class Staged:
    """A list, ready for the engine."""

    address: str
    """What errors call it by."""
    files: tuple[Path, ...]
    """Their rows one after the other are the list."""
    rows: tuple[int, ...]
    """Of each file."""
    columns: frozenset[str]


def stage(kept: Kept, folder: Path) -> Generator[int, None, Staged]:
    """Bring a list into a folder; each step tells how many customers have been read.

    Raises `ExportError` for a list that cannot be read, `Doubt` for a damaged file, OSError where the disk refuses.
    """
    if isinstance(kept, KeptExport) and kept.form.name == "parquet":
        return _look_at(kept.address, [kept.path])
    if isinstance(kept, InFiles):
        files = yield from _copy(kept, folder)
        if files:
            return _look_at(kept.address, files)
    path = folder / "customers.parquet"
    yield from _write(kept.records(), path)
    return _look_at(kept.address, [path])


def _write(chunks: Iterable[list[Record]], path: Path) -> Generator[int, None, None]:
    writer = RowGroupWriter(path, with_tokens=True)
    try:
        for chunk in chunks:
            writer.add(to_batch(chunk, with_tokens=True))
            yield writer.rows
    finally:
        writer.close()


def _copy(snapshot: InFiles, folder: Path) -> Generator[int, None, list[Path]]:
    snapshot.check_folder()
    files: list[Path] = []
    rows = 0
    for file in snapshot.certificate.files:
        files.append(folder / file.name)
        files[-1].write_bytes(snapshot.read_file(file))
        rows += file.rows
        yield rows
    return files


def _look_at(address: str, files: list[Path]) -> Staged:
    rows, columns = [], frozenset[str]()
    try:
        for path in files:
            with parquet.ParquetFile(path) as file:
                check_arrow_columns(address, file.schema_arrow)
                rows.append(file.metadata.num_rows)
                columns = frozenset(file.schema_arrow.names)
    except (pa.ArrowException, OSError):
        raise Doubt from None
    return Staged(address, tuple(files), tuple(rows), columns)
