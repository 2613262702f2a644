"""A cluster of Spark's own on this machine: a master and two workers, which take each other for two hosts.

Neither `local[2]` nor `local-cluster` runs a task speculatively: the first never does, and a second copy of a task is
given to another host only (`dequeueTaskFromList` in
https://github.com/apache/spark/blob/v4.0.0/core/src/main/scala/org/apache/spark/scheduler/TaskSetManager.scala). So the
workers have two addresses of the loopback network.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(pyspark.__file__).parent
MASTER = "127.0.0.1"
WORKERS = ("127.0.0.2", "127.0.0.3")
PATIENCE = 60.0
MEMORY = "2g"


@contextmanager
def running_cluster(folder: Path) -> Iterator[str]:
    """Run it while the block runs, its files below `folder`; give the master's address."""
    with socket.create_server((MASTER, 0)) as server:
        port = server.getsockname()[1]
    address = f"spark://{MASTER}:{port}"
    with ExitStack() as scope:
        _start(scope, folder / "master.log", MASTER, "master.Master", "--port", str(port))
        _wait_for(folder / "master.log", "I have been elected leader")
        for number, host in enumerate(WORKERS):
            log = folder / f"worker-{number}.log"
            options = ("--cores", "1", "--memory", MEMORY, "--work-dir", str(folder / f"work-{number}"), address)
            _start(scope, log, host, "worker.Worker", *options)
            _wait_for(log, "Successfully registered with master")
        yield address


@contextmanager
def open_session(master: str, **settings: str) -> Iterator[Any]:
    """Open a session of that cluster, with an executor on each worker; settings are named with `_` for a dot."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- it looks at the environment

    # The driver's own processes, and by way of it the executors', are this Python.
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": MASTER}
    builder = SparkSession.builder.master(master)
    fixed = {
        "spark.driver.host": MASTER,
        "spark.driver.bindAddress": MASTER,
        "spark.executor.memory": MEMORY,
        "spark.sql.shuffle.partitions": "4",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in (
        fixed.items() | {f"spark.{name.replace('_', '.')}": text for name, text in settings.items()}.items()
    ):
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    # What fails here is meant to.
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()


def _start(scope: ExitStack, log: Path, host: str, kind: str, *options: str) -> None:
    command = [
        str(HOME / "bin" / "spark-class"),
        f"org.apache.spark.deploy.{kind}",
        "--host",
        host,
        "--webui-port",
        "0",
    ]
    # Explo's token is the driver's alone.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXPLO_")}
    environment |= {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": host}
    with log.open("wb") as file:
        process = subprocess.Popen([*command, *options], stdout=file, stderr=file, env=environment)
    scope.callback(process.wait, PATIENCE)
    scope.callback(process.terminate)


def _wait_for(log: Path, line: str) -> None:
    until = time.monotonic() + PATIENCE
    while line not in log.read_text("utf-8", "replace"):
        if time.monotonic() > until:
            msg = f"nothing said {line!r}:\n{log.read_text('utf-8', 'replace')}"
            raise TimeoutError(msg)
        time.sleep(0.1)
