"""Records as columns and back: what all formats of a table share. Pure.

Where a format has nothing better for a list or a mapping, it stands in its cell as JSON text.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.decode.values import RecordError
from explo_async.nesting import Json, NestingError, decode_json
from explo_async.record import COLUMNS, LISTS, MAPPINGS, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Reader = Callable[[Any], Any]
    """Makes the field's value of a cell, which may be None; raises `RecordError` with an empty path."""

ID_MAPPINGS = tuple(name for name in MAPPINGS if name.endswith("datasource_mapping"))
"""The mappings of ids to ids; the values of the others may be any JSON."""
FREE_COLUMNS = (*(name for name in MAPPINGS if name not in ID_MAPPINGS), "extra")
JSON_COLUMNS = (*LISTS, *MAPPINGS, "extra")
NEVER_NULL = ("provided_id", "is_demo_group", "extra")
TEXT_COLUMNS = tuple(name for name in COLUMNS if name not in {*JSON_COLUMNS, "is_demo_group"})

_ENCODER = msgspec.json.Encoder()
_OBJECTS = msgspec.json.Decoder(dict[str, Json])


class CellError(RecordError):
    """A cell cannot be read: `path` names its column, `row` is its place among those rows, from 0."""

    def __init__(self, path: str, reason: str, *, row: int) -> None:
        super().__init__(path, reason)
        self.row = row


def column_names(*, with_tokens: bool) -> tuple[str, ...]:
    """List the columns of a table, in order."""
    return tuple(name for name in COLUMNS if with_tokens or name != "token")


def columns_of(records: Sequence[Record], *, with_tokens: bool) -> dict[str, Sequence[Any]]:
    """Turn records into columns, the values as they are."""
    columns: Iterable[Sequence[Any]] = (
        zip(*map(msgspec.structs.astuple, records), strict=True) if records else repeat(())
    )
    return {name: values for name, values in zip(COLUMNS, columns, strict=False) if with_tokens or name != "token"}


def text_columns_of(records: Sequence[Record], *, with_tokens: bool) -> dict[str, Sequence[Any]]:
    """Turn records into columns, lists and mappings as JSON text."""
    columns = columns_of(records, with_tokens=with_tokens)
    return columns | {name: encode_cells(columns[name]) for name in JSON_COLUMNS}


def records_of(columns: Mapping[str, Sequence[Any]], readers: Mapping[str, Reader]) -> list[Record]:
    """Turn columns into records, each cell read by its column's reader; a column that is not there is one of nulls.

    Raises `CellError`.
    """
    nulls = [None] * len(columns["provided_id"])
    fields = [read_cells(name, columns.get(name, nulls), readers[name]) for name in COLUMNS]
    return list(map(Record, *fields))


def read_cells(name: str, cells: Sequence[Any], reader: Reader) -> list[Any]:
    """Read the cells of a column one by one. Raises `CellError`."""
    values: list[Any] = []
    try:
        values.extend(map(reader, cells))
    except RecordError as error:
        # What was read before stays in the list, and tells the row.
        raise CellError(name, error.reason, row=len(values)) from None
    return values


def decode_objects(cells: Sequence[str]) -> list[Any] | None:
    """Read JSON objects in one go; None where `JSON_READERS` have to look at each."""
    try:
        values = _OBJECTS.decode_lines("\n".join(cells))
    except ValueError:
        return None
    # Blank lines are passed over, and a text of two lines is two texts.
    return values if len(values) == len(cells) and "" not in cells else None


def encode_cells(values: Sequence[Any]) -> list[str | None]:
    """Write a column of lists or mappings as JSON texts, None as None, and JSON texts as they are."""
    cells: list[str | None] = [*join_texts(values).decode().split("\0")] if values else []
    return [None if cell == "null" else cell for cell in cells] if "null" in cells else cells


def join_texts(values: Sequence[Any]) -> bytes:
    """Write a column of lists or mappings as JSON texts, or take those that it is of, with a NUL in between.

    No JSON text has a NUL in it, and one piece is made in a fifth of the time that many take.
    """
    try:
        return b"\0".join(values)
    except TypeError:
        return b"\0".join(map(_ENCODER.encode, values))


def read_id_cell(cell: object) -> str:
    """Read a provided id. Raises `RecordError` for what is none."""
    if cell is None:
        reason = "is missing"
    elif cell == "":
        reason = "is empty"
    elif type(cell) is not str:
        reason = "is not text"
    else:
        return cell
    raise RecordError(path="", reason=reason)


def read_text_cell(cell: object) -> str | None:
    """Read text. Raises `RecordError` for anything else that is not null."""
    if cell is not None and type(cell) is not str:
        raise RecordError(path="", reason="is not text")
    return cell


def read_extra_cell(cell: str | None) -> dict[str, Any]:
    """Read the mapping of a customer's further keys, which is never null. Raises `RecordError` for anything else."""
    return _read_values(cell) or {}


def _json_reader(usual: object, kind: object, called: str) -> Reader:
    decode = msgspec.json.Decoder(usual).decode

    def read(cell: str | None) -> object:
        if cell is None:
            return None
        try:
            return decode(cell)
        except msgspec.ValidationError:
            return read_unusual(cell)
        except (ValueError, TypeError):
            raise RecordError(path="", reason=f"is no JSON {called}") from None

    def read_unusual(cell: str) -> object:
        try:
            return msgspec.convert(decode_json(cell), kind)
        except NestingError as error:
            reason = str(error)
        except ValueError:
            reason = f"is no JSON {called}"
        raise RecordError(path="", reason=reason)

    return read


_read_texts = _json_reader(list[str], list[str], "list of strings")
_read_values = _json_reader(dict[str, Json], dict[str, Any], "object")
_read_ids = _json_reader(dict[str, str], dict[str, str], "object of strings")

TEXT_READERS: dict[str, Reader] = {**dict.fromkeys(TEXT_COLUMNS, read_text_cell), "provided_id": read_id_cell}
JSON_READERS: dict[str, Reader] = {
    **dict.fromkeys(LISTS, _read_texts),
    **dict.fromkeys(FREE_COLUMNS, _read_values),
    **dict.fromkeys(ID_MAPPINGS, _read_ids),
    "extra": read_extra_cell,
}
