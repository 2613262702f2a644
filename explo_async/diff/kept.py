"""A list of customers that was kept: an export, or what gives its customers as a snapshot does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from explo_async.errors import ConfigurationError, ExportError
from explo_async.files.file_errors import faulty
from explo_async.files.formats import JSON_LINES, find_format
from explo_async.files.origin import REPORT_ENDING, find_origin

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from explo_async.files.formats import Format
    from explo_async.files.origin import Origin
    from explo_async.record import Record

TEXTS = ("jsonl", "jsonl.gz", "jsonl.zst", "csv")
"""Formats that may be cut off, or have lines taken out, and still look whole."""


@runtime_checkable
class Kept(Protocol):
    """What gives the customers of a list, as a `Snapshot` does."""

    @property
    def address(self) -> str:
        """What errors call it by."""

    def records(self) -> Generator[list[Record], None, None]:
        """Give the customers, some at a time."""


class KeptExport:
    """A finished export. Raises `ConfigurationError` for a format that is unknown."""

    def __init__(self, path: Path, report: Path | None = None) -> None:
        self.path: Path = path
        self.form: Format = find_named_format(path)
        self._report = report

    @property
    def address(self) -> str:
        """Its path."""
        return os.fspath(self.path)

    @property
    def size(self) -> int:
        """Bytes; 0 for a file that cannot be opened."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def records(self) -> Generator[list[Record], None, None]:
        """Give the customers, a thousand or so at a time; a text with a report has as many as that says.

        Raises `ExportError` for what cannot be read, `ConfigurationError` for a format that is not installed.
        """
        customers = 0
        try:
            for chunk in self.form.load().read(self.path):
                customers += len(chunk)
                yield chunk
            if self.form.name in TEXTS:
                origin = find_origin(self.path, self.form, self._report)
                _check_number(self.path, customers, origin, must_be_known=self.form is JSON_LINES)
        except OSError as error:
            what = f"cannot read {self.address!r}: {error.strerror or error}"
            raise ExportError(what, file=self.address, advice="give the path of an export") from error


def find_named_format(path: Path) -> Format:
    """Return the format of an export, by its name alone. Raises `ConfigurationError`."""
    try:
        return find_format(path)
    except ConfigurationError as error:
        raise ConfigurationError(error.what, advice="name the file so") from None


def _check_number(path: Path, customers: int, origin: Origin | None, *, must_be_known: bool) -> None:
    """Raise `ExportError` for a text that has another number of customers than its report says.

    And for an empty one without a report, if that `must_be_known`: it may have been cut off, or never written.
    """
    if origin is None:
        if must_be_known and not customers:
            what = f"{str(path)!r} is empty, and no report says that the list was"
            advice = f"export the list anew, with a report in {path.name}{REPORT_ENDING} beside it"
            raise ExportError(what, file=str(path), advice=advice)
    elif customers != origin.customers:
        raise faulty(path, f"there are {customers:,} customers, and its report says {origin.customers:,}")
