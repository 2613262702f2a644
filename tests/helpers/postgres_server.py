"""A real PostgreSQL for tests: on a port of its own, fearing no crash, gone when the block is left."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers.redis_server import find_free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0
"""Seconds that it may take to start on a busy machine."""
_POLL = 0.05


def find_postgres() -> Path | None:
    """Find the folder of PostgreSQL's programs: where Debian puts them, or on the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    places += [Path(on_path).resolve().parent] if on_path else []
    return next((place for place in places if (place / "postgres").exists() and (place / "initdb").exists()), None)


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """Run it, empty; gives its address, for the user `postgres`, whose password is not looked at.

    A `durable` one waits for the disk as usual.
    """
    programs, port = find_postgres(), find_free_port()
    # Not in pytest's folder, which is closed to the user that it has to run as.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        identity: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": sys.stderr}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            identity |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = f"{folder}/data"
        initdb = f"{programs}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync"
        subprocess.run(initdb.split(), check=True, timeout=PATIENCE, **identity)
        command = f"{programs}/postgres -D {data} -k {folder} -p {port} -c listen_addresses=127.0.0.1{'' if durable else ' -F'}"
        with subprocess.Popen(command.split(), **identity) as process:
            try:
                _wait_for(f"{programs}/pg_isready -q -h 127.0.0.1 -p {port} -U postgres -d postgres", process)
                yield f"postgresql://postgres:none@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)


def _wait_for(ready: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(ready.split(), check=False, timeout=PATIENCE).returncode != 0:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(_POLL)
