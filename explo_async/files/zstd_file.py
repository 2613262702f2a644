"""JSON Lines compressed with Zstandard, `.jsonl.zst`: the same customers give the same bytes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from explo_async.files.file_errors import faulty
from explo_async.files.jsonl_file import copy_log, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from io import BufferedIOBase
    from pathlib import Path

    from explo_async.files.origin import Origin
    from explo_async.record import Record

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
else:
    zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

_OPTIONS: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
"""Damage shows when the file is read; the level is the library's own, 3."""


def write(
    chunks: Iterable[list[Record]],
    path: Path,
    *,
    with_tokens: bool,
    origin: Origin | None = None,  # noqa: ARG001 -- text has no place for it
) -> Generator[int, None, None]:
    """Write a line for each customer. Raises as `FormatModule` says."""
    with _create(path) as file:
        yield from write_lines(chunks, file, with_tokens=with_tokens)


def write_log(
    log: Path,
    path: Path,
    *,
    with_tokens: bool,  # noqa: ARG001 -- the lines are with or without them
    origin: Origin | None = None,  # noqa: ARG001 -- text has no place for it
) -> Generator[int, None, None]:
    """Write the lines of a log. Raises as `FormatModule` says."""
    with _create(path) as file:
        yield from copy_log(log, file)


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read a customer from each line. Raises as `FormatModule` says."""
    with open_lines(path) as file:
        yield from read_lines(file, path)


@contextmanager
def _create(path: Path) -> Iterator[BufferedIOBase]:
    with zstd.ZstdFile(path, "wb", options=_OPTIONS) as file:
        # Begins a frame: no customers are not the same as no bytes, which would look cut off.
        file.write(b"")
        yield file


@contextmanager
def open_lines(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file to read what it holds; where that is damaged, `ExportError` takes the place of the error."""
    with zstd.ZstdFile(path) as file:
        try:
            yield file
        except EOFError:
            raise faulty(path, "it is cut off") from None
        except zstd.ZstdError:
            raise faulty(path, "it is no zstd file, or damaged") from None
