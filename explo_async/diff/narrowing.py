"""Which customers of two lists may differ, found by DuckDB: all that are the same are left behind in it.

It compares columns, and takes for the same only what is the same whatever JSON means: `candidates` decides about the
rest. Importing it without DuckDB raises ModuleNotFoundError. Its SQL is made of names of ours and quoted paths alone.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Self

import duckdb
import pyarrow as pa

from explo_async.diff.staging import Doubt, Staged
from explo_async.errors import ExportError
from explo_async.files.columns import FREE_COLUMNS, ID_MAPPINGS, JSON_READERS, CellError, decode_objects, read_cells
from explo_async.files.formats import CHUNK
from explo_async.record import COLUMNS, LISTS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


COMPARED = tuple(name for name in COLUMNS if name != "provided_id")
"""The columns that are compared; their places are the bits of a candidate's `mask`."""
BATCH = 4096
"""Candidates at a time."""
_TYPES = {
    "is_demo_group": "BOOLEAN",
    **dict.fromkeys(LISTS, "VARCHAR[]"),
    **dict.fromkeys(ID_MAPPINGS, "MAP(VARCHAR, VARCHAR)"),
}
_EMPTY = {
    "is_demo_group": "false",
    **dict.fromkeys(LISTS, "[]"),
    **dict.fromkeys(ID_MAPPINGS, "MAP {}"),
    **dict.fromkeys(FREE_COLUMNS, "'{}'"),
}
"""What is the same as a null."""
_FAILURES = (duckdb.Error, OSError, pa.ArrowException)
"""What an engine raises, and by way of pyarrow."""
_CHECKED = 2048
"""Rows whose JSON is checked at a time."""


class Narrowing:
    """Two lists in an engine of its own, with little memory and a folder for what does not fit into it."""

    def __init__(self, old: Staged, new: Staged, folder: Path) -> None:
        self._sides = {"o": old, "n": new}
        self._folder = folder

    def __enter__(self) -> Self:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": "250MB",
            "threads": 2,  # takes no more of the processors, and less time where there are two
            "preserve_insertion_order": False,
            "temp_directory": str(self._folder),
            "autoinstall_known_extensions": False,
        }
        self._database = duckdb.connect(config=settings)
        # Without the bar nobody can ask how far a query is.
        self._database.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        for name, side in self._sides.items():
            self._database.execute(f"CREATE VIEW {name} AS {_select(side)}")
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def check(self) -> Generator[int, None, None]:
        """Go through what equal rows have alike, and the ids of both lists; each step tells of rows. Raises `Doubt`."""
        rows = 0
        try:
            for name, side in self._sides.items():
                query = f"SELECT count(DISTINCT hash(provided_id)) FROM {name} WHERE provided_id <> ''"  # noqa: S608
                if self._database.execute(query).fetchall() != [(sum(side.rows),)]:
                    raise Doubt
            with closing(self._database.sql(_CHECK).arrow(_CHECKED)) as batches:
                for batch in batches:
                    if not batch.column("is_sound").true_count == batch.num_rows:
                        raise Doubt
                    for name in FREE_COLUMNS:
                        cells = batch.column(name).drop_null().to_pylist()
                        if decode_objects(cells) is None:
                            read_cells(name, cells, JSON_READERS[name])
                    rows += batch.num_rows
                    yield rows
        except (*_FAILURES, CellError):
            raise Doubt from None

    def joined(self) -> float:
        """Tell which share of the join is done, from 0 to 1, to any thread."""
        try:
            return max(0.0, self._database.query_progress()) / 100
        except duckdb.Error:
            return 1.0

    def candidates(self) -> Generator[pa.RecordBatch, None, None]:
        """Give the customers that may differ, first those of both lists as `_ORDER` says, then old ones, then new ones.

        A row has the places in both lists, a `mask` of the columns that may differ, the columns of the new list, or of
        the old one for a customer that only that has, and as `old_...` the old list's where they may differ. Raises
        `Doubt` before the first of them, `ExportError` after it.
        """
        is_begun = False
        try:
            with closing(self._database.sql(_candidates()).arrow(BATCH)) as batches:
                for batch in batches:
                    is_begun = True
                    yield batch
        except _FAILURES as error:
            if is_begun:
                # To begin anew would tell of differences twice.
                what = f"the comparison broke off: {str(error).splitlines()[0]}"
                advice = "make room for temporary files there, or name another folder in TMPDIR"
                raise ExportError(what, file=str(self._folder), advice=advice) from None
            raise Doubt from None


def _select(side: Staged) -> str:
    columns = ", ".join(
        f"{name if name in side.columns else 'NULL'}::{_TYPES.get(name, 'VARCHAR')} AS {name}" for name in COLUMNS
    )
    parts = []
    start = 0
    for path, rows in zip(side.files, side.rows, strict=True):
        name = str(path.absolute()).replace("'", "''")
        file = f"read_parquet('{name}', file_row_number = true)"
        parts.append(f"SELECT file_row_number + {start} AS place, {columns} FROM {file}")  # noqa: S608
        start += rows
    return " UNION ALL ".join(parts)


def _filled(side: str, name: str) -> str:
    return f"coalesce({side}.{name}, {_EMPTY[name]})" if name in _EMPTY else f"{side}.{name}"


def _differs(name: str) -> str:
    if name == "token":
        # A list without tokens knows nothing about them.
        return "(o.token IS NOT NULL AND n.token IS NOT NULL AND o.token <> n.token)"
    differs = f"o.{name} IS DISTINCT FROM n.{name}"
    # To fill in nulls takes a while: only where they are all that differs.
    return f"({differs} AND {_filled('o', name)} IS DISTINCT FROM {_filled('n', name)})" if name in _EMPTY else differs


_ORDER = f"""
    CASE WHEN n.place IS NULL THEN 1 WHEN o.place IS NULL THEN 2 ELSE 0 END,
    greatest(2 * (o.place // {CHUNK}), 2 * (n.place // {CHUNK}) + 1),
    CASE WHEN o.place // {CHUNK} > n.place // {CHUNK} OR n.place IS NULL THEN o.place ELSE n.place END
"""
"""Both lists are read in step, the old one first, and a customer is told of when the second of its rows is met."""


def _candidates() -> str:
    masked = {name: _differs(name) for name in COMPARED} | {"token": "o.token IS DISTINCT FROM n.token"}
    mask = " + ".join(f"(CASE WHEN {masked[name]} THEN {1 << bit} ELSE 0 END)" for bit, name in enumerate(COMPARED))
    columns = ", ".join(f"CASE WHEN n.place IS NULL THEN o.{name} ELSE n.{name} END AS {name}" for name in COLUMNS)
    olds = ", ".join(
        f"CASE WHEN o.place IS NOT NULL AND n.place IS NOT NULL AND {masked[name]} THEN o.{name} END AS old_{name}"
        for name in COMPARED
    )
    differ = " OR ".join(map(_differs, COMPARED))
    return f"""
        SELECT o.place AS old_place, n.place AS new_place, {mask} AS mask, {columns}, {olds}
        FROM o FULL JOIN n ON o.provided_id = n.provided_id
        WHERE o.place IS NULL OR n.place IS NULL OR {differ}
        ORDER BY {_ORDER}
    """  # noqa: S608


_SOUND = " AND ".join(
    [
        *(f"coalesce(list_count({name}) = len({name}), true)" for name in LISTS),
        *(f"coalesce(list_count(map_values({name})) = cardinality({name}), true)" for name in ID_MAPPINGS),
    ]
)
_CHECK = f"""
    SELECT {_SOUND} AS is_sound, {", ".join(f"nullif({_filled('o', name)}, '{{}}') AS {name}" for name in FREE_COLUMNS)}
    FROM o
"""  # noqa: S608
