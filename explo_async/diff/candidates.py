"""Customers that an engine takes for different, to the differences that they are. No I/O."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from explo_async.diff.difference import Added, Changed, Removed
from explo_async.diff.narrowing import COMPARED
from explo_async.files.arrow_columns import from_batch, read_column
from explo_async.files.columns import CellError
from explo_async.files.file_errors import faulty_place
from explo_async.record import COLUMNS, customer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from explo_async.diff.difference import Difference
    from explo_async.record import Record


def decide(batch: pa.RecordBatch, old: str, new: str) -> list[Difference]:
    """Give the differences among candidates, in their order; those that mean the same have none.

    Raises `ExportError` for a cell that is no customer's; `old` and `new` are what it calls the lists by.
    """
    in_old, in_new, masks = (batch.column(name).to_pylist() for name in ("old_place", "new_place", "mask"))
    try:
        records = from_batch(batch.select(COLUMNS))
    except CellError as error:
        place = in_new[error.row]
        if place is None:
            raise _faulty(old, in_old[error.row], error) from None
        raise _faulty(new, place, error) from None
    befores = _read_old(batch, records, in_old, masks, old)
    found: list[Difference] = []
    for record, before, old_place, new_place in zip(records, befores, in_old, in_new, strict=True):
        if new_place is None:
            found.append(Removed(customer_of(record)))
        elif old_place is None:
            found.append(Added(customer_of(record)))
        else:
            changed = Changed(record.provided_id, customer_of(before), customer_of(record))
            if changed.fields:
                found.append(changed)
    return found


def _read_old(
    batch: pa.RecordBatch, records: list[Record], places: Sequence[int], masks: Sequence[int], old: str
) -> list[Record]:
    """Make the records of the old list: those of the new one, but for what may differ."""
    befores = list(map(copy, records))
    for bit, name in enumerate(COMPARED):
        if rows := [row for row, mask in enumerate(masks) if mask >> bit & 1]:
            try:
                values = read_column(name, batch.column(f"old_{name}").take(rows))
            except CellError as error:
                raise _faulty(old, places[rows[error.row]], error) from None
            for row, value in zip(rows, values, strict=True):
                setattr(befores[row], name, value)
    return befores


def _faulty(address: str, place: int, error: CellError) -> Exception:
    return faulty_place(address, f"row {place + 1}", error)
