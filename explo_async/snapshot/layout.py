"""The names in a folder of snapshots, `run=20261126T161500Z-1f3a/part-00000.parquet`, and what may be pruned. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CERTIFICATE = "_certificate.json"
"""Engines that read the folder as Parquet pass over what begins with an underscore."""
_FORM = "%Y%m%dT%H%M%SZ"
_RUN = re.compile(r"run=(\d{8}T\d{6}Z)-[0-9a-f]{4}")
_SECOND = timedelta(seconds=1)


def name_run(now: datetime, draw: int, others: Iterable[str]) -> str:
    """Name the folder of a run so that it sorts behind all `others`, also where a clock was set back.

    `draw` is any number below 65 536: runs that begin in the same second, unknown to each other, get other names.
    """
    latest = max((moment for name in others if (moment := moment_of(name))), default=None)
    moment = now.astimezone(UTC).replace(microsecond=0)
    if latest is not None and latest >= moment:
        moment = latest + _SECOND
    return f"run={moment.strftime(_FORM)}-{draw:04x}"


def moment_of(name: str) -> datetime | None:
    """Return the moment that the name of a run tells, in UTC; None for a name of anything else."""
    match = _RUN.fullmatch(name)
    try:
        return datetime.strptime(match[1], _FORM).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def name_part(number: int) -> str:
    """Name a file of a run; `number` from 0."""
    return f"part-{number:05}.parquet"


def is_harmless(name: str) -> bool:
    """Tell whether a file or folder that no certificate names may lie in a run: no engine reads it as a part."""
    return name.startswith((".", "_")) and not name.lower().endswith(".parquet")


def choose_prunable(
    whole: Iterable[str], rest: Iterable[str], *, keep: int, abandoned_after: timedelta, now: datetime
) -> tuple[list[str], list[str]]:
    """Choose of the runs with a certificate all but the newest `keep`, and of the rest those begun long enough ago.

    A run without certificate may be one that is being written: it is left alone until `abandoned_after` has passed.
    """
    old = sorted(whole, reverse=True)[keep:]
    # With none to wait for, those too that were named for a moment to come, behind others.
    abandoned = [
        name
        for name in sorted(rest)
        if not abandoned_after or ((moment := moment_of(name)) and now - moment >= abandoned_after)
    ]
    return old[::-1], abandoned
