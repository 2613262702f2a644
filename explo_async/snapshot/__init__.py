"""The list as a folder of Parquet files with a certificate, for engines to read (extra `snapshot`)."""

from __future__ import annotations

from explo_async.extras import install_hint

try:
    # First of all, to name what is missing.
    import fsspec  # noqa: F401
    import pyarrow as pa  # noqa: F401
except ModuleNotFoundError as _error:
    if _error.name not in {"fsspec", "pyarrow"}:
        raise
    _msg = f"explo_async.snapshot needs {_error.name}: {install_hint('snapshot')}"
    raise ModuleNotFoundError(_msg, name=_error.name) from None

from explo_async.snapshot.certificate import AccountDigest, SnapshotCertificate, SnapshotFile
from explo_async.snapshot.read import Snapshot, open_snapshot
from explo_async.snapshot.runs import SnapshotRun, list_snapshots, prune_snapshots
from explo_async.snapshot.write import write_snapshot

__all__ = [
    "AccountDigest",
    "Snapshot",
    "SnapshotCertificate",
    "SnapshotFile",
    "SnapshotRun",
    "list_snapshots",
    "open_snapshot",
    "prune_snapshots",
    "write_snapshot",
]
