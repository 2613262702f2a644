"""A real Redis for tests: on a port of its own, keeping nothing on disk, gone when this process is."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import redis

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

PATIENCE = 30.0
"""Seconds that it may take to start on a busy machine."""
_POLL = 0.01
WATCHED = '"$@" & echo $!; read -r _; kill -KILL $!; wait'
"""For `sh -c`: ends the server when its own input ends, which is when this process does, however that ends."""


def what_is_missing() -> str | None:
    """Say why no Redis can run here, or None."""
    if os.name != "posix":
        return "the tests run Redis on POSIX systems only"
    return (
        None if find_server() else "Redis is not installed: there is no `redis-server` or `valkey-server` on the path"
    )


def find_server() -> str | None:
    """Find the program."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """Redis while the `with` block runs; `options` as for its configuration file, as in `maxmemory="2mb"`."""

    def __init__(self, folder: Path, *, password: str | None = None, **options: str) -> None:
        self.port = find_free_port()
        self._folder = folder
        self._password = password
        self._options = {name.replace("_", "-"): value for name, value in options.items()}
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def url(self) -> str:
        """Where it listens, with the password."""
        user = "" if self._password is None else f":{self._password}@"
        return f"redis://{user}127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": str(self._folder),
        }
        if self._password is not None:
            options["requirepass"] = self._password
        words = [word for name, value in (options | self._options).items() for word in (f"--{name}", value)]
        log = self._folder / "redis.log"
        self._process = subprocess.Popen(
            ["sh", "-c", WATCHED, "sh", str(find_server()), *words, "--logfile", str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for the tests.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._pid = int(self._process.stdout.readline())
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                self.stop()
                msg = f"Redis does not start: {log.read_text() if log.exists() else 'it leaves no log'}"
                raise RuntimeError(msg)
            time.sleep(_POLL)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            # Closes the pipes, which is the sign to end, and waits.
            process.communicate(timeout=PATIENCE)

    def restart(self) -> None:
        """End it, and start it empty at the same place."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it answer nothing until `thaw`."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._pid, signal.SIGCONT)

    def run(self, *words: str | bytes | float) -> Any:
        """Run a command."""
        with redis.Redis.from_url(self.url, socket_timeout=PATIENCE) as client:
            return client.execute_command(*words)

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(self.run("PING"))
        return False


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
