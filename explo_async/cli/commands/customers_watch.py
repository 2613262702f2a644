"""`customers watch`: what was added, changed and removed, round after round."""

from pathlib import Path
from typing import Annotated

from attrs import frozen
from cyclopts import Parameter

from explo_async.checks import check_count
from explo_async.cli.commands.watch_report import Report
from explo_async.cli.connection import NO_CONNECTION, Connection
from explo_async.cli.durations import read_duration
from explo_async.cli.exits import FAILED, REFUSED, ToldError
from explo_async.cli.options import EVERYONE, WHOLE, Filter, PageSize, Quiet, Timeout
from explo_async.cli.progress_bar import watching
from explo_async.cli.terminal import tell
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.errors import AuthenticationError, PermissionDenied
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES
from explo_async.watch import Event, Held, Skipped, Synced, Watch
from explo_async.watch.settings import Initial

MINUTE = 60.0
MOST_GATHERED = 500
"""Events that are written, and acknowledged, together."""


@Parameter(name="*")
@frozen(kw_only=True)
class Removing:
    """What makes a removal, and how many are told without being asked."""

    confirm_removals: Annotated[
        int, WHOLE, Parameter(help="How many exact lists running must lack a customer until it counts as removed.")
    ] = 2
    max_deletes: Annotated[int, WHOLE, Parameter(help="More removals than this and than the share are held back.")] = (
        MAX_DELETES
    )
    max_delete_share: Annotated[float, Parameter(help="Share of the customers that may be removed at once.")] = (
        MAX_DELETE_SHARE
    )
    allow_deletes: Annotated[int | None, Parameter(help="How many removals at once you have looked at and allow.")] = (
        None
    )


AS_USUAL = Removing()


async def watch_customers(
    *,
    every: Annotated[str, Parameter(help="Time between two lists: seconds, or 90s, 15m, 2h.")] = "15m",
    state: Annotated[
        Path | None,
        Parameter(help="File that keeps what was told, to go on from there; without one everything is told anew."),
    ] = None,
    initial: Annotated[
        Initial, Parameter(help="Whether the customers that are there at first are told, or taken as known.")
    ] = "emit",
    rounds: Annotated[int | None, Parameter(help="End after so many lists; by default never.")] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative=(), show_default=False, help="Print an object for each event.")
    ] = False,
    which: Filter = EVERYONE,
    removing: Removing = AS_USUAL,
    page_size: PageSize = MAX_PAGE_SIZE,
    timeout: Timeout = None,
    adopt_state: Annotated[
        bool,
        Parameter(negative=(), show_default=False, help="Go on with the state of another token: it was replaced."),
    ] = False,
    connection: Connection = NO_CONNECTION,
    quiet: Quiet = False,
) -> None:
    """Print each customer that is added, changed or removed, from lists that are read and proved again and again.

    An event is acknowledged when it is written, and told again where that did not come about: each change that lasts is
    told at least once, also after kill -9. A removal is told when two exact lists running lack the customer; more than
    the limits allow are held back until --allow-deletes N lets them.

    It ends with Ctrl-C, with a token that is refused, or after --rounds: then the exit code is 0 after a list that was
    proved, 1 after one that was not, and 4 where removals are held back.

    For example:

    - `explo-async customers watch --every 15m --state watch.sqlite --json`
    - `explo-async customers watch --state watch.sqlite --rounds 1`
    """
    period = read_duration("every", every)
    if rounds is not None:
        check_count("rounds", rounds)
    async with connection.open() as explo:
        events = explo.customers.watch(
            every=period,
            state=state,
            confirm_removals=removing.confirm_removals,
            initial=initial,
            max_deletes=removing.max_deletes,
            max_delete_share=removing.max_delete_share,
            allow_deletes=removing.allow_deletes,
            parent_provided_id=which.parent_provided_id,
            hierarchy_level_name=which.hierarchy_level_name,
            page_size=page_size,
            timeout=timeout,
            adopt_state=adopt_state,
        )
        if period < MINUTE and not quiet and rounds != 1:
            tell(f"warning: a list each {period:g} s costs most of the quota; --every 15m is usual")
        with watching(quiet=quiet, drawn=False):
            async with events:
                await _follow(events, Report(as_json=as_json), rounds)


async def _follow(events: Watch, report: Report, rounds: int | None) -> None:
    """Print events, many at once, and acknowledge them when they are written."""
    ended, is_held = 0, False
    gathered: list[Event] = []
    async for event in events:
        if isinstance(event, Skipped) and isinstance(event.error, AuthenticationError | PermissionDenied):
            # No round to come will be any better.
            raise event.error
        gathered.append(event)
        is_end = isinstance(event, Synced) or (isinstance(event, Skipped) and event.what == "round")
        is_held = is_held or isinstance(event, Held)
        if is_end or len(gathered) == MOST_GATHERED:
            await report.write(gathered)
            await event.done()
            gathered.clear()
        ended += is_end
        if is_end and ended == rounds:
            if isinstance(event, Skipped):
                raise ToldError(FAILED)
            if is_held:
                raise ToldError(REFUSED)
            return
        is_held = is_held and not is_end
