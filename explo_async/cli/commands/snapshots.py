"""`snapshots list`, `verify` and `prune`: what `customers snapshot` has written."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Group
from rich.table import Table
from rich.text import Text

from explo_async.cli.commands.quota_report import show
from explo_async.cli.exits import describe
from explo_async.cli.options import WHOLE
from explo_async.cli.stdout import say_what_fits
from explo_async.errors import ConfigurationError
from explo_async.text import one_line
from explo_async.threads import beside

if TYPE_CHECKING:
    from explo_async.snapshot.runs import SnapshotRun

Root = Annotated[
    str, Parameter(help="Folder, or address such as s3://bucket/customers, that holds the runs of all snapshots.")
]
AsJson = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="Print an object for each run.")
]
KEEP = 7
HOUR = 3600.0
ABANDONED_AFTER = 24 * HOUR


def check_installed() -> None:
    """Raise `ConfigurationError` where the extra is not installed that snapshots need."""
    try:
        import_module("explo_async.snapshot")
    except ModuleNotFoundError as error:
        what, _, advice = str(error).partition(": ")
        raise ConfigurationError(what.replace("explo_async.snapshot needs", "snapshots need"), advice=advice) from None


async def list_runs(root: Root, /, *, as_json: AsJson = False) -> None:
    """Print the runs below ROOT, the oldest first, also those that are no snapshots.

    For example:

    - `explo-async snapshots list snapshots`
    - `explo-async snapshots list s3://bucket/customers --json`
    """
    await beside(check_installed)
    from explo_async.snapshot.runs import list_snapshots  # noqa: PLC0415 -- with the extra alone

    runs = await beside(list_snapshots, root)
    if as_json:
        say_what_fits("".join(f"{msgspec.json.encode(_to_json(run)).decode()}\n" for run in runs))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("run", no_wrap=True)
    for name in ("customers", "files", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for run in runs:
        table.add_row(run.name, *_counts(run), Text(_describe(run)))
    say_what_fits(show(Group(table)) if runs else f"there are no runs in {one_line(root)}\n")


async def verify_run(root: Root, /) -> None:
    """Read a snapshot once, the newest below ROOT or the run whose own folder is given, and check every file.

    The exit code is 1 for a file that is missing, was changed, or is of another run.

    For example:

    - `explo-async snapshots verify snapshots`
    - `explo-async snapshots verify snapshots/run=20261126T161500Z-1f3a`
    """
    await beside(check_installed)
    from explo_async.snapshot.read import open_snapshot  # noqa: PLC0415 -- with the extra alone

    snapshot = await beside(open_snapshot, root)
    await beside(snapshot.verify)
    certificate = snapshot.certificate
    files = f"{len(certificate.files):,} {'file' if len(certificate.files) == 1 else 'files'}"
    proof = describe(certificate.report)
    say_what_fits(f"{certificate.customers:,} customers in {files} of {snapshot.address}, {proof}: all as written\n")


async def prune_runs(
    root: Root,
    /,
    *,
    keep: Annotated[int, WHOLE, Parameter(help="How many of the newest snapshots to keep.")] = KEEP,
    abandoned_after: Annotated[
        float, Parameter(help="Seconds after which a run that has no certificate is taken for broken off.")
    ] = ABANDONED_AFTER,
    dry_run: Annotated[bool, Parameter(negative=(), show_default=False, help="Remove nothing.")] = False,
) -> None:
    """Remove all but the newest snapshots below ROOT, and what broken runs have left there. Nothing else is touched.

    A run without certificate may be one that is being written, so it is left for a day. One whose certificate is
    damaged is left for good.

    For example:

    - `explo-async snapshots prune snapshots`
    - `explo-async snapshots prune s3://bucket/customers --keep 30 --dry-run`
    """
    await beside(check_installed)
    from explo_async.snapshot.runs import prune_snapshots  # noqa: PLC0415 -- with the extra alone

    removed = await beside(partial(prune_snapshots, root, keep=keep, abandoned_after=abandoned_after, dry_run=dry_run))
    verb = "would remove" if dry_run else "removed"
    lines = [f"{verb} {run.name}: {_describe(run)}\n" for run in removed]
    say_what_fits("".join(lines) or "there was nothing to remove\n")


def _counts(run: SnapshotRun) -> tuple[str, str, str]:
    if run.certificate is None:
        return ("", "", "")
    files = run.certificate.files
    return (f"{run.certificate.customers:,}", f"{len(files):,}", f"{sum(file.bytes for file in files) / 1e6:,.1f}")


def _describe(run: SnapshotRun) -> str:
    if run.problem is not None:
        return one_line(f"no snapshot: {run.problem.what}")
    if run.certificate is None:
        return "no snapshot: still being written, or broken off"
    filters = "".join(f", {name} {value!r}" for name, value in run.certificate.filters.items())
    return one_line(f"{describe(run.certificate.report)}{filters}")


def _to_json(run: SnapshotRun) -> dict[str, Any]:
    return {
        "run": run.name,
        "address": run.address,
        "begun": run.begun,
        "certificate": run.certificate,
        "problem": None if run.problem is None else run.problem.what,
    }
