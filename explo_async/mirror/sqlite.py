"""A mirror in a file of SQLite: through Python's own module, in a thread beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from explo_async.errors import MirrorError
from explo_async.mirror.database import PATIENCE
from explo_async.mirror.refusals import advise_on_sqlite
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Table

T = TypeVar("T")

_POLL = 0.05
"""Seconds between two looks whether the file is free."""
_READERS = 10_000
"""Milliseconds to wait for those who read, where the file has no log of its own, and for whoever just closes it."""
_STEPS = 1_000_000
"""Instructions of SQLite between two looks whether the run was cancelled: some 20 ms."""
_CACHE = -65_536
"""KiB of pages to keep in memory."""


class _StoppedError(Exception):
    """The run was cancelled."""


class SqliteDatabase:
    """A file."""

    insert_or_update: Callable[..., Any] = staticmethod(insert)
    holds_nul: bool = True

    def __init__(self, path: str, *, secret: bool) -> None:
        self._path = Path(path)
        self._mode = 0o600 if secret else 0o666
        self.address: str = f"sqlite:///{path}"

    def is_missing(self) -> bool:
        """Tell whether there is no such file; raises `MirrorError` where it cannot be made."""
        if self._path.exists():
            return False
        folder = self._path.parent
        if not folder.is_dir():
            what = "its folder is not there"
            raise self._wrong(what, "make the folder first")
        if not os.access(folder, os.W_OK):
            what = "its folder may not be written to"
            raise self._wrong(what, advise_on_sqlite("SQLITE_READONLY"))
        return True

    async def transact(self, work: Callable[[Connection], T], *, keep: bool = True) -> T:
        """Do a piece of work in one transaction; a cancellation ends it, and waits until nothing is left of it."""
        stop = threading.Event()
        piece = asyncio.create_task(asyncio.to_thread(self._transact, work, stop, keep=keep))
        try:
            return await asyncio.shield(piece)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([piece])
            # Whatever it is: the run was cancelled.
            piece.exception()
            raise

    def lock(self, connection: Connection, name: str) -> None:
        """Do nothing: the transaction has begun as the only one that writes."""

    def load(self, connection: Connection, table: Table, batches: Iterator[Sequence[tuple[Any, ...]]]) -> None:
        """Put rows into a table."""
        names, marks = ", ".join(column.name for column in table.columns), ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 -- names of ours, and marks
        for batch in batches:
            if batch:
                connection.exec_driver_sql(statement, list(batch))

    async def close(self) -> None:
        """Do nothing: each transaction has a connection of its own."""

    def _transact(self, work: Callable[[Connection], T], stop: threading.Event, *, keep: bool) -> T:
        is_new = self._make()
        engine = self._engine(stop)
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                result = work(connection)
                if stop.is_set():
                    raise _StoppedError
                if not keep:
                    transaction.rollback()
            if is_new:
                _let_read(engine)
        except DBAPIError as error:
            name = getattr(error.orig, "sqlite_errorname", None)
            raise self._wrong(one_line(str(error.orig)), advise_on_sqlite(name)) from None
        return result

    def _make(self) -> bool:
        """Make the file where there is none, and tell whether it was made."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, self._mode))
        except FileExistsError:
            return False
        except OSError as error:
            raise self._wrong(error.strerror or str(error), advise_on_sqlite("SQLITE_CANTOPEN")) from None
        return True

    def _engine(self, stop: threading.Event) -> Engine:
        arguments = {"isolation_level": None, "check_same_thread": False, "timeout": _READERS / 1000}
        url = URL.create("sqlite", database=str(self._path))
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def connect(connection: sqlite3.Connection, _: object) -> None:
            connection.set_progress_handler(stop.is_set, _STEPS)
            connection.execute(f"PRAGMA cache_size = {_CACHE}")
            # What refers to a customer is to be heeded.
            connection.execute("PRAGMA foreign_keys = ON")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            _begin(connection, stop)

        @event.listens_for(engine, "before_cursor_execute")
        def check(*_: object) -> None:
            if stop.is_set():
                raise _StoppedError

        return engine

    def _wrong(self, what: str, advice: str | None) -> MirrorError:
        return MirrorError(f"{self.address}: {what}", database=self.address, advice=advice)


def _let_read(engine: Engine) -> None:
    """Give a file that was made here a log of its own, so that a run keeps no reader waiting.

    Not before the first run, which would write everything twice. A file that was there keeps the way that it has.
    """
    raw = engine.raw_connection()
    # Somebody else uses it already.
    with contextlib.suppress(sqlite3.OperationalError):
        raw.cursor().execute("PRAGMA journal_mode = WAL")
    raw.close()


def _begin(connection: Connection, stop: threading.Event) -> None:
    """Begin as the only one that writes, as soon as that is possible."""
    deadline = monotonic() + PATIENCE
    # Here the waiting is done between two looks whether the run was cancelled.
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            name = getattr(error.orig, "sqlite_errorname", "")
            if not name.startswith("SQLITE_BUSY") or monotonic() >= deadline or stop.wait(_POLL):
                raise
        else:
            break
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_READERS}")
