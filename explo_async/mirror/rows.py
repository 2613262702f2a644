"""A customer as a row of the mirror's tables. Pure.

What a row holds follows from its version alone, the token apart: a null list or mapping is an empty one, and the keys
of an object stand in order. So a table is told to be right by comparing versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.files.columns import JSON_COLUMNS, TEXT_COLUMNS
from explo_async.files.compared import NULLABLE, PLAIN, versioned_row
from explo_async.record import COLUMNS, LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.record import Record

Row = tuple[str, str, str | None, bytes]
"""The id, the version, the token if it is wanted, and the JSON that the version is of."""

VERSION = "row_version"
CELLS = ("provided_id", *(name for name in COLUMNS if name not in {"provided_id", "token"}), "token", VERSION)
"""The columns that `cells_of` gives, in that order."""
STATE = tuple(name for name in CELLS if name != "token")
"""Those that make a state of a customer: what a history keeps."""


def make_rows(records: Iterable[Record], *, with_tokens: bool) -> list[Row]:
    """Make rows of records."""
    rows = []
    for record in records:
        version, row = versioned_row(record)
        rows.append((record.provided_id, version, record.token if with_tokens else None, row))
    return rows


def has_nul(row: Row) -> bool:
    """Tell whether there is a NUL character in what a row holds, the token apart."""
    # The first look is a tenth of the second, which knows a backslash that is one.
    return b"\\u0000" in row[3] and _NUL.search(row[3]) is not None


def cells_of(row: Row) -> tuple[Any, ...]:
    """Return what stands in the columns: text, JSON as text, a truth value."""
    provided_id, version, token, values = row
    _, plain, nullable = _DECODER.decode(values)
    found = dict(zip(_NAMES, (*plain, *nullable), strict=True))
    for name in JSON_COLUMNS:
        text = bytes(found[name]).decode()
        found[name] = text if text != "null" else _EMPTY[name]
    found |= {"provided_id": provided_id, "token": token, VERSION: version}
    return tuple([found[name] for name in CELLS])


def _kind(name: str) -> Any:
    if name in JSON_COLUMNS:
        # Left as it stands.
        return msgspec.Raw
    return str | None if name in TEXT_COLUMNS else bool


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NAMES = (*PLAIN, *NULLABLE)
_EMPTY = {name: "[]" if name in LISTS else "{}" for name in JSON_COLUMNS}
_DECODER = msgspec.json.Decoder(
    tuple[str, tuple[tuple(map(_kind, PLAIN))], tuple[tuple(map(_kind, NULLABLE))]]  # type: ignore[misc]
)
