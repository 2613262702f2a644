"""Customers that an engine takes for different, to the differences that they are. No I/O."""

from __future__ import annotations

from copy import copy
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from msgspec.structs import force_setattr

from explo_async.diff.difference import Added, Changed, Removed
from explo_async.diff.narrowing import COMPARED
from explo_async.files.arrow_columns import from_batch, read_column
from explo_async.files.columns import CellError
from explo_async.files.file_errors import faulty_place
from explo_async.record import COLUMNS, customer_of, field_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from explo_async.diff.difference import Difference
    from explo_async.models import Customer


def decide(batch: pa.RecordBatch, new: str) -> list[Difference]:
    """Give the differences among candidates, in their order; those that mean the same have none.

    Raises `ExportError` for a cell of the list that it calls `new` that is no customer's; the old list was checked.
    """
    in_old, in_new, masks = (batch.column(name).to_pylist() for name in ("old_place", "new_place", "mask"))
    try:
        records = from_batch(batch.select(COLUMNS))
    except CellError as error:
        raise faulty_place(new, f"row {in_new[error.row] + 1}", error) from None
    customers = list(map(customer_of, records))
    befores = _read_old(batch, customers, masks)
    found: list[Difference] = []
    for customer, before, old_place, new_place in zip(customers, befores, in_old, in_new, strict=True):
        if new_place is None:
            found.append(Removed(customer))
        elif old_place is None:
            found.append(Added(customer))
        else:
            changed = Changed(customer.provided_id, before, customer)
            if changed.fields:
                found.append(changed)
    return found


def _read_old(batch: pa.RecordBatch, customers: list[Customer], masks: Sequence[int]) -> list[Customer]:
    """Make the customers of the old list: those of the new one, but for what may differ."""
    befores: list[Any] = list(map(copy, customers))
    masked = reduce(or_, set(masks), 0)
    for bit, name in enumerate(COMPARED):
        if masked >> bit & 1:
            rows = [row for row, mask in enumerate(masks) if mask >> bit & 1]
            for row, value in zip(rows, read_column(name, batch.column(f"old_{name}").take(rows)), strict=True):
                # A customer is frozen, and this one is nobody's yet.
                force_setattr(befores[row], name, field_of(name, value))
    return befores
