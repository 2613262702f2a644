"""What the programs of the documentation need beside this package, by the modules that they import."""

from __future__ import annotations

import ast
import re
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.helpers.documents import Block

_PATIENCE = 20.0
"""Seconds for the processes of a program to end after it; Ray's take two."""


@frozen(kw_only=True)
class Need:
    """What a program that imports some module needs to run as a test."""

    warns: str | None = None
    """Why it cannot run with warnings as errors; None where it does."""
    variables: Mapping[str, str] = field(factory=dict, hash=False)
    """Of its environment. `{folder}` is a folder of its own, with a short path, that is removed afterwards."""


ENGINES = {
    "dask": Need(),
    "dlt": Need(variables={"DLT_DATA_DIR": "{folder}", "RUNTIME__DLTHUB_TELEMETRY": "false"}),
    "pandas": Need(),
    "polars": Need(),
    "ray": Need(
        warns="ray.data warns of its own settings when it is used first",
        variables={
            "HOME": "{folder}",  # for the key of its cluster
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the only way to have it listen on the loopback address alone
            "RAY_TMPDIR": "{folder}",  # its sockets there want a short path
            "RAY_USAGE_STATS_ENABLED": "0",
        },
    ),
}
"""Modules of the group `engines`, and what their programs need: these are skipped where one is not installed."""
RUN_ELSEWHERE = {
    "airflow": "run by `nox --sessions orchestrators`: its dependencies exclude those of the others",
    "dagster": "the same",
    "prefect": "the same",
}
"""Modules whose programs no usual test runs, and why."""


def imported_by(program: Block) -> set[str]:
    """Return the topmost names of the modules that a program imports."""
    names = set()
    for node in ast.walk(ast.parse(program.text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def needs_of(program: Block) -> dict[str, Need]:
    """Return what a program needs, by module; nothing for one without an engine."""
    imported = imported_by(program)
    return {name: need for name, need in ENGINES.items() if name in imported}


def what_is_not_installed(program: Block) -> str | None:
    """Say which engine of a program is missing; None where all are there."""
    missing = [name for name in needs_of(program) if find_spec(name) is None]
    return f"not installed: {', '.join(missing)}; the group `engines` has it" if missing else None


def shown_by(program: Block) -> list[str]:
    """Return what its comments say that it prints, `print(...)  # this`, a line each."""
    return re.findall(r"^ *print\(.*\)  # (.+)$", program.text, re.MULTILINE)


def wait_for_the_end_of(variable: str) -> list[str]:
    """Return the command lines of processes that do not end and have this in their environment, as NAME=value.

    Where there is no /proc nothing is known of them, and the list is empty.
    """
    until = time.monotonic() + _PATIENCE
    while (left := _find_processes(variable)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


def _find_processes(variable: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # It may be another user's, or end meanwhile; one that has ended and is not collected has no environment.
        try:
            if variable.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
