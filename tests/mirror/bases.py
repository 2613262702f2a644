"""Databases to mirror into, as a test looks at them: by their own drivers, and by nothing of the package."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from explo_async.files.compared import row_version
from explo_async.record import LISTS, MAPPINGS, Record

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.emulator import Emulator

JSON = (*LISTS, *MAPPINGS, "extra")
PLAIN = ("name", "is_demo_group", "access_group", "hierarchy_level")
State = dict[str, tuple[str, dict[str, Any]]]
"""Of each customer the version and the values."""


class Base(Protocol):
    """A database."""

    url: str

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as somebody else would, and return its rows."""

    def literal(self, moment: datetime) -> str:
        """Write a time into a statement."""


class SqliteBase:
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in a connection of its own."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    def literal(self, moment: datetime) -> str:
        """Write it as it is stored."""
        return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


class PostgresBase:
    """A database of a server."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in a connection of its own."""
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    def literal(self, moment: datetime) -> str:
        """Write it with its zone."""
        return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'::timestamptz"


async def is_there(base: Base, table: str) -> bool:
    """Tell whether there is a table of this name."""
    names = "sqlite_master" if isinstance(base, SqliteBase) else "(select tablename as name from pg_tables) as tables"
    return bool(await base.rows(f"select 1 from {names} where name = '{table}'"))


async def current(base: Base, table: str = "explo_customers") -> State:
    """Read the current table."""
    names = ", ".join(("provided_id", "row_version", *PLAIN, *JSON))
    return _read(await base.rows(f"select {names} from {table}"))


async def held_at(base: Base, moment: datetime, table: str = "explo_customers") -> State:
    """Ask the history what was true at a time."""
    names = ", ".join(("provided_id", "row_version", *PLAIN, *JSON))
    at = base.literal(moment)
    where = f"valid_from <= {at} and (valid_to is null or valid_to > {at})"
    return _read(await base.rows(f"select {names} from {table}_history where {where}"))


async def runs(base: Base, *names: str, table: str = "explo_customers") -> list[tuple[Any, ...]]:
    """Read columns of the table of runs."""
    return await base.rows(f"select {', '.join(names or ('run',))} from {table}_runs order by run")


async def moments(base: Base) -> list[datetime]:
    """Read from when the lists of all runs count."""
    return [as_moment(each) for (each,) in await runs(base, "valid_from")]


def as_moment(value: str | datetime) -> datetime:
    """Make a time of what a database has stored."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _read(rows: list[tuple[Any, ...]]) -> State:
    found: State = {}
    for provided_id, version, *cells in rows:
        values = dict(zip((*PLAIN, *JSON), cells, strict=True))
        values |= {name: json.loads(values[name]) for name in JSON}
        values["is_demo_group"] = bool(values["is_demo_group"])
        assert provided_id not in found, "somebody is there twice"
        found[provided_id] = (version, values)
    return found


def served_by(emulator: Emulator) -> State:
    """Say what the table has to be, by what the server has."""
    found: State = {}
    for provided_id in emulator.provided_ids:
        shown = emulator.customer(provided_id)
        fields: dict[str, Any] = {name: shown[name] for name in Record.__struct_fields__ if name in shown}
        record = Record(**fields)
        values: dict[str, Any] = {name: getattr(record, name) for name in PLAIN}
        values |= {name: getattr(record, name) or ([] if name in LISTS else {}) for name in JSON}
        found[provided_id] = (row_version(record), values)
    return found
