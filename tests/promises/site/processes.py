"""Runs the processes that the site is made of: a fresh PostgreSQL and the two web servers, all gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATIENCE = 60.0
"""Seconds that a process may take to be ready on a busy machine."""
_TIME_TO_END = 10.0
_POLL = 0.02
_UVICORN = """
import socket, sys, uvicorn
config = uvicorn.Config("tests.promises.site.application:asgi", log_level="warning", access_log=False)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""
# By uvicorn's own `--fd` the socket would count as a unix one, and keep Nagle's algorithm.


@contextmanager
def postgres(folder: Path) -> Iterator[Any]:
    """Run a new PostgreSQL that fears no crash, its socket in `folder`; gives a connection that commits by itself."""
    programs = str(find_postgres())
    folder.mkdir()
    identity: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": sys.stderr}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = str(folder / "data")
    initdb = [
        f"{programs}/initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(initdb, check=True, timeout=PATIENCE, **identity)
    command = [f"{programs}/postgres", "-D", data, "-k", str(folder), "-c", "listen_addresses=", "-F"]
    with _running(command, end=signal.SIGINT, **identity) as process, _connect(folder, process) as connection:
        yield connection


@contextmanager
def gunicorn(environment: dict[str, str]) -> Iterator[str]:
    """Serve by two worker processes, each of which keeps its connection to the database; gives the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        options = ["--workers", "2", "--log-level", "warning", "--graceful-timeout", "1", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"fd://{listener.fileno()}"]
        with _serving([*command, "tests.promises.site.application:wsgi"], listener, environment) as address:
            yield address


@contextmanager
def uvicorn(environment: dict[str, str]) -> Iterator[str]:
    """Serve by one process, asynchronously; gives the address."""
    # Each request has a thread of its own there, and a connection that is kept would not be used again.
    environment = environment | {"SITE_CONNECTION_SECONDS": "0"}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as listener,
        _serving([sys.executable, "-c", _UVICORN, str(listener.fileno())], listener, environment) as address,
    ):
        yield address


def find_postgres() -> Path | None:
    """Find the folder of PostgreSQL's programs: on the path, or where Debian puts them."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    return next((place for place in places if (place / "postgres").exists() and (place / "initdb").exists()), None)


@contextmanager
def _serving(command: Sequence[str], listener: socket.socket, environment: dict[str, str]) -> Iterator[str]:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with _running(command, end=signal.SIGTERM, env=environment, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL):
        # From here on a request waits until the server takes it, and fails when the server has died.
        listener.close()
        page = f"{address}/v2/api/customers/?page_size=1"
        token = {"Explo-Authorization": f"Token {environment['SITE_TOKEN']}"}
        with urllib.request.urlopen(urllib.request.Request(page, headers=token), timeout=PATIENCE) as answer:
            answer.read()
        yield address


@contextmanager
def _running(command: Sequence[str], *, end: signal.Signals, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.send_signal(end)
            try:
                process.wait(_TIME_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()


def _connect(folder: Path, process: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(_POLL)
