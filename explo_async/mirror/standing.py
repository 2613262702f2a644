"""What is there before a run: the mirror's own tables as its last run left them, none, or something else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import inspect

from explo_async.errors import ConfigurationError, MirrorError
from explo_async.mirror.statements import find_last_run
from explo_async.mirror.tables import SCHEMA_VERSION
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from explo_async.mirror.tables import MirrorTables

ELSEWHERE = "give the mirror another name with `table`"


@frozen
class LastRun:
    """What counts of the last run."""

    run: int
    valid_from: datetime
    filters: Filters
    account_salt: bytes
    account_digest: str


@frozen
class Standing:
    """What there is."""

    last: LastRun | None
    """None where there are no tables yet."""
    has_history: bool


def find_standing(connection: Connection, tables: MirrorTables, database: str) -> Standing:
    """Look at the tables. Raises `MirrorError` for those that are not the mirror's, or of another version."""
    inspector = inspect(connection)
    there = [table.name for table in tables.lasting(history=True) if inspector.has_table(table.name)]
    if not there:
        return Standing(None, has_history=False)
    if tables.current.name not in there or tables.runs.name not in there:
        msg = f"the table {there[0]!r} in {database} is not of a mirror"
        raise MirrorError(msg, database=database, advice=ELSEWHERE)
    columns = {name: {each["name"] for each in inspector.get_columns(name)} for name in there}
    # Before all others: a mirror of another version may have other columns.
    if "schema_version" in columns[tables.runs.name]:
        _check_version(connection, tables, database)
    for table in tables.lasting(history=tables.history.name in there):
        _check_columns(table, columns[table.name], database)
    found = connection.execute(find_last_run(tables)).mappings().one()
    return Standing(_last_run(dict(found)), has_history=tables.history.name in there)


def check_filters(standing: Standing, filters: Filters, tables: MirrorTables, database: str) -> None:
    """Refuse the list of other customers: whoever is not in it would be removed."""
    if standing.last is None or standing.last.filters == filters:
        return
    made = f"the table {tables.name!r} in {database} is of the list {standing.last.filters}"
    msg = f"{made}, and this one is asked for {filters}"
    raise ConfigurationError(msg, advice=f"give the same filters, or {ELSEWHERE}")


def check_history(standing: Standing, tables: MirrorTables, database: str, *, history: bool) -> None:
    """Refuse to leave a history as it is while its table goes on: it would tell what was not so."""
    if standing.has_history and not history:
        msg = f"the table {tables.name!r} in {database} has a history, and this run would leave it behind"
        raise ConfigurationError(msg, advice="give `history`, or drop the table of the history")


def _check_version(connection: Connection, tables: MirrorTables, database: str) -> None:
    runs = tables.runs.c
    asked = find_last_run(tables).with_only_columns(runs.schema_version)
    version = connection.execute(asked).scalar_one_or_none()
    if version == SCHEMA_VERSION:
        return
    if version is None:
        msg = f"the table {tables.runs.name!r} in {database} has lost its rows, and with them what the mirror is of"
        raise MirrorError(msg, database=database, advice=f"drop the tables of the mirror, or {ELSEWHERE}")
    msg = f"the mirror {tables.name!r} in {database} has a schema of version {version}, and this is {SCHEMA_VERSION}"
    newer = "use the newer explo_async that made it" if version > SCHEMA_VERSION else "drop its tables"
    raise MirrorError(msg, database=database, advice=f"{newer}, or {ELSEWHERE}")


def _check_columns(table: Table, there: set[str], database: str) -> None:
    missing = [column.name for column in table.columns if column.name not in there]
    if missing:
        msg = f"the table {table.name!r} in {database} is not as the mirror made it: it has no column {missing[0]!r}"
        raise MirrorError(msg, database=database, advice=ELSEWHERE)


def _last_run(found: dict[str, Any]) -> LastRun:
    moment: datetime = found["valid_from"]
    return LastRun(
        run=found["run"],
        # SQLite knows no time zones.
        valid_from=moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC),
        filters=Filters(
            parent_provided_id=found["parent_provided_id"], hierarchy_level_name=found["hierarchy_level_name"]
        ),
        account_salt=bytes.fromhex(found["account_salt"]),
        account_digest=found["account_digest"],
    )
