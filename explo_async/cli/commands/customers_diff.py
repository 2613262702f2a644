"""`customers diff`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial
from itertools import islice
from pathlib import Path  # noqa: TC003 -- cyclopts reads the annotations
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import Parameter
from cyclopts.validators import Number

from explo_async.cli.commands.diff_origins import check_origins, suspect
from explo_async.cli.commands.diff_report import JsonReport, TableReport
from explo_async.cli.commands.diff_sides import open_side
from explo_async.cli.comparison_bar import comparing
from explo_async.cli.credentials import open_client
from explo_async.cli.exits import DIFFERENT, ToldError
from explo_async.cli.options import (
    AS_USUAL,
    EVERYONE,
    WHOLE,
    BaseUrl,
    Filter,
    MaxConcurrency,
    PageSize,
    Proof,
    Quiet,
    Sharing,
    Timeout,
    TokenFile,
)
from explo_async.cli.progress_bar import watching
from explo_async.cli.terminal import is_terminal, tell
from explo_async.diff.comparison import Comparison, make_matcher
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE
from explo_async.errors import ConfigurationError
from explo_async.files.formats import CHUNK
from explo_async.threads import beside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

    from explo_async.cli.commands.diff_report import Report
    from explo_async.cli.commands.diff_sides import Side
    from explo_async.cli.progress_bar import Bar
    from explo_async.diff.matching import Matcher
    from explo_async.record import Record
    from explo_async.stream import CustomerStream

    Read = Callable[[], Awaitable[Sequence[Record] | None]]
    """Gives the next customers of a list; None at its end."""


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Live:
    """How to read the live list."""

    page_size: PageSize = MAX_PAGE_SIZE
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY
    consistency: Proof = "checked"
    timeout: Timeout = None
    token_file: TokenFile = None
    base_url: BaseUrl = None
    sharing: Sharing = AS_USUAL


USUAL = Live()


async def diff_customers(
    old: Annotated[str, Parameter(help="An export, in any format, or a snapshot: a folder or an address.")],
    new: Annotated[str | None, Parameter(help="Another one; by default the live list.")] = None,
    /,
    *,
    as_json: Annotated[
        bool, Parameter(name="--json", negative=(), show_default=False, help="Print JSON Lines, with all values.")
    ] = False,
    limit: Annotated[
        int, WHOLE, Parameter(validator=Number(gte=0), help="Most differences to show in the table.")
    ] = 20,
    report: Annotated[
        Path | None, Parameter(help="The report of OLD, from its export; by default OLD.report.json, if that is there.")
    ] = None,
    which: Filter = EVERYONE,
    live: Live = USUAL,
    quiet: Quiet = False,
) -> None:
    """Tell which customers were added, removed or changed since OLD, an export or a snapshot.

    The folder of all runs of a snapshot stands for the newest of them. The exit code is 0 when nothing differs, 3 when
    something does. A live list that cannot be read completely is an error, and nothing is said to be added or removed.
    Give the filters that OLD was made with: others are refused where OLD, or its report, tells how it was made. Tokens
    are compared where both sides have them, and never shown.

    For example:

    - `explo-async customers diff yesterday.parquet`
    - `explo-async customers diff monday.jsonl tuesday.csv`
    - `explo-async customers diff s3://bucket/customers`
    - `explo-async customers diff yesterday.jsonl.gz --json | jq -r 'select(.kind == "removed").provided_id'`
    """
    if new is not None:
        _refuse_options(which, live)
    side = await beside(open_side, old, report)
    other = None if new is None else await beside(open_side, new)
    is_known = _check_filters(side, other, which)
    output = JsonReport() if as_json else TableReport(limit)
    # On the same terminal rows would tear the bar.
    drawn = not (as_json and is_terminal(sys.stdout))
    unchanged = 0
    # Whoever reads the output may have enough of it: the exit code tells of differences all the same.
    with contextlib.suppress(BrokenPipeError):
        if other is None:
            unchanged = await _compare_live(side, which, live, output, quiet=quiet, drawn=drawn)
        else:
            unchanged = await _compare_kept(side, other, output, quiet=quiet, drawn=drawn)
        await output.end(unchanged)
    counts = output.counts
    kept = counts["changed"] + unchanged
    doubt = None if is_known or quiet else suspect(old, added=counts["added"], removed=counts["removed"], kept=kept)
    if doubt:
        tell(doubt)
    if counts.total():
        raise ToldError(DIFFERENT)


def _refuse_options(which: Filter, live: Live) -> None:
    for options, usual in ((which, EVERYONE), (live.sharing, AS_USUAL), (live, USUAL)):
        for name, value in attrs.asdict(options, recurse=False).items():
            if value != getattr(usual, name):
                msg = f"--{name.replace('_', '-')} is about the live list, and here are two lists that were kept"
                raise ConfigurationError(msg, advice="leave it out, or NEW")


def _check_filters(old: Side, new: Side | None, which: Filter) -> bool:
    """Refuse two lists of different customers; tell whether it is known that they are not."""
    if new is None:
        asked = {name: value for name, value in attrs.asdict(which).items() if value is not None}
        check_origins(old.name, old.filters, "the live list is asked for", asked)
        return old.filters is not None
    check_origins(old.name, old.filters, f"{new.name!r} was made", new.filters)
    return old.filters is not None and new.filters is not None


async def _compare_kept(old: Side, new: Side, output: Report, *, quiet: bool, drawn: bool) -> int:
    """Report what differs between two lists that were kept; return how many customers are the same."""
    comparison = Comparison(old.kept, new.kept)
    with comparing(comparison, drawn=drawn and not quiet), contextlib.closing(comparison.steps()) as steps:
        while (differences := await beside(next, steps, None)) is not None:
            await output.add(differences)
    return comparison.counts.unchanged


async def _compare_live(old: Side, which: Filter, live: Live, output: Report, *, quiet: bool, drawn: bool) -> int:
    """Report what differs between a list that was kept and the live one; return how many customers are the same."""
    matcher = make_matcher(old.kept, ())
    with contextlib.closing(old.kept.records()) as chunks:
        async with _fetch(which, live, old, quiet=quiet, drawn=drawn) as read_new:
            await _walk(matcher, partial(beside, next, chunks, None), read_new, output)
    return matcher.unchanged


@contextlib.asynccontextmanager
async def _fetch(which: Filter, live: Live, old: Side, *, quiet: bool, drawn: bool) -> AsyncIterator[Read]:
    """Read the live list."""
    client = open_client(
        live.base_url, live.token_file, live.sharing, max_concurrency=live.max_concurrency, quiet=quiet
    )
    async with client as explo:
        if not quiet and old.snapshot is not None and not old.snapshot.is_of(explo):
            tell(
                f"warning: {old.name!r} was written with another token or address. "
                "If that was another team's, these are other customers"
            )
        with watching(quiet=quiet, drawn=drawn) as bar:
            stream = explo.customers.stream(
                parent_provided_id=which.parent_provided_id,
                hierarchy_level_name=which.hierarchy_level_name,
                page_size=live.page_size,
                consistency=live.consistency,
                timeout=live.timeout,
                on_progress=bar.note,
            )
            async with stream, contextlib.aclosing(_records(stream, bar)) as records:
                yield partial(anext, records, None)


async def _records(stream: CustomerStream, bar: Bar) -> AsyncGenerator[Sequence[Record], None]:
    # Begun by the first step: a file that cannot be read costs no request, and draws no bar.
    bar.watch(stream)
    async for page in stream.records():
        yield page.records


async def _walk(matcher: Matcher, read_old: Read, read_new: Read, output: Report) -> None:
    """Report the differences; those that only the end can tell when both lists have come to it, and not before."""
    sides = [(matcher.feed_old, read_old), (matcher.feed_new, read_new)]
    while True:
        for feed, read in sides if matcher.wants_old else sides[::-1]:
            if (customers := await read()) is not None:
                await output.add(feed(customers))
                break
        else:
            break
    rest = matcher.finish()
    while differences := list(islice(rest, CHUNK)):
        await output.add(differences)
        # A signal gets its turn.
        await asyncio.sleep(0)
