"""What a quota's file holds: a table of windows by name, and how it is told from the files of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.pacing.stores.store import FORMAT, StoreFailure
from explo_async.pacing.window_state import State

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID = 0x4578706C
"""Tells our files from others: "Expl"."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def make_table(connection: sqlite3.Connection) -> None:
    """Make the table where it is not there; within a transaction, as another process may be making it too."""
    check_format(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS windows (name TEXT PRIMARY KEY, state BLOB) WITHOUT ROWID")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def read_state(connection: sqlite3.Connection, key: str) -> State | None:
    """Return the window of this name, None where there is none."""
    row = connection.execute("SELECT state FROM windows WHERE name = ?", (key,)).fetchone()
    return None if row is None else _decode(row[0])


def write_state(connection: sqlite3.Connection, key: str, state: State) -> None:
    """Keep a window under this name."""
    connection.execute("REPLACE INTO windows (name, state) VALUES (?, ?)", (key, _encode(state)))


_HEADER = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""


def check_format(connection: sqlite3.Connection) -> bool:
    """Refuse what is not ours; tell whether the table is there."""
    # In one statement, and so of one moment: another process may be making the file right now.
    application, version, tables = connection.execute(_HEADER).fetchone()
    if application != APPLICATION_ID and (tables or version):
        why = "the file is another program's"
        raise StoreFailure(why, "name another file", for_good=True)
    if version > FORMAT:
        why = "the file is of a newer version"
        raise StoreFailure(why, "bring this program up to date", for_good=True)
    return bool(tables)
