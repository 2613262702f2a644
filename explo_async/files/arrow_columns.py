"""Records as Arrow columns and back; importing it without pyarrow raises ModuleNotFoundError.

Properties and further keys may be any JSON values, for which Arrow has no type: they are JSON text.
"""

from __future__ import annotations

from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from explo_async.decode.values import RecordError
from explo_async.files.columns import (
    FREE_COLUMNS,
    ID_MAPPINGS,
    JSON_READERS,
    NEVER_NULL,
    TEXT_READERS,
    column_names,
    columns_of,
    decode_objects,
    encode_cells,
    read_cells,
)
from explo_async.record import COLUMNS, LISTS, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explo_async.files.columns import Reader

POOL: pa.MemoryPool = pa.system_memory_pool()
"""What the batches of a long list go through: pyarrow's own choice kept 60 MB more of the same million customers."""
_NO_IDS: Mapping[str, str] = {}
_TYPES = {
    "is_demo_group": pa.bool_(),
    **dict.fromkeys(LISTS, pa.list_(pa.string())),
    **dict.fromkeys(ID_MAPPINGS, pa.map_(pa.string(), pa.string())),
}


def schema(*, with_tokens: bool) -> pa.Schema:
    """Return the columns of a table of customers; `token` only where it was asked for."""
    return pa.schema([_field(name) for name in column_names(with_tokens=with_tokens)])


def check_schema(found: pa.Schema) -> None:
    """Raise `RecordError` for the first column that is of another type than a customer's; names are not looked at."""
    for field in found:
        if field.type != (wanted := _field(field.name).type):
            raise RecordError(field.name, f"is of type {field.type}, not {wanted}")


def to_batch(records: Sequence[Record], *, with_tokens: bool) -> pa.RecordBatch:
    """Make a batch of records; their lists may be tuples."""
    columns = columns_of(records, with_tokens=with_tokens)
    for name in FREE_COLUMNS:
        columns[name] = encode_cells(columns[name])
    arrays = [
        _map_array(values) if name in ID_MAPPINGS else pa.array(values, _field(name).type, memory_pool=POOL)
        for name, values in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(with_tokens=with_tokens))


def from_batch(batch: pa.RecordBatch) -> list[Record]:
    """Make records of a batch that `check_schema` has nothing against. Raises `CellError`."""
    nulls = [None] * batch.num_rows
    names = batch.schema.names
    columns = {name: read_column(name, batch.column(name)) if name in names else nulls for name in COLUMNS}
    for name, value in (("is_demo_group", False), ("extra", {})):
        if name not in names:
            columns[name] = [value] * batch.num_rows
    return list(map(Record, *columns.values()))


def read_column(name: str, column: pa.Array) -> list[Any]:
    """Read the values of a field, all at once where that can be done. Raises `CellError`."""
    cells: list[Any] = column.to_pylist()
    if name in FREE_COLUMNS:
        if not column.null_count and (values := decode_objects(cells)) is not None:
            return values
    elif name in LISTS:
        if not column.flatten().null_count:
            return cells
    elif name in ID_MAPPINGS:
        if not column.items.null_count:
            return [None if pairs is None else dict(pairs) for pairs in cells]
    elif name == "is_demo_group":
        if not column.null_count:
            return cells
    elif name != "provided_id" or not (column.null_count or "" in cells):
        return cells
    return read_cells(name, cells, _READERS[name])


def row_sizes(batch: pa.RecordBatch) -> list[int]:
    """Tell how many bytes of text each row holds; together they are no more than the batch's `nbytes`."""
    sizes = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
    for name in batch.schema.names:
        column = batch.column(name)
        if pa.types.is_string(column.type):
            sizes = pc.add(sizes, pc.coalesce(pc.binary_length(column), 0))
        elif not pa.types.is_boolean(column.type):
            for texts in (column.keys, column.items) if name in ID_MAPPINGS else (column.values,):
                lengths = pc.cumulative_sum(pc.cast(pc.coalesce(pc.binary_length(texts), 0), pa.int64()))
                ends = pa.concat_arrays([pa.array([0], pa.int64()), lengths]).take(column.offsets)
                sizes = pc.add(sizes, pc.subtract(ends.slice(1), ends.slice(0, batch.num_rows)))
    found: list[int] = sizes.to_pylist()
    return found


def _map_array(mappings: Sequence[Mapping[str, str] | None]) -> pa.MapArray:
    """Make the array from its parts, in less than half the time that pyarrow needs for lists of pairs."""
    full = [mapping or _NO_IDS for mapping in mappings]
    *starts, end = accumulate(map(len, full), initial=0)
    offsets: Sequence[int | None] = starts
    if None in mappings:
        offsets = [None if mapping is None else start for mapping, start in zip(mappings, starts, strict=True)]
    return pa.MapArray.from_arrays(
        pa.array([*offsets, end], pa.int32(), memory_pool=POOL),
        pa.array(list(chain.from_iterable(full)), pa.string(), memory_pool=POOL),
        pa.array(list(chain.from_iterable([mapping.values() for mapping in full])), pa.string(), memory_pool=POOL),
        pool=POOL,
    )


def _field(name: str) -> pa.Field:
    return pa.field(name, _TYPES.get(name, pa.string()), nullable=name not in NEVER_NULL)


def _read_texts(texts: list[str | None] | None) -> list[str] | None:
    return None if texts is None else _without_nulls(texts, texts)


def _read_ids(pairs: list[tuple[str, str | None]] | None) -> dict[str, str] | None:
    return None if pairs is None else _without_nulls(dict(pairs), (value for _, value in pairs))


def _without_nulls(value: Any, parts: Iterable[str | None]) -> Any:
    if None in parts:
        raise RecordError(path="", reason="holds a null")
    return value


_READERS: dict[str, Reader] = {
    **TEXT_READERS,
    **JSON_READERS,
    **dict.fromkeys(LISTS, _read_texts),
    **dict.fromkeys(ID_MAPPINGS, _read_ids),
    "is_demo_group": bool,
}
