"""What is said of a file that cannot be read as one of customers: one line, and none of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.errors import ExportError
from explo_async.record import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explo_async.decode.values import RecordError


def faulty(path: Path | str, what: str) -> ExportError:
    """Return the error for a file that is not what its ending says, or not whole."""
    return ExportError(f"{str(path)!r}: {what}", file=str(path), advice="correct it, or export the list anew")


def faulty_place(path: Path | str, place: str, error: RecordError) -> ExportError:
    """Return the error for one field of one customer; the place is a line or a row."""
    return faulty(path, f"{place}: {error}" if error.path else f"{place} {error.reason}")


def check_columns(path: Path | str, names: Sequence[str]) -> None:
    """Raise `ExportError` for a table without ids, and for one of whose columns some would be lost without a word."""
    # Unknown names are shown only beside a known one: the first line of a CSV file without header is a customer.
    if "provided_id" not in names:
        raise faulty(path, "there is no column provided_id")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise faulty(path, f"a customer has no column {unknown[0]!r}")
    if len(set(names)) < len(names):
        raise faulty(path, "a column is there twice")
