"""The runs below a folder of snapshots: which there are, and removing old ones and the rests of broken ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import frozen

from explo_async.checks import check_count, check_seconds
from explo_async.errors import SnapshotError
from explo_async.snapshot.layout import CERTIFICATE, choose_prunable, moment_of
from explo_async.snapshot.places import open_folder
from explo_async.snapshot.read import read_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.snapshot.certificate import SnapshotCertificate
    from explo_async.snapshot.places import Address

KEEP = 7
ABANDONED_AFTER = 86_400.0
"""Seconds: the quota lets a run read 250 million customers in a day."""


@frozen
class SnapshotRun:
    """A folder of a run, whole or not."""

    name: str
    """As in `run=20261126T161500Z-1f3a`."""
    address: str
    begun: datetime
    """When it was begun, as its name tells, in UTC."""
    certificate: SnapshotCertificate | None
    """None for one that is still being written, or was broken off, or whose certificate is damaged."""
    problem: SnapshotError | None = None
    """What is wrong with its certificate."""


def list_snapshots(root: Address, *, storage_options: Mapping[str, Any] | None = None) -> tuple[SnapshotRun, ...]:
    """Return the runs below `root`, the oldest first, whole or not; their files are not read.

    Raises `SnapshotError` for a store that cannot be read, `ConfigurationError` for an address that is none.
    """
    folder = open_folder(root, storage_options)
    runs = []
    for name in sorted(folder.sizes()):
        if (begun := moment_of(name)) is None:
            continue
        run = folder.inner(name)
        certificate = problem = None
        try:
            certificate = snapshot.certificate if (snapshot := read_run(run)) else None
        except SnapshotError as error:
            problem = error
        runs.append(SnapshotRun(name, run.address, begun, certificate, problem))
    return tuple(runs)


def prune_snapshots(
    root: Address,
    *,
    keep: int = KEEP,
    abandoned_after: float = ABANDONED_AFTER,
    dry_run: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[SnapshotRun, ...]:
    """Remove all but the newest `keep` snapshots, and what broken runs have left; return what was removed.

    A run without certificate may be one that is being written: it is left until `abandoned_after` seconds have passed
    since it was begun. One whose certificate is damaged is never removed, and neither is anything else below `root`.
    `dry_run` removes nothing. Raises `SnapshotError`, and `ConfigurationError` for arguments that cannot be.
    """
    check_count("keep", keep)
    check_seconds("abandoned_after", abandoned_after, or_zero=True)
    runs = {run.name: run for run in list_snapshots(root, storage_options=storage_options) if run.problem is None}
    old, abandoned = choose_prunable(
        [name for name, run in runs.items() if run.certificate],
        [name for name, run in runs.items() if run.certificate is None],
        keep=keep,
        abandoned_after=timedelta(seconds=abandoned_after),
        now=datetime.now(UTC),
    )
    removed = [*old, *abandoned]
    if not dry_run:
        folder = open_folder(root, storage_options)
        for name in removed:
            # First of all the certificate: a run that is half removed is no snapshot.
            folder.inner(name).remove([CERTIFICATE])
    return tuple([runs[name] for name in removed])
