"""The site from outside: starts its process, gives it orders, and ends it."""

from __future__ import annotations

import importlib.util
import os
import pwd
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import msgspec

from tests.promises.site.history import History
from tests.promises.site.messages import Ask, Changes, Done, Hello, Order, Restore, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds that the process may take for an answer, or to start."""
NEEDED = ("django", "rest_framework", "psycopg", "gunicorn", "uvicorn")


def what_is_missing() -> str | None:
    """Say why the site cannot run here, or None."""
    if os.name != "posix":
        return "the site needs a POSIX system"
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"the dependency group `site` is not installed: {', '.join(missing)} cannot be imported"
    from tests.promises.site.processes import find_postgres  # noqa: PLC0415 - it imports psycopg

    if find_postgres() is None:
        return "PostgreSQL is not installed: there is no `postgres` on the path or in /usr/lib/postgresql"
    if os.geteuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user `postgres`"
    return None


@contextmanager
def run_site(**settings: str) -> Iterator[Site]:
    """Run the site while the block runs; it also ends by itself when this process dies.

    `settings` are environment variables: SITE_TOKEN, SITE_ORDER, SITE_THROTTLE (as in "180/min").
    """
    # What is set for the tests' own processes, such as dev mode and coverage, is not for the site's.
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.promises.site"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=inherited | {"PYTHONPATH": str(ROOT), "SITE_TOKEN": "made-up"} | settings,
            # Ctrl-C is for the parent; the site sees the end of its input then.
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Site(process, log)
        finally:
            _end(process)


class Site:
    """The site's process: where its servers are, and the orders that it takes."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log
        self._hello = self._answer(Hello)

    @property
    def token(self) -> str:
        """The team's token."""
        return self._hello.token

    def address(self, server: str, order: str) -> str:
        """Return the `base_url` of the list in one order from one of the servers."""
        return f"{self._hello.addresses[server]}/{order}"

    @property
    def database_socket(self) -> str:
        """Where PostgreSQL listens."""
        return self._hello.database_socket

    def restore(self, rows: int) -> None:
        """Put the table back to so many customers."""
        self._order(Restore(rows))
        self._answer(Done)

    def ask(self) -> History:
        """Return who is in the table, as a history of no changes."""
        self._order(Ask())
        return self._answer(History)

    def begin(self, changes: Changes) -> None:
        """Have the table changed from now on."""
        self._order(changes)
        self._answer(Done)

    def stop(self) -> History:
        """End the changes and return them."""
        self._order(Stop())
        return self._answer(History)

    def _order(self, order: Order) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()

    def _answer(self, kind: type[T]) -> T:
        assert self._process.stdout is not None
        # Each order has one answer, so that there is never a second one in the buffer.
        in_time = select.select([self._process.stdout], [], [], PATIENCE)[0]
        line = self._process.stdout.readline() if in_time else b""
        if not line:
            self._log.seek(0)
            msg = f"the site gives no answer:\n{self._log.read().decode(errors='replace')[-5000:]}"
            raise RuntimeError(msg)
        return msgspec.json.decode(line, type=kind)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes, which is the sign to end, and wait; then kill what is left of the session, if anything is."""
    try:
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
