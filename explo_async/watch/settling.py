"""From a list and a state to what is to be told: the pure rules, applied customer by customer within a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.removals import hold_back, may_remove
from explo_async.watch import schema
from explo_async.watch.events import Counts
from explo_async.watch.telling import Telling, tell_present, tell_removed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator
    from typing import Any

    from explo_async.models import FetchReport
    from explo_async.watch.settings import Settings

CHUNK = 1000
"""Customers a piece of work."""


@frozen
class Settled:
    """What follows from a list."""

    counts: Counts
    reason: str | None
    """Why removals are held back; None where none is."""
    last: int
    """The place of the last event."""


def settle(
    connection: sqlite3.Connection, report: FetchReport, settings: Settings, *, after: int
) -> Generator[None, None, Settled]:
    """Note what is to be told by the list that is there, each event at its place; a yield between pieces of work.

    Removals first: a customer that got another id has what must be unique free for its new one.
    """
    tellings = _Tellings(connection, after)
    known, listed = _count(connection, schema.COUNT_KNOWN), _count(connection, schema.COUNT_LISTED)
    connection.execute(schema.FORGET_PLACES)
    connection.execute(schema.FORGET_ABSENCES)
    held, reason = 0, None
    if may_remove(report):
        connection.execute(schema.NOTE_ABSENCES)
        confirmed = _count(connection, schema.COUNT_CONFIRMED, settings.confirm_removals)
        reason = hold_back(confirmed, known, settings.limits, settings.allow_deletes)
        if reason is not None:
            held = confirmed
        else:
            for rows in _chunks(connection, schema.GONE, "", settings.confirm_removals):
                tellings.add((id_, tell_removed(row, _pending(*old))) for _, id_, _, row, *old in rows)
                yield
    for rows in _chunks(connection, schema.DIFFERING, 0):
        tellings.add((id_, tell_present(row, _pending(*old), now)) for _, id_, now, row, *old in rows)
        yield
    connection.execute(schema.NOTE_BEGUN)
    absent = _count(connection, schema.COUNT_ABSENT)
    return Settled(
        Counts(known=known, listed=listed, absent=absent, held=held, **tellings.counts), reason, tellings.last
    )


def _pending(kind: Any, *values: Any) -> Telling | None:
    return None if kind is None else Telling.of(kind, *values)


class _Tellings:
    """Takes events in, in their order."""

    def __init__(self, connection: sqlite3.Connection, last: int) -> None:
        self.last = last
        self.counts = {"added": 0, "changed": 0, "removed": 0}
        self._connection = connection

    def add(self, tellings: Iterable[tuple[str, Telling | None]]) -> None:
        """Note the next ones; None is nothing to tell."""
        rows = []
        for provided_id, telling in tellings:
            if telling is not None:
                self.last += 1
                self.counts[telling.kind] += 1
                rows.append((provided_id, *telling.values(), self.last))
        self._connection.executemany(schema.TELL, rows)


def _count(connection: sqlite3.Connection, query: str, *arguments: int) -> int:
    (count,) = connection.execute(query, arguments).fetchone()
    assert isinstance(count, int)  # noqa: S101 -- for the type checker
    return count


def _chunks(
    connection: sqlite3.Connection, query: str, after: str | int, *arguments: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Give rows a chunk at a time, read to its end before anything is written; their first value is their place."""
    while rows := connection.execute(query, (after, *arguments, CHUNK)).fetchall():
        yield rows
        after = rows[-1][0]
