"""How an export was made: kept within the formats that have a place for it, for the others in a report beside the file.

Only what is the same for every run of the same export: the same customers give the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from explo_async.files.formats import Format

REPORT_ENDING = ".report.json"
"""What the name of a report adds to that of its file, where it is looked for by itself."""
KEY = "explo_async"
"""The key in a file's own metadata, and the name of the table that holds it."""
MOST_BYTES = 10_000_000
"""More than any report has."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """How an export was made."""

    parent_provided_id: str | None
    hierarchy_level_name: str | None
    consistency: str
    with_tokens: bool
    customers: int

    @property
    def filters(self) -> dict[str, str]:
        """The filters that were given, by the names of the arguments."""
        named = {"parent_provided_id": self.parent_provided_id, "hierarchy_level_name": self.hierarchy_level_name}
        return {name: value for name, value in named.items() if value is not None}


class Certificate(Origin, frozen=True, kw_only=True):
    """A report: how an export was made, and what was proved of the list; None where that is not known any more."""

    report: dict[str, Any] | None = None

    def to_origin(self) -> Origin:
        """Return what is the same for every run of the same export."""
        return Origin(**{name: getattr(self, name) for name in COLUMNS})


COLUMNS = {
    "parent_provided_id": "VARCHAR",
    "hierarchy_level_name": "VARCHAR",
    "consistency": "VARCHAR NOT NULL",
    "with_tokens": "BOOLEAN NOT NULL",
    "customers": "BIGINT NOT NULL",
}
"""Of the table with one row that a database has."""
CREATE_TABLE = f"CREATE TABLE {KEY} ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
INSERT_ROW = f"INSERT INTO {KEY} VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 -- nothing but marks
SELECT_ROW = f"SELECT {', '.join(COLUMNS)} FROM {KEY}"  # noqa: S608 -- names of ours

_ENCODER = msgspec.json.Encoder()


def encode_origin(origin: Origin) -> bytes:
    """Write it as a JSON object on one line."""
    return _ENCODER.encode(origin)


def decode_origin(text: bytes) -> Origin | None:
    """Read it, also from a report; None for anything else."""
    try:
        return msgspec.json.decode(text, type=Origin)
    except ValueError:
        return None


def write_report(path: Path, certificate: Certificate) -> None:
    """Write a report, as JSON that people can read as well. Raises `ExportError` where the disk refuses."""
    try:
        path.write_bytes(msgspec.json.format(_ENCODER.encode(certificate)) + b"\n")
    except OSError as error:
        what = f"cannot write {str(path)!r}: {error.strerror or error}"
        raise ExportError(what, file=str(path), advice="name another file for the report") from error


def row_of(origin: Origin) -> tuple[object, ...]:
    """Return the row of the table."""
    return msgspec.structs.astuple(origin)


def origin_of_row(row: tuple[object, ...] | None) -> Origin | None:
    """Read the row of the table; None for anything else."""
    values: Mapping[str, object] = dict(zip(COLUMNS, row or (), strict=False))
    try:
        return msgspec.convert(values, Origin, strict=False)
    except ValueError:
        return None


def find_origin(path: Path, form: Format, report: Path | None = None) -> Origin | None:
    """Return how an export was made, by the report if one is named, or the file, or one beside it; else None.

    Raises `ExportError` for a report that is named and cannot be read, and what the format's `load` raises.
    """
    if report is not None:
        return _read_report(report)
    beside = path.with_name(f"{path.name}{REPORT_ENDING}")
    return form.read_origin(path) or (_read_report(beside) if beside.is_file() else None)


def _read_report(path: Path) -> Origin:
    try:
        with path.open("rb") as file:
            origin = decode_origin(file.read(MOST_BYTES))
    except OSError as error:
        what = f"cannot read {str(path)!r}: {error.strerror or error}"
        raise ExportError(what, file=str(path), advice="name the report that the export wrote") from error
    if origin is None:
        what = f"{str(path)!r} is no report of an export"
        raise ExportError(what, file=str(path), advice="name the report that the export wrote")
    return origin
