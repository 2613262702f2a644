"""Records as Arrow columns that any database takes: text, JSON text, truth values, and a version of each row.

Importing it without pyarrow raises ModuleNotFoundError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from explo_async.files.arrow_columns import POOL
from explo_async.files.columns import NEVER_NULL, text_columns_of
from explo_async.files.compared import row_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.record import Record

ROW_VERSION = "row_version"
"""The column that tells one state of a customer from all others."""


def to_database_batch(records: Sequence[Record], *, with_tokens: bool) -> pa.RecordBatch:
    """Make a batch of records, in the columns of a table of customers and `ROW_VERSION`; it may be empty."""
    columns = text_columns_of(records, with_tokens=with_tokens)
    columns[ROW_VERSION] = list(map(row_version, records))
    fields = [_field(name) for name in columns]
    arrays = [
        pa.array(values, field.type, memory_pool=POOL) for field, values in zip(fields, columns.values(), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _field(name: str) -> pa.Field:
    kind = pa.bool_() if name == "is_demo_group" else pa.string()
    return pa.field(name, kind, nullable=name not in {*NEVER_NULL, ROW_VERSION})
