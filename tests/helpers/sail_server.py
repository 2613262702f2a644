"""A Spark Connect server in this process that needs no JVM: Sail, which runs Spark's Python data sources."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PANDAS = "PySpark does not yet fully support pandas"
"""How a FutureWarning begins that PySpark 4 gives at its import, whatever is done with pandas."""


def what_is_missing() -> str | None:
    """Tell what has to be installed for it; None where nothing has to."""
    missing = [name for name in ("pysail", "pyspark") if find_spec(name) is None]
    return f"needs {' and '.join(missing)}, of the group `engines`" if missing else None


@contextmanager
def sail_server() -> Iterator[str]:
    """Run one while the block runs; give its address, as SPARK_REMOTE takes it."""
    from pysail.spark import SparkConnectServer  # noqa: PLC0415 -- not where it is missing

    server = SparkConnectServer()
    server.start()
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()
