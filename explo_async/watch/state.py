"""The state of a watch: what is acknowledged, what was told since, and who was absent. Waits for the disk.

Each method is one piece of work for a thread, one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.watch import schema
from explo_async.watch.database import ours, transaction
from explo_async.watch.events import Counts
from explo_async.watch.rows import encode_row
from explo_async.watch.settling import settle
from explo_async.watch.telling import Telling

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from explo_async.models import Customer, FetchReport
    from explo_async.record import Record
    from explo_async.watch.settings import Settings
    from explo_async.watch.settling import Settled

Told = tuple[int, str, Telling]
"""The place of an event, whose it is, and what it tells."""


class State:
    """The state in a database that is open."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self._path = path
        self._seq = 0

    @property
    def is_begun(self) -> bool:
        """Whether a first list was taken in before."""
        with ours(self._path):
            return self._connection.execute("SELECT 1 FROM main.about WHERE name = 'begun'").fetchone() is not None

    def begin_list(self) -> None:
        """Take in a list from now on, in place of one that did not come to its end."""
        with ours(self._path):
            self._connection.executescript(schema.ARRIVING)

    def take_in(self, customers: Iterable[Customer | Record]) -> None:
        """Take in the next customers of the list."""
        rows = [(customer.provided_id, encode_row(customer)) for customer in customers]
        with ours(self._path), transaction(self._connection):
            self._connection.executemany("INSERT INTO temp.arriving VALUES (?, ?)", rows)

    def end_list(self) -> int:
        """Take what has arrived for the list to go by; return how many known customers it has not."""
        with ours(self._path):
            self._connection.executescript(schema.ARRIVED)
            (absent,) = self._connection.execute(schema.COUNT_ABSENT).fetchone()
        assert isinstance(absent, int)  # noqa: S101 -- for the type checker
        return absent

    def take_as_known(self) -> Counts:
        """Take the list as acknowledged, as it is: nothing is told of it."""
        with ours(self._path), transaction(self._connection):
            (listed,) = self._connection.execute(schema.COUNT_LISTED).fetchone()
            self._connection.execute(schema.TAKE_AS_KNOWN)
            self._connection.execute(schema.NOTE_BEGUN)
        return Counts(known=0, listed=listed, added=0, changed=0, removed=0, absent=0)

    def settle(self, report: FetchReport, settings: Settings) -> Generator[None, None, Settled]:
        """Note what is to be told by the list, a piece of work a step; all of it, or nothing where it is closed."""
        with ours(self._path), transaction(self._connection):
            settled = yield from settle(self._connection, report, settings, after=self._seq)
        self._seq = settled.last
        return settled

    def read_told(self, after: int, most: int) -> list[Told]:
        """Return the next events after a place."""
        with ours(self._path):
            rows = self._connection.execute(schema.TOLD, (after, most)).fetchall()
        return [(seq, provided_id, Telling.of(*told)) for seq, provided_id, *told in rows]

    def acknowledge(self, seq: int) -> None:
        """Take what was told up to a place as known; what was told again since then stays to be told."""
        with ours(self._path), transaction(self._connection):
            for statement in schema.ACKNOWLEDGE:
                self._connection.execute(statement, (seq,))

    def close(self) -> None:
        """Let go of the file."""
        with ours(self._path):
            self._connection.close()
