"""The tables of a mirror, and those that live as long as a transaction. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from explo_async.files.columns import JSON_COLUMNS
from explo_async.mirror.rows import CELLS, STATE, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 1
"""Raised with every change after which these tables would not be those of an earlier run."""

_JSON = Text().with_variant(JSONB(), "postgresql")
_MOMENT = DateTime(timezone=True)


@frozen
class MirrorTables:
    """The tables of one mirror."""

    name: str
    current: Table
    """A row for each customer."""
    history: Table
    """A row for each state of each customer."""
    runs: Table
    """A row for each run."""
    staged: Table
    """The list as it was fetched: who is in it, and in which version."""
    fresh: Table
    """Of these the customers that the current table does not have so."""

    def lasting(self, *, history: bool) -> list[Table]:
        """List those that outlive a run."""
        return [self.current, self.runs, *([self.history] if history else [])]


def make_tables(name: str) -> MirrorTables:
    """Describe the tables of the mirror of this name."""
    lasting = MetaData()
    return MirrorTables(
        name=name,
        current=Table(
            name, lasting, *_cells(CELLS, key={"provided_id"}), Column("valid_from", _MOMENT, nullable=False)
        ),
        history=_history(f"{name}_history", lasting),
        runs=_runs(f"{name}_runs", lasting),
        staged=_passing(
            "explo_mirror_staged",
            Column("place", BigInteger, nullable=False),
            Column("provided_id", Text, nullable=False),
            Column(VERSION, Text, nullable=False),
            Column("token", Text),
        ),
        fresh=_passing("explo_mirror_fresh", *_cells(CELLS)),
    )


def _history(name: str, metadata: MetaData) -> Table:
    table = Table(
        name,
        metadata,
        *_cells(STATE, key={"provided_id"}),
        Column("valid_from", _MOMENT, primary_key=True),
        Column("valid_to", _MOMENT),
    )
    # One state at a time.
    only = table.c.valid_to.is_(None)
    Index(f"{name}_open", table.c.provided_id, unique=True, sqlite_where=only, postgresql_where=only)
    return table


def _runs(name: str, metadata: MetaData) -> Table:
    count: dict[str, Any] = {"type_": BigInteger, "nullable": False}
    return Table(
        name,
        metadata,
        Column("run", Integer, primary_key=True, autoincrement=False),
        Column("begun", _MOMENT, nullable=False),
        Column("valid_from", _MOMENT, nullable=False),
        Column("ended", _MOMENT, nullable=False),
        Column("seconds", Double, nullable=False),
        Column("verdict", Text, nullable=False),
        Column("basis", Text),
        Column("customers", **count),
        Column("created", **count),
        Column("changed", **count),
        Column("removed", **count),
        Column("kept", **count),
        Column("with_history", Boolean, nullable=False),
        Column("with_tokens", Boolean, nullable=False),
        Column("parent_provided_id", Text),
        Column("hierarchy_level_name", Text),
        Column("account_salt", Text, nullable=False),
        Column("account_digest", Text, nullable=False),
        Column("schema_version", SmallInteger, nullable=False),
        Column("report", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )


def _cells(names: Iterable[str], key: Iterable[str] = ()) -> list[Column[Any]]:
    return [_cell(name, is_key=name in key) for name in names]


def _cell(name: str, *, is_key: bool) -> Column[Any]:
    if name in JSON_COLUMNS:
        return Column(name, _JSON, nullable=False)
    if name == "is_demo_group":
        return Column(name, Boolean, nullable=False)
    return Column(name, Text, primary_key=is_key, nullable=name not in {"provided_id", VERSION})


def _passing(name: str, *columns: Column[Any]) -> Table:
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
