"""JSON Lines compressed with gzip, `.jsonl.gz`: the same customers give the same bytes."""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from explo_async.files.file_errors import faulty
from explo_async.files.jsonl_file import copy_log, read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from io import BufferedIOBase
    from pathlib import Path

    from explo_async.files.origin import Origin
    from explo_async.record import Record

_LEVEL = 3
"""As fast as the lines come; the usual 6 would take more than twice as long, and save a fifth of the file."""


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
    # Neither the name nor the time: they would make each file another.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file:
        yield file


@contextmanager
def open_lines(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file to read what it holds; where that is damaged, `ExportError` takes the place of the error."""
    with gzip.open(path) as file:
        if not path.stat().st_size:
            # The gzip module takes it for a whole file.
            raise faulty(path, "it is cut off")
        try:
            yield file
        except EOFError:
            raise faulty(path, "it is cut off") from None
        except (gzip.BadGzipFile, zlib.error):
            raise faulty(path, "it is no gzip file, or damaged") from None
