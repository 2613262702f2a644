"""Why a file cannot be used, in our words."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from explo_async.pacing.stores.store import StoreFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

RESET = "move it aside with `explo-async quota FILE --reset`, if nobody has been sending within the last two minutes"
_RIGHTS = "give this user the right to write the file and its folder"
_PLACE = "check that its folder is there, and that this user may write to it"
_MEANINGS = {
    sqlite3.SQLITE_BUSY: ("others have held the file for too long", "end the process that holds it"),
    sqlite3.SQLITE_LOCKED: ("others have held the file for too long", "end the process that holds it"),
    sqlite3.SQLITE_READONLY: ("the file cannot be written", _RIGHTS),
    sqlite3.SQLITE_PERM: ("the file cannot be written", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", _PLACE),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room on it"),
    sqlite3.SQLITE_IOERR: ("the file cannot be read or written", "check the disk: it may be full"),
    sqlite3.SQLITE_NOTADB: ("the file is damaged, or another program's", RESET),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", RESET),
}


@contextmanager
def failures() -> Iterator[None]:
    """Raise `StoreFailure` for what goes wrong with a file."""
    failure: StoreFailure
    try:
        yield
    except sqlite3.Error as error:
        why, advice = _MEANINGS.get(kind_of(error), (f"SQLite says: {error}", "check the file"))
        failure = StoreFailure(why, advice)
    except msgspec.MsgspecError:
        failure = StoreFailure("the file is damaged", RESET, for_good=True)
    except OSError as error:
        failure = StoreFailure(f"the file cannot be opened: {error.strerror}", _PLACE)
    else:
        return
    raise failure from None


def kind_of(error: sqlite3.Error) -> int:
    """Return which of SQLite's codes an error has, 0 for none; its lower byte, see https://www.sqlite.org/rescode.html."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
