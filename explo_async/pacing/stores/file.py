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

from explo_async.pacing.stores.boot_clock import boot_clock, boot_id
from explo_async.pacing.stores.message import Message, Reply, answer
from explo_async.pacing.stores.mounts import NETWORK, VOLATILE, find_kind
from explo_async.pacing.stores.sqlite_failures import RESET, failures, kind_of
from explo_async.pacing.stores.store import Look, StoreFailure
from explo_async.pacing.stores.table import check_format, make_table, read_state, write_state
from explo_async.pacing.window import Window
from explo_async.pacing.window_state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY_SECONDS = 5.0
"""How long to wait for other processes, each of which needs a fraction of a millisecond."""
_PAUSE = 0.005
"""Seconds between two tries to do what SQLite does not wait for."""
_ABSENT = -1
_MOUNTS = Path("/proc/self/mountinfo")

ResultT = TypeVar("ResultT")


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
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Keep the window `key` in a file; `clock`, `run` and `kind` of file system are the host's by default."""
        # Unlike `Path.expanduser` it leaves the name of a user that does not exist as it is.
        self._path = Path(os.path.expanduser(path)).absolute()  # noqa: PTH111
        self._key = key
        self._clock = clock
        self._run = boot_id() if run is None else run
        self._kind = kind
        self._busy_seconds = busy_seconds
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
        """As `Store` says; a damaged file is moved aside."""
        await self._in_thread(self._reset)

    async def close(self) -> None:
        """As `Store` says."""
        closed = self._in_thread(self._disconnect)
        self._thread.shutdown(wait=False)
        await closed

    def _in_thread(self, work: Callable[[], ResultT]) -> asyncio.Future[ResultT]:
        # What has been given to the thread it does, whoever waits no more.
        return asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))

    def _exchange(self, message: Message) -> Reply:
        with self._transaction() as connection:
            state = read_state(connection, self._key)
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
            write_state(connection, self._key, state)
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
        self._check_place()
        state = None
        warnings = []
        if self._path.exists():
            with failures(), closing(self._open("ro")) as connection:
                state = read_state(connection, self._key) if check_format(connection) else None
            mode = self._path.stat().st_mode
            if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
                warnings.append(f"others may write to the file; run: chmod go-w {self._path}")
        clock = self._clock()
        if state is not None and state.run != self._run_of(state, clock):
            # All that was sent before this start of the host is long over, and its clock has begun anew.
            Window(state).forget_clock()
        return Look(state=state, clock=clock, kind="file", up=clock, warnings=warnings)

    def _reset(self) -> None:
        try:
            with self._transaction() as connection:
                state = State(epoch=token_hex(4), run=self._run_of(None, self._clock()))
                write_state(connection, self._key, state)
                return
        except StoreFailure as failure:
            self._disconnect()
            if failure.advice != RESET:
                raise
        with failures():
            # Kept, in case it never was ours.
            self._path.replace(f"{self._path}.damaged")
            for ending in ("-wal", "-shm"):
                Path(f"{self._path}{ending}").unlink(missing_ok=True)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the file to this process alone, for the block."""
        with failures():
            connection = self._connect()
            # From the start: one that begins as a reader cannot wait for the others when it comes to write.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def _connect(self) -> sqlite3.Connection:
        if self._connection is not None:
            # Its number is not used again as long as we hold the file.
            if _inode(self._path) == self._inode != _ABSENT:
                return self._connection
            # The file was removed, or another one put in its place.
            self._disconnect()
        self._check_place()
        # That of a file which we make is found out next time: by then it may be another one.
        self._inode = _inode(self._path)
        connection = self._open("rwc")
        try:
            if self._inode == _ABSENT:
                # Not opened by us and closed again: that ends all locks of this process, those of SQLite included, see
                # https://www.sqlite.org/howtocorrupt.html, 2.2.
                self._path.chmod(0o600)
            check_format(connection)
            self._set_journal(connection)
            # What a host loses that stops all at once was sent before its next start.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            make_table(connection)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _open(self, mode: str) -> sqlite3.Connection:
        # Each statement is a transaction unless we begin one.
        return sqlite3.connect(
            f"{self._path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=self._busy_seconds
        )

    def _set_journal(self, connection: sqlite3.Connection) -> None:
        """Let readers not wait for writers; others that begin at the same moment SQLite does not wait for here."""
        give_up_at = monotonic() + self._busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if kind_of(error) != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                    raise
                sleep(_PAUSE)
            else:
                return

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


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return _ABSENT
