"""A window in a file, for the processes of one host: SQLite, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from math import inf
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

import msgspec

from explo_async.pacing.stores.boot_clock import boot_clock, boot_id
from explo_async.pacing.stores.message import Message, Reply, answer
from explo_async.pacing.stores.mounts import NETWORK, VOLATILE, find_kind
from explo_async.pacing.stores.store import FORMAT, Look, StoreFailure
from explo_async.pacing.window import State, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APPLICATION_ID = 0x4578706C
"""Tells our files from others: "Expl"."""
BUSY_SECONDS = 5.0
"""How long to wait for other processes, each of which needs a fraction of a millisecond."""
_PAUSE = 0.005
_MOUNTS = Path("/proc/self/mountinfo")

ResultT = TypeVar("ResultT")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


class FileStore:
    """A file, as `Store` says."""

    def __init__(
        self,
        path: Path,
        key: str,
        *,
        clock: Callable[[], float] = boot_clock,
        run: str | None = None,
        kind: str | None = None,
    ) -> None:
        """Keep the window `key` in a file; `clock`, `run` and `kind` of file system are the host's by default."""
        # Unlike `Path.expanduser` it leaves the name of a user that does not exist as it is.
        self._path = Path(os.path.expanduser(path)).absolute()  # noqa: PTH111
        self._key = key
        self._clock = clock
        self._run = boot_id() if run is None else run
        self._kind = kind
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._thread = ThreadPoolExecutor(1, "explo-quota")

    async def exchange(self, message: Message) -> Reply:
        """As `Store` says; the reply always holds the state."""
        return await self._in_thread(partial(self._exchange, message))

    async def look(self) -> Look:
        """As `Store` says; a file that is not there is not made."""
        return await self._in_thread(self._look)

    async def reset(self) -> None:
        """As `Store` says; a damaged file is removed."""
        await self._in_thread(self._reset)

    async def close(self) -> None:
        """As `Store` says."""
        await self._in_thread(self._disconnect)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _exchange(self, message: Message) -> Reply:
        with self._transaction() as connection:
            state = self._read(connection)
            clock = self._clock()
            # Only what does not outlive the host's stop may have been lost with it.
            may_be_lost = state is not None or self._find_kind() in VOLATILE
            state, reply = answer(
                state,
                message,
                clock=clock,
                run=self._run_of(state, clock),
                up=clock if may_be_lost else inf,
                epoch=token_hex(4),
                clock_goes_on=False,
            )
            connection.execute("REPLACE INTO windows (name, state) VALUES (?, ?)", (self._key, _encode(state)))
        reply.state = state
        return reply

    def _run_of(self, state: State | None, clock: float) -> str:
        """Return the name of this start of the host; where it has none, a clock that ran back begins another."""
        if self._run is not None:
            return self._run
        if state is None or state.latest is None or clock < state.latest:
            return f"before {clock}"
        return state.run

    def _look(self) -> Look:
        state = None
        warnings = []
        if self._path.exists():
            with self._transaction() as connection:
                state = self._read(connection)
            mode = self._path.stat().st_mode
            if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
                warnings.append(f"others may write to the file; run: chmod go-w {self._path}")
        else:
            self._check_place()
        clock = self._clock()
        if state is not None and state.run != self._run_of(state, clock):
            # All that was sent before this start of the host is long over, and its clock has begun anew.
            Window(state).forget_clock()
        return Look(state=state, clock=clock, kind="file", up=clock, warnings=warnings)

    def _reset(self) -> None:
        try:
            with self._transaction() as connection:
                connection.execute("DELETE FROM windows WHERE name = ?", (self._key,))
                return
        except StoreFailure:
            self._disconnect()
            if not _is_damaged(self._path):
                raise
        for ending in ("", "-wal", "-shm"):
            Path(f"{self._path}{ending}").unlink(missing_ok=True)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the file to this process alone, for the block."""
        with _failures():
            connection = self._connect()
            # From the start: one that begins as a reader cannot wait for the others when it comes to write.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connect(self) -> sqlite3.Connection:
        if self._connection is not None:
            if _inode(self._path) == self._inode:
                return self._connection
            # The file was removed, or another one put in its place.
            self._disconnect()
        self._check_place()
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        # Each statement is a transaction unless we begin one.
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
            _check_format(connection)
            _set_journal(connection)
            # What a host loses that stops all at once was sent before its next start.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            _check_format(connection)
            connection.execute("CREATE TABLE IF NOT EXISTS windows (name TEXT PRIMARY KEY, state BLOB) WITHOUT ROWID")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._inode = _inode(self._path)
        self._connection = connection
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _check_place(self) -> None:
        kind = self._find_kind()
        if kind in NETWORK:
            why = f"it lies on a file system of the kind {kind}, where SQLite's locks do not hold between hosts"
            raise StoreFailure(why, "use a file on a disk of this host, or Redis for several hosts", for_good=True)
        if not self._path.parent.is_dir():
            why = "its folder does not exist"
            raise StoreFailure(why, f"make the folder {self._path.parent}", for_good=True)

    def _find_kind(self) -> str | None:
        if self._kind is None:
            try:
                mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
            except OSError:
                return None
            self._kind = find_kind(self._path.resolve(), mounts) or ""
        return self._kind

    def _read(self, connection: sqlite3.Connection) -> State | None:
        row = connection.execute("SELECT state FROM windows WHERE name = ?", (self._key,)).fetchone()
        return None if row is None else _decode(row[0])


def _set_journal(connection: sqlite3.Connection) -> None:
    """Let readers not wait for writers; others that begin at the same moment SQLite does not wait for here."""
    give_up_at = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                raise
            sleep(_PAUSE)
        else:
            return


_HEADER = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""


def _check_format(connection: sqlite3.Connection) -> None:
    # In one statement, and so of one moment: another process may be making the file right now.
    application, version, tables = connection.execute(_HEADER).fetchone()
    if application != APPLICATION_ID and (tables or version):
        why = "the file is another program's"
        raise StoreFailure(why, "name another file", for_good=True)
    if version > FORMAT:
        why = "the file is of a newer version"
        raise StoreFailure(why, "bring this program up to date", for_good=True)


@contextmanager
def _failures() -> Iterator[None]:
    """Say in our words why a file cannot be used."""
    failure: StoreFailure
    try:
        yield
    except sqlite3.Error as error:
        failure = _translate(error)
    except msgspec.DecodeError:
        failure = StoreFailure("the file is damaged", _RESET, for_good=True)
    except OSError as error:
        failure = StoreFailure(f"the file cannot be opened: {error.strerror}", "check its place and its rights")
    else:
        return
    raise failure


_RESET = "remove it with `explo-async quota FILE --reset`, if nobody has been sending within the last two minutes"
_FULL = "make room on the disk"
_RIGHTS = "give this user the right to write the file and its folder"
_MEANINGS = {
    sqlite3.SQLITE_BUSY: (f"others have held it for {BUSY_SECONDS:g} s", "end the process that holds it"),
    sqlite3.SQLITE_LOCKED: (f"others have held it for {BUSY_SECONDS:g} s", "end the process that holds it"),
    sqlite3.SQLITE_READONLY: ("the file cannot be written", _RIGHTS),
    sqlite3.SQLITE_PERM: ("the file cannot be written", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", _RIGHTS),
    sqlite3.SQLITE_FULL: ("the disk is full", _FULL),
    sqlite3.SQLITE_IOERR: ("the file cannot be read or written", "check the disk: it may be full"),
    sqlite3.SQLITE_NOTADB: ("the file is damaged, or another program's", _RESET),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _RESET),
}


def _translate(error: sqlite3.Error) -> StoreFailure:
    # The lower byte is the kind, see https://www.sqlite.org/rescode.html.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    why, advice = _MEANINGS.get(code, (f"SQLite says: {error}", "check the file"))
    return StoreFailure(why, advice)


def _is_damaged(path: Path) -> bool:
    """Tell whether a file is to be removed by a reset: not a database that is another program's."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            return bool(application == APPLICATION_ID)
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return -1
