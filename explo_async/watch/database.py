"""The SQLite database of a state: in memory, or a file that is this watch's alone while it is open."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from explo_async.errors import WatchStateError
from explo_async.watch.schema import APPLICATION, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANOTHER = "name another file, or move this one away: a new one begins with the list as it is"


def open_database(path: Path | None) -> sqlite3.Connection:
    """Open the database, made where there is none. Raises `WatchStateError`."""
    if path is None:
        connection = _connect(":memory:")
        connection.execute("PRAGMA temp_store = MEMORY")
        _make_tables(connection)
        return connection
    try:
        # Made for its owner alone: it holds whatever the list has, save the tokens.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        what = f"{str(path)!r} cannot be used as the state of a watch: {error.strerror or error}"
        raise WatchStateError(what, file=str(path), advice="name a file in a folder that can be written to") from None
    with ours(path):
        connection = _connect(path)
        try:
            _begin(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def ours(path: Path | None) -> Iterator[None]:
    """Turn what SQLite raises into our words."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(error, path) from error


def _connect(place: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(place, timeout=0, isolation_level=None, check_same_thread=False)


def _begin(connection: sqlite3.Connection, path: Path) -> None:
    # From the first look on nobody else gets in, and the system lets go of a file whose process was killed.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    (application,), (version,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
    )
    is_empty = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    connection.execute("COMMIT")
    if not is_empty and application != APPLICATION:
        raise _wrong(path, "is a database, and not the state of a watch")
    if not is_empty and version != VERSION:
        raise _wrong(path, f"is a state of version {version}, and this package writes version {VERSION}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if is_empty:
        _make_tables(connection)


def _make_tables(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for statement in TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all that is within, or nothing of it."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        # On a full disk SQLite has done it by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def read_about(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what is noted about the state."""
    with closing(connection.execute("SELECT name, value FROM about")) as rows:
        return dict(rows)


def _explain(error: sqlite3.Error, path: Path | None) -> WatchStateError:
    file = str(path) if path is not None else "memory"
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        what = f"the state {file!r} is in use by another watch"
        return WatchStateError(what, file=file, advice="end that one, or name another file: each watch has its own")
    if kind in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        what = f"{file!r} is damaged, or not the state of a watch"
        return WatchStateError(what, file=file, advice=ANOTHER)
    what = f"the state {file!r} cannot be used: {error}"
    return WatchStateError(what, file=file, advice="see to the disk; nothing that was acknowledged is lost")


def _wrong(path: Path, what: str) -> WatchStateError:
    return WatchStateError(f"{str(path)!r} {what}", file=str(path), advice=ANOTHER)
