"""One run in one transaction: the tables are made equal to a list that was fetched before."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import Index, insert

from explo_async.errors import MirrorError, RemovalsHeld
from explo_async.mirror import loading, statements
from explo_async.mirror.outcome import MirrorRun
from explo_async.mirror.rows import VERSION
from explo_async.mirror.standing import Standing, check_filters, check_history, find_standing
from explo_async.mirror.tables import SCHEMA_VERSION
from explo_async.removals import Limits, hold_back, may_remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from explo_async.mirror.database import Database
    from explo_async.mirror.spool import Spool
    from explo_async.mirror.tables import MirrorTables
    from explo_async.models import FetchReport
    from explo_async.observer import Observer
    from explo_async.wire.call import Filters

_NOTHING = Limits(number=0, share=0.0)
_TICK = timedelta(microseconds=1)
"""What both databases tell apart."""


@frozen(kw_only=True)
class Asked:
    """What a run is to do, and where."""

    database: Database
    tables: MirrorTables
    filters: Filters
    history: bool
    with_tokens: bool
    limits: Limits
    allow_deletes: int | None
    digest: Callable[[bytes], bytes]
    """Tells the client's account from others, by a salt."""
    observer: Observer


@frozen(kw_only=True)
class Fetched:
    """The list."""

    spool: Spool
    report: FetchReport
    begun: datetime
    ended: datetime


def rehearse(connection: Connection, asked: Asked) -> Standing:
    """Look at what is there, and do all that a run may do, to nobody; the transaction is not to be kept.

    Raises what a run raises: before it has fetched a list in vain.
    """
    standing = _prepare(connection, asked)
    tables, at = asked.tables, datetime.now(UTC)
    _make_tables(connection, asked, standing)
    connection.execute(statements.find_fresh(tables).limit(0)).all()
    connection.execute(statements.write_fresh(tables, asked.database.insert_or_update, at))
    # Nobody has no id.
    connection.execute(statements.remove_absent(tables).where(tables.current.c.provided_id.is_(None)))
    if asked.history:
        connection.execute(statements.open_fresh(tables, at))
        connection.execute(statements.close_absent(tables, at).where(tables.history.c.provided_id.is_(None)))
    return standing


def settle(connection: Connection, asked: Asked, fetched: Fetched, before: Standing) -> MirrorRun:
    """Make the tables equal to the list. Raises `RemovalsHeld`, and `MirrorError` where another run was first."""
    standing = _prepare(connection, asked)
    if standing.last != before.last:
        raise _overtaken(asked, standing)
    tables = asked.tables
    _make_tables(connection, asked, standing)
    count = connection.execute(statements.count_current(tables)).scalar_one()
    asked.database.load(connection, tables.staged, loading.stage(fetched.spool, asked.database))
    Index("explo_mirror_staged_id", tables.staged.c.provided_id, unique=True).create(connection)
    why = loading.find_fresh(connection, tables, fetched.spool.rows)
    created, changed = why.count(statements.CREATED), why.count(statements.CHANGED)
    absent = count - (fetched.spool.rows - created)
    removes = may_remove(fetched.report)
    if removes:
        _check_removals(asked, standing, fetched.report, absent, count)
    at = fetched.ended if standing.last is None else max(fetched.ended, standing.last.valid_from + _TICK)
    run = MirrorRun(
        run=1 if standing.last is None else standing.last.run + 1,
        valid_from=at,
        created=created,
        changed=changed,
        removed=absent if removes else 0,
        kept=0 if removes else absent,
        report=fetched.report,
    )
    if count or standing.has_history:
        _change(connection, asked, fetched.spool, why, run, with_history=standing.has_history)
    else:
        asked.database.load(connection, tables.current, loading.everybody(connection, fetched.spool, tables, at))
    if asked.history and not standing.has_history:
        connection.execute(statements.open_all(tables, at))
    connection.execute(insert(tables.runs).values(_row_of(run, asked, fetched)))
    return run


def _prepare(connection: Connection, asked: Asked) -> Standing:
    asked.database.lock(connection, asked.tables.name)
    standing = find_standing(connection, asked.tables, asked.database.address)
    check_filters(standing, asked.filters, asked.tables, asked.database.address)
    check_history(standing, asked.tables, asked.database.address, history=asked.history)
    return standing


def _make_tables(connection: Connection, asked: Asked, standing: Standing) -> None:
    if standing.last is None or asked.history != standing.has_history:
        for table in asked.tables.lasting(history=asked.history):
            table.create(connection, checkfirst=True)
    asked.tables.staged.create(connection)
    asked.tables.fresh.create(connection)


def _check_removals(asked: Asked, standing: Standing, report: FetchReport, absent: int, count: int) -> None:
    limits, because = asked.limits, ""
    last = standing.last
    if last is not None and asked.digest(last.account_salt).hex() != last.account_digest:
        # Another list, or the same by a new token.
        limits, because = _NOTHING, ", by a list with another token or address than the last one's"
    held = hold_back(absent, count, limits, asked.allow_deletes)
    if held is None:
        return
    msg = f"the list would remove customers from {asked.tables.name!r} in {asked.database.address}: {held}{because}"
    advice = f"nothing was changed; look at the list, and if it is right, allow_deletes={absent} lets it"
    raise RemovalsHeld(msg, removals=absent, of=count, report=report, advice=advice)


def _change(
    connection: Connection, asked: Asked, spool: Spool, why: bytearray, run: MirrorRun, *, with_history: bool
) -> None:
    """Write what is new or other, and remove who is absent, first in a history that has begun."""
    tables, at = asked.tables, run.valid_from
    if any(why):
        asked.database.load(connection, tables.fresh, loading.fresh(spool, why))
        Index("explo_mirror_fresh_id", tables.fresh.c.provided_id, tables.fresh.c[VERSION]).create(connection)
        if with_history:
            connection.execute(statements.close_changed(tables, at))
            connection.execute(statements.open_fresh(tables, at))
        connection.execute(statements.write_fresh(tables, asked.database.insert_or_update, at))
    if run.removed:
        if with_history:
            connection.execute(statements.close_absent(tables, at))
        connection.execute(statements.remove_absent(tables))


def _row_of(run: MirrorRun, asked: Asked, fetched: Fetched) -> dict[str, Any]:
    salt, ended = secrets.token_bytes(16), datetime.now(UTC)
    return {
        "run": run.run,
        "begun": fetched.begun,
        "valid_from": run.valid_from,
        "ended": ended,
        "seconds": (ended - fetched.begun).total_seconds(),
        "verdict": run.report.verdict,
        "basis": run.report.basis,
        "customers": run.customers,
        "created": run.created,
        "changed": run.changed,
        "removed": run.removed,
        "kept": run.kept,
        "with_history": asked.history,
        "with_tokens": asked.with_tokens,
        "parent_provided_id": asked.filters.parent_provided_id,
        "hierarchy_level_name": asked.filters.hierarchy_level_name,
        "account_salt": salt.hex(),
        "account_digest": asked.digest(salt).hex(),
        "schema_version": SCHEMA_VERSION,
        "report": run.report.to_dict(),
    }


def _overtaken(asked: Asked, standing: Standing) -> MirrorError:
    last = "" if standing.last is None else f", run {standing.last.run},"
    msg = f"another run{last} wrote into {asked.tables.name!r} in {asked.database.address} after this one had begun"
    advice = "nothing was changed, as this list may be the older one: try again"
    return MirrorError(msg, database=asked.database.address, advice=advice)
