"""What `customers diff` compares that was kept: an export, or a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.diff.kept import KeptExport
from explo_async.diff.snapshots import is_snapshot_address
from explo_async.diff.snapshots import open_side as open_snapshot
from explo_async.errors import ConfigurationError
from explo_async.files.origin import find_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.diff.kept import Kept
    from explo_async.snapshot.read import Snapshot


@frozen
class Side:
    """A list that was kept."""

    name: str
    """As it was given."""
    filters: Mapping[str, str] | None
    """Those that it was made with; None where nothing tells."""
    kept: Kept
    snapshot: Snapshot | None = None


def open_side(name: str, report: Path | None = None) -> Side:
    """Look what is at a path or an address; `report` is the one of an export, where it is not beside it.

    Raises `ConfigurationError` and `ExportError`.
    """
    if is_snapshot_address(name):
        if report is not None:
            what = f"{name!r} is no export: a snapshot has a certificate of its own"
            raise ConfigurationError(what, advice="leave --report out")
        snapshot = open_snapshot(name)
        return Side(name, snapshot.certificate.filters, snapshot, snapshot)
    export = KeptExport(Path(name), report)
    made = find_origin(export.path, export.form, report)
    return Side(name, None if made is None else made.filters, export)
