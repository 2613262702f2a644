"""CSV files, `.csv`, that spreadsheets open as text: no cell of theirs is a formula.

A text that is empty, or would begin a formula, or begins with ' has one ' in front, which `read` takes away again; an
empty cell is a null. Lines end as RFC 4180 says, with CR and LF: also what makes Python quote a text with either.
"""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from explo_async.decode.values import RecordError
from explo_async.files.columns import (
    JSON_COLUMNS,
    JSON_READERS,
    TEXT_COLUMNS,
    TEXT_READERS,
    CellError,
    column_names,
    columns_of,
    join_texts,
    records_of,
)
from explo_async.files.file_errors import check_columns, faulty, faulty_place
from explo_async.files.formats import CHUNK
from explo_async.files.logged import TEXTS as LOGGED  # noqa: F401 -- as `FormatModule` says

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from explo_async.files.columns import Reader
    from explo_async.files.origin import Origin
    from explo_async.record import Record

_RISKY = frozenset(("", "'", "=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
"""What makes a spreadsheet take a text for a formula by its first character, the four signs in full width too."""
_NULL = b'"null"'
_SPECIAL = re.compile('[",\r\n]')
"""What makes a text need quotes."""
_LARGEST = 2**31 - 1
"""Characters in a cell: as many as the csv module can be told of everywhere."""
_LIMIT_LOCK = Lock()


def write(
    chunks: Iterable[list[Record]],
    path: Path,
    *,
    with_tokens: bool,
    origin: Origin | None = None,  # noqa: ARG001 -- text has no place for it
) -> Generator[int, None, None]:
    """Write a header and a line for each customer. Raises as `FormatModule` says."""
    written = 0
    with path.open("wb") as file:
        file.write(encode_header(with_tokens=with_tokens))
        for chunk in chunks:
            file.write(encode_rows(chunk, with_tokens=with_tokens))
            written += len(chunk)
            yield written


def encode_header(*, with_tokens: bool) -> bytes:
    """Return the first line of a file."""
    return ",".join(column_names(with_tokens=with_tokens)).encode() + b"\r\n"


def encode_rows(records: Sequence[Record], *, with_tokens: bool) -> bytes:
    """Return the lines of these customers. Column by column that takes a third of the time of the csv module."""
    if not records:
        return b""
    columns = columns_of(records, with_tokens=with_tokens)
    cells = [_CELLS[name](values) for name, values in columns.items()]
    return b"\r\n".join([*map(b",".join, zip(*cells, strict=True)), b""])


def _quote(values: Sequence[Any]) -> list[bytes]:
    quoted = join_texts(values).replace(b'"', b'""').replace(b"\0", b'"\0"')
    cells = (b'"' + quoted + b'"').split(b"\0")
    return [b"" if cell == _NULL else cell for cell in cells] if _NULL in cells else cells


def _guard(texts: Sequence[str | None]) -> list[bytes]:
    guarded = ["" if text is None else f"'{text}" if text[:1] in _RISKY else text for text in texts]
    if _SPECIAL.search("".join(guarded)):
        guarded = [_in_quotes(text) if _SPECIAL.search(text) else text for text in guarded]
    return list(map(str.encode, guarded))


def _write_booleans(values: Sequence[bool]) -> list[bytes]:
    return [b"true" if value else b"false" for value in values]


def _in_quotes(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read(path: Path) -> Generator[list[Record], None, None]:
    """Read a customer from each line, by the header's names. Raises as `FormatModule` says."""
    with path.open("rb") as file:
        rows = csv.reader(_decode(file, path), strict=True)
        names = next((cells for _, cells in _take(rows, 1, path)), [])
        check_columns(path, names)
        while lines := _take(rows, CHUNK, path):
            yield _read_chunk(names, lines, path)


def _read_chunk(names: list[str], lines: list[tuple[int, list[str]]], path: Path) -> list[Record]:
    for number, cells in lines:
        if len(cells) != len(names):
            raise faulty(path, f"line {number} has {len(cells)} cells, and the header {len(names)}")
    columns = dict(zip(names, zip(*(cells for _, cells in lines), strict=True), strict=True))
    try:
        return records_of(columns, _READERS)
    except CellError as error:
        raise faulty_place(path, f"line {lines[error.row][0]}", error) from None


def _take(rows: CsvReader, count: int, path: Path) -> list[tuple[int, list[str]]]:
    """Take so many rows that are not blank, each with the number of its first line."""
    taken: list[tuple[int, list[str]]] = []
    number = rows.line_num + 1
    with any_length():
        try:
            for cells in rows:
                if cells:
                    taken.append((number, cells))
                if len(taken) == count:
                    break
                number = rows.line_num + 1
        except csv.Error:
            raise faulty(path, f"line {number} is not CSV") from None
    return taken


@contextmanager
def any_length() -> Iterator[None]:
    """Let cells be of any length; the limit is the whole process's, so only for as long as this reads."""
    with _LIMIT_LOCK:
        usual = csv.field_size_limit(_LARGEST)
        try:
            yield
        finally:
            csv.field_size_limit(usual)


def _decode(file: BinaryIO, path: Path) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        try:
            yield line.decode("utf-8" if number > 1 else "utf-8-sig")
        except UnicodeDecodeError:
            raise faulty(path, f"line {number} is not UTF-8") from None


def _unguarded(reader: Reader) -> Reader:
    return lambda cell: reader(cell.removeprefix("'") if cell else None)


def _or_null(reader: Reader) -> Reader:
    return lambda cell: reader(cell or None)


def _read_boolean(cell: str | None) -> bool:
    word = (cell or "false").lower()
    if word not in {"true", "false"}:
        raise RecordError(path="", reason="is neither true nor false")
    return word == "true"


_CELLS: dict[str, Callable[[Sequence[Any]], list[bytes]]] = {
    **dict.fromkeys(TEXT_COLUMNS, _guard),
    **dict.fromkeys(JSON_COLUMNS, _quote),
    "is_demo_group": _write_booleans,
}
_READERS: dict[str, Reader] = {
    **{name: _unguarded(reader) for name, reader in TEXT_READERS.items()},
    **{name: _or_null(reader) for name, reader in JSON_READERS.items()},
    "is_demo_group": _read_boolean,
}
