"""The audit file: one JSON object for each item that has ended, added to what is there; no secrets."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from explo_async.reconcile.items import Create, Delete

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.reconcile.items import Item
    from explo_async.reconcile.judge import Verdict

_encode = msgspec.json.Encoder().encode


class Audit:
    """Adds lines to a file that nobody else can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._digest = ""

    def open(self, digest: str) -> None:
        """Open the file, for the lines of a plan. Raises OSError."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(handle, "ab", buffering=0)
        self._digest = digest

    def note(self, item: Item, verdict: Verdict) -> None:
        """Add the line of an item, in one write. Raises OSError."""
        assert self._file is not None  # noqa: S101 -- opened before the first item
        line = {
            "at": datetime.now(UTC).isoformat(),
            "plan": self._digest,
            "kind": item.kind,
            "provided_id": item.provided_id,
            "outcome": verdict.outcome,
            "detail": verdict.detail,
            "before": None if isinstance(item, Create) else item.before,
            "after": None if isinstance(item, Delete) else item.values if isinstance(item, Create) else item.after,
        }
        self._file.write(_encode(line) + b"\n")

    def close(self) -> None:
        """Close the file."""
        assert self._file is not None  # noqa: S101 -- opened before
        self._file.close()
