"""JSON Lines files, `.jsonl`, and what their compressed kinds share with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.decode.gc_pause import CollectorPaused
from explo_async.decode.values import RecordError
from explo_async.files.file_errors import faulty, faulty_place
from explo_async.files.lines import USUAL, decode_record, decode_usual_records, encode_lines

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from io import BufferedIOBase
    from pathlib import Path

    import msgspec

    from explo_async.files.origin import Origin
    from explo_async.record import Record

BLOCK = 1 << 19
"""Bytes to read at once: about a thousand usual customers."""


def write(
    chunks: Iterable[list[Record]],
    path: Path,
    *,
    with_tokens: bool,
    origin: Origin | None = None,  # noqa: ARG001 -- text has no place for it
) -> Generator[int, None, None]:
    """Write a line for each customer. Raises as `FormatModule` says."""
    with path.open("wb") as file:
        yield from write_lines(chunks, file, with_tokens=with_tokens)


def write_log(
    log: Path,
    path: Path,
    *,
    with_tokens: bool,  # noqa: ARG001 -- the lines are with or without them
    origin: Origin | None = None,  # noqa: ARG001 -- text has no place for it
) -> Generator[int, None, None]:
    """Write the lines of a log. Raises as `FormatModule` says."""
    with path.open("wb") as file:
        yield from copy_log(log, file)


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read a customer from each line. Raises as `FormatModule` says."""
    with path.open("rb") as file:
        yield from read_lines(file, path)


def read_log(path: Path, decoder: msgspec.json.Decoder[Any]) -> Generator[list[Record], None, None]:
    """Read a customer from each line that `encode_lines` has written, by a decoder of `logged`.

    Raises what `read` raises.
    """
    with path.open("rb") as file:
        yield from read_lines(file, path, decoder)


def copy_log(path: Path, file: BufferedIOBase) -> Generator[int, None, None]:
    """Write the lines of a log to an open file as they are; each step tells how many there are by now."""
    written = 0
    with path.open("rb") as log:
        while block := log.read(BLOCK):
            file.write(block)
            written += block.count(b"\n")
            yield written


def write_lines(
    chunks: Iterable[list[Record]], file: BufferedIOBase, *, with_tokens: bool
) -> Generator[int, None, None]:
    """Write a line for each customer to an open file; each step tells how many there are. Raises what the file does."""
    written = 0
    for chunk in chunks:
        file.write(encode_lines(chunk, with_tokens=with_tokens))
        written += len(chunk)
        yield written


def read_lines(
    file: BufferedIOBase, path: Path, decoder: msgspec.json.Decoder[Any] = USUAL
) -> Generator[list[Record], None, None]:
    """Read a customer from each line of an open file; `path` is what errors call it.

    Raises `ExportError` for a line that is no customer, and what the file raises.
    """
    read = 0
    while lines := file.readlines(BLOCK):
        with CollectorPaused():
            records = decode_usual_records(lines, decoder) or read_each(lines, path, read)
        read += len(records)
        yield records


def read_each(lines: list[bytes], path: Path, read: int) -> list[Record]:
    """Read lines one by one, after so many of the file at this path. Raises `ExportError`."""
    records: list[Record] = []
    try:
        records.extend(map(decode_record, lines))
    except RecordError as error:
        raise faulty_place(path, f"line {read + len(records) + 1}", error) from None
    except ValueError:
        raise faulty(path, f"line {read + len(records) + 1} is not JSON") from None
    return records
