"""The rows of a list on their way into the tables: who is there, and in full only who is new or other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.errors import MirrorError
from explo_async.mirror import statements
from explo_async.mirror.rows import cells_of, has_nul

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from explo_async.mirror.database import Database
    from explo_async.mirror.spool import Spool
    from explo_async.mirror.tables import MirrorTables

_PART = 10_000
"""Rows of an answer that are taken at once."""


def stage(spool: Spool, database: Database) -> Iterator[list[tuple[Any, ...]]]:
    """Give the place, the id, the version and the token of everybody. Raises `MirrorError` for what cannot be held."""
    place = 0
    for batch in spool.batches():
        bad = None if database.holds_nul else next(filter(has_nul, batch), None)
        if bad is not None:
            msg = f"the customer {bad[0]!r:.60} has a NUL character, which {database.address} cannot hold"
            raise MirrorError(msg, database=database.address, advice="correct the customer in Explo, or use SQLite")
        yield [(number, *row[:3]) for number, row in enumerate(batch, place)]
        place += len(batch)


def find_fresh(connection: Connection, tables: MirrorTables, rows: int) -> bytearray:
    """Say for each row of the list why it has to be written; 0 where it has not."""
    why = bytearray(rows)
    found = connection.execute(statements.find_fresh(tables), execution_options={"yield_per": _PART})
    for part in found.partitions():
        for place, reason in part:
            why[place] = reason
    return why


def everybody(
    connection: Connection, spool: Spool, tables: MirrorTables, at: datetime
) -> Iterator[list[tuple[Any, ...]]]:
    """Give everybody in full, and from when that holds."""
    kind = tables.current.c.valid_from.type.dialect_impl(connection.dialect)
    write = kind.bind_processor(connection.dialect)
    moment = at if write is None else write(at)
    for batch in spool.batches():
        yield [(*cells_of(row), moment) for row in batch]


def fresh(spool: Spool, why: bytearray) -> Iterator[list[tuple[Any, ...]]]:
    """Give those in full for whom there is a reason."""
    place = 0
    for batch in spool.batches():
        chosen = why[place : place + len(batch)]
        if any(chosen):
            yield [cells_of(row) for row, reason in zip(batch, chosen, strict=True) if reason]
        place += len(batch)
