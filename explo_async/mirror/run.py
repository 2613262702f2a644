"""`mirror`: the list is fetched and proved first, then the tables are made equal to it in one transaction."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, get_args

from explo_async.checks import check_choice, check_flag, check_text
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.engine.listing import Provable
from explo_async.errors import ConfigurationError, ExploError, MirrorError, RemovalsHeld
from explo_async.mirror.opening import open_database
from explo_async.mirror.settle import Asked, Fetched, rehearse, settle
from explo_async.mirror.spool import Spool
from explo_async.mirror.standing import Standing
from explo_async.mirror.tables import make_tables
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES, check_ceiling, deletes_within
from explo_async.threads import Gathering, beside
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.client import ExploClient
    from explo_async.mirror.outcome import MirrorRun
    from explo_async.models import FetchReport
    from explo_async.progress import Progress
    from explo_async.stream import CustomerStream

TABLE = "explo_customers"
_MOST_GATHERED = 8
"""Pages of a list that may wait for the disk."""
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")
"""What no database wants in quotation marks, with room for what comes behind it."""


async def mirror(  # noqa: PLR0913 -- each is an option of the list, or of the table
    explo: ExploClient,
    url: str,
    *,
    table: str = TABLE,
    history: bool = False,
    allow_deletes: int | None = None,
    max_deletes: int = MAX_DELETES,
    max_delete_share: float = MAX_DELETE_SHARE,
    with_tokens: bool = False,
    parent_provided_id: str | None = None,
    hierarchy_level_name: str | None = None,
    page_size: int = MAX_PAGE_SIZE,
    consistency: Provable = "exact",
    timeout: float | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> MirrorRun:
    """Make a table of a database equal to the list, and return what that changed; made by the first run.

    `url` is that of a file, `sqlite:///tenants.db`, or of a PostgreSQL, `postgresql://user@host/database`. The list is
    fetched and proved before the one transaction in which `table` is changed, `table_history` as well with `history`,
    and a row is written into `table_runs`. Customers who are absent are removed by an "exact" list alone; any other
    leaves them. More than `max_deletes` that are also more than `max_delete_share` of the table are held back;
    `allow_deletes` lets a number of them, and not one more. The customers' own tokens, which are credentials, are
    written only `with_tokens`. The other options are those of `client.customers.stream`; a cancellation at any moment
    changes nothing.

    Raises what such a stream raises, `RemovalsHeld`, `MirrorError` for what the database refuses or holds already, and
    `ConfigurationError` for arguments that cannot work, also for other filters than those that the table was made with.
    """
    check_choice("consistency", consistency, get_args(Provable))
    stream = explo.customers.stream(
        parent_provided_id=parent_provided_id,
        hierarchy_level_name=hierarchy_level_name,
        page_size=page_size,
        consistency=consistency,
        timeout=timeout,
        on_progress=on_progress,
    )
    asked = await ask(
        explo,
        url,
        table=table,
        history=history,
        allow_deletes=allow_deletes,
        max_deletes=max_deletes,
        max_delete_share=max_delete_share,
        with_tokens=with_tokens,
        parent_provided_id=parent_provided_id,
        hierarchy_level_name=hierarchy_level_name,
    )
    return await mirror_stream(stream, asked)


async def ask(
    explo: ExploClient,
    url: str,
    *,
    table: str,
    history: bool,
    allow_deletes: int | None,
    max_deletes: int,
    max_delete_share: float,
    with_tokens: bool,
    parent_provided_id: str | None,
    hierarchy_level_name: str | None,
) -> Asked:
    """Return what a run is to do. Raises `ConfigurationError` for arguments that cannot work."""
    check_flag("history", history)
    check_flag("with_tokens", with_tokens)
    check_ceiling("allow_deletes", allow_deletes)
    check_text("table", table)
    if not _NAME.fullmatch(table):
        msg = f"table must be of small letters, digits and _, at most 40 of them, not {table!r:.60}"
        raise ConfigurationError(msg)
    return Asked(
        # Beside the event loop: a driver is imported.
        database=await beside(partial(open_database, url, secret=with_tokens)),
        tables=make_tables(table),
        filters=Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
        history=history,
        with_tokens=with_tokens,
        limits=deletes_within(max_deletes, max_delete_share),
        allow_deletes=allow_deletes,
        digest=explo.account_digest,
        observer=explo.observer,
    )


async def mirror_stream(stream: CustomerStream, asked: Asked) -> MirrorRun:
    """Mirror what a stream gives that has not been begun, and is of the filters that are asked for."""
    try:
        run = await _mirror(stream, asked)
    except RemovalsHeld as held:
        asked.observer.round_ended("mirror", "synced", held.report.customers, held.removals)
        raise
    except ExploError:
        asked.observer.round_ended("mirror", "skipped", 0, 0)
        raise
    asked.observer.round_ended("mirror", "synced", run.customers, 0)
    return run


async def _mirror(stream: CustomerStream, asked: Asked) -> MirrorRun:
    database, begun = asked.database, datetime.now(UTC)
    try:
        before = Standing(None, has_history=False)
        if not database.is_missing():
            before = await database.transact(partial(rehearse, asked=asked), keep=False)
        with Spool(with_tokens=asked.with_tokens) as spool:
            report = await _fetch(stream, spool, asked)
            fetched = Fetched(spool=spool, report=report, begun=begun, ended=datetime.now(UTC))
            return await database.transact(partial(settle, asked=asked, fetched=fetched, before=before))
    finally:
        await database.close()


async def _fetch(stream: CustomerStream, spool: Spool, asked: Asked) -> FetchReport:
    try:
        async with stream, Gathering(spool.write, most=_MOST_GATHERED) as rows:
            async for page in stream.records():
                await rows.add(page)
    except OSError as error:
        database = asked.database.address
        msg = f"the list cannot be kept in {tempfile.gettempdir()!r} while it is fetched: {error.strerror or error}"
        raise MirrorError(msg, database=database, advice="make room there, or name another in TMPDIR") from error
    assert stream.report is not None  # noqa: S101 -- for the type checker: it has ended
    return stream.report
