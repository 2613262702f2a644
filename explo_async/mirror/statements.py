"""The set difference between a list and its tables, and what makes the tables equal to the list, in SQL. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, delete, exists, func, insert, literal, or_, select, true, update

from explo_async.mirror.rows import CELLS, STATE, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Delete, Insert, Select, Update

    from explo_async.mirror.tables import MirrorTables

CREATED, CHANGED, REFRESHED = 1, 2, 3
"""Why a row of the list has to be written: nobody has this id, the state is another, or the token alone is."""


def find_fresh(tables: MirrorTables) -> Select[Any]:
    """Select the places of the rows that have to be written, and why."""
    staged, current = tables.staged.c, tables.current.c
    is_new = current.provided_id.is_(None)
    is_other = current[VERSION] != staged[VERSION]
    why = case((is_new, CREATED), (is_other, CHANGED), else_=REFRESHED)
    return (
        select(staged.place, why)
        .select_from(tables.staged.outerjoin(tables.current, current.provided_id == staged.provided_id))
        .where(or_(is_new, is_other, current.token.is_distinct_from(staged.token)))
    )


def count_current(tables: MirrorTables) -> Select[Any]:
    """Select how many customers the table has."""
    return select(func.count()).select_from(tables.current)


def write_fresh(tables: MirrorTables, insert_or_update: Callable[..., Any], at: datetime) -> Insert:
    """Write the rows that are new or other; a token alone makes no other state."""
    fresh, current = tables.fresh, tables.current.c
    # Without a condition SQLite takes the ON of the conflict for that of a join.
    rows = select(*(fresh.c[name] for name in CELLS), _moment(tables, at)).where(true())
    write = insert_or_update(tables.current).from_select([*CELLS, "valid_from"], rows)
    given = write.excluded
    since = case((current[VERSION] == given[VERSION], current.valid_from), else_=given.valid_from)
    values = {name: given[name] for name in CELLS if name != "provided_id"} | {"valid_from": since}
    written: Insert = write.on_conflict_do_update(index_elements=[current.provided_id], set_=values)
    return written


def remove_absent(tables: MirrorTables) -> Delete:
    """Remove who is not in the list."""
    return delete(tables.current).where(~_is_staged(tables, tables.current.c.provided_id))


def close_changed(tables: MirrorTables, at: datetime) -> Update:
    """End the states that have become others."""
    fresh, history = tables.fresh.c, tables.history.c
    is_other = exists().where(and_(fresh.provided_id == history.provided_id, fresh[VERSION] != history[VERSION]))
    return update(tables.history).where(history.valid_to.is_(None), is_other).values(valid_to=at)


def close_absent(tables: MirrorTables, at: datetime) -> Update:
    """End the states of those who are not in the list."""
    history = tables.history.c
    is_staged = _is_staged(tables, history.provided_id)
    return update(tables.history).where(history.valid_to.is_(None), ~is_staged).values(valid_to=at)


def open_fresh(tables: MirrorTables, at: datetime) -> Insert:
    """Begin the states of those who have none that holds."""
    fresh, history = tables.fresh.c, tables.history.c
    holds = exists().where(and_(history.provided_id == fresh.provided_id, history.valid_to.is_(None)))
    rows = select(*(fresh[name] for name in STATE), _moment(tables, at)).where(~holds)
    return insert(tables.history).from_select([*STATE, "valid_from"], rows)


def open_all(tables: MirrorTables, at: datetime) -> Insert:
    """Begin a history with everybody who is there."""
    current = tables.current.c
    rows = select(*(current[name] for name in STATE), _moment(tables, at))
    return insert(tables.history).from_select([*STATE, "valid_from"], rows)


def find_last_run(tables: MirrorTables) -> Select[Any]:
    """Select the last run."""
    return select(tables.runs).order_by(tables.runs.c.run.desc()).limit(1)


def _moment(tables: MirrorTables, at: datetime) -> ColumnElement[Any]:
    return literal(at, tables.current.c.valid_from.type)


def _is_staged(tables: MirrorTables, provided_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(tables.staged.c.provided_id == provided_id)
