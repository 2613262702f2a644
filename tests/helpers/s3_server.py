"""An S3 server for tests, moto's, as a process of its own: on a free port of this machine, gone when this process is."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import s3fs

from tests.helpers.redis_server import PATIENCE, WATCHED, find_free_port

if TYPE_CHECKING:
    from types import TracebackType

BUCKET = "customers"
ROOT = Path(__file__).parents[2]
_POLL = 0.05


def what_is_missing() -> str | None:
    """Say why no S3 server can run here, or None."""
    return None if importlib.util.find_spec("moto") else "moto is not installed"


class S3Server:
    """S3 while the `with` block runs, with one bucket."""

    def __init__(self, bucket: str = BUCKET) -> None:
        self._bucket = bucket
        self._port = find_free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What leads fsspec to it."""
        return {"key": "test", "secret": "test", "endpoint_url": f"http://127.0.0.1:{self._port}"}

    @property
    def settings(self) -> dict[str, str]:
        """The same as variables of the environment."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}",
        }

    @cached_property
    def files(self) -> Any:
        """A file system of its own, that keeps no listings."""
        return s3fs.S3FileSystem(**self.options)

    def __enter__(self) -> Self:
        place = ("--bind", f"127.0.0.1:{self._port}", "--threads", "4", "--log-level", "critical")
        words = (sys.executable, "-m", "gunicorn", *place, "tests.helpers.s3_application")
        self._process = subprocess.Popen(
            ["sh", "-c", WATCHED, "sh", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                self.__exit__(None, None, None)
                msg = "the S3 server does not start"
                raise RuntimeError(msg)
            time.sleep(_POLL)
        self.files.mkdir(self._bucket)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate(timeout=PATIENCE)

    def _answers(self) -> bool:

        try:
            with closing(socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)):
                return True
        except OSError:
            return False
