"""A snapshot as one side of a comparison: what is one by its address, and opening it, with the extra `snapshot`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from explo_async.snapshot.read import Snapshot


def is_snapshot_address(address: str | os.PathLike[str]) -> bool:
    """Tell whether it is the address of a store, or a folder: an export is a file."""
    return "://" in os.fspath(address) or Path(address).is_dir()


def open_side(address: str | os.PathLike[str]) -> Snapshot:
    """Open a snapshot. Raises what `open_snapshot` raises, `ConfigurationError` where its extra is not installed."""
    try:
        from explo_async.snapshot.read import open_snapshot  # noqa: PLC0415 -- only where one is compared
    except ModuleNotFoundError as error:
        what, _, advice = str(error).partition(": ")
        raise ConfigurationError(what, advice=advice) from None
    return open_snapshot(address)
