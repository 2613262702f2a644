"""`customers mirror`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import frozen
from cyclopts import Parameter

from explo_async.cli.advice import reword
from explo_async.cli.credentials import open_client
from explo_async.cli.exits import REFUSED, ToldError, describe
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
from explo_async.cli.progress_json import counting
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import tell
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE
from explo_async.errors import ConfigurationError, RemovalsHeld
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES
from explo_async.threads import beside

if TYPE_CHECKING:
    from explo_async.mirror.outcome import MirrorRun


@Parameter(name="*")
@frozen(kw_only=True)
class Keeping:
    """What the tables hold, and what a run may remove."""

    table: Annotated[str, Parameter(help="Name of the table; those beside it are called after it.")] = "explo_customers"
    history: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Keep a row for each state of each customer as well.")
    ] = False
    with_tokens: Annotated[
        bool, Parameter(negative=(), show_default=False, help="With each customer's token, a credential.")
    ] = False
    max_deletes: Annotated[int, WHOLE, Parameter(help="More removals than this and than the share are held back.")] = (
        MAX_DELETES
    )
    max_delete_share: Annotated[float, Parameter(help="Share of the table that may be removed.")] = MAX_DELETE_SHARE
    allow_deletes: Annotated[int | None, WHOLE, Parameter(help="How many removals you have looked at and allow.")] = (
        None
    )


AS_IT_IS = Keeping()


async def mirror_customers(
    url: Annotated[str, Parameter(help="sqlite:///FILE, or postgresql://USER@HOST/DATABASE.")],
    /,
    *,
    which: Filter = EVERYONE,
    how: Keeping = AS_IT_IS,
    page_size: PageSize = MAX_PAGE_SIZE,
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY,
    consistency: Proof = "exact",
    timeout: Timeout = None,
    progress: Annotated[Literal["bar", "json"], Parameter(help="json: an object a second on standard error.")] = "bar",
    token_file: TokenFile = None,
    base_url: BaseUrl = None,
    sharing: Sharing = AS_USUAL,
    quiet: Quiet = False,
) -> None:
    """Make a table of the database at URL equal to the list, in one transaction; the first run makes it.

    Who is no longer in the list is removed by an exact list alone. Too many at once are held back: nothing is changed,
    and the exit code is 4. A password is better kept in PGPASSWORD or ~/.pgpass than in URL, which shows in `ps`.

    For example:

    - `explo-async customers mirror sqlite:///tenants.db`
    - `explo-async customers mirror postgresql://app@db/app --history`
    - `explo-async customers mirror sqlite:///tenants.db --allow-deletes 120`
    """
    await beside(_check_installed)
    from explo_async.mirror.run import ask, mirror_stream  # noqa: PLC0415 -- with the extra alone

    async with open_client(base_url, token_file, sharing, max_concurrency=max_concurrency, quiet=quiet) as explo:
        asked = await ask(
            explo,
            url,
            table=how.table,
            history=how.history,
            allow_deletes=how.allow_deletes,
            max_deletes=how.max_deletes,
            max_delete_share=how.max_delete_share,
            with_tokens=how.with_tokens,
            parent_provided_id=which.parent_provided_id,
            hierarchy_level_name=which.hierarchy_level_name,
        )
        with counting() if progress == "json" else watching(quiet=quiet) as watch:
            stream = explo.customers.stream(
                parent_provided_id=which.parent_provided_id,
                hierarchy_level_name=which.hierarchy_level_name,
                page_size=page_size,
                consistency=consistency,
                timeout=timeout,
                on_progress=watch.note,
            )
            watch.watch(stream, already=0)
            try:
                run = await mirror_stream(stream, asked)
            except RemovalsHeld as held:
                tell(f"refused: {reword(held, mirror_customers)}")
                raise ToldError(REFUSED) from None
    if not quiet:
        say_what_fits(f"{run.customers:,} customers in {asked.database.address}, {_describe(run)}\n")


def _describe(run: MirrorRun) -> str:
    counts = {"new": run.created, "changed": run.changed, "removed": run.removed, "left though absent": run.kept}
    told = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f"{describe(run.report)}: {', '.join(told) or 'nothing had changed'}"


def _check_installed() -> None:
    """Raise `ConfigurationError` where the extra is not installed that mirrors need."""
    try:
        import_module("explo_async.mirror")
    except ModuleNotFoundError as error:
        what, _, advice = str(error).partition(": ")
        raise ConfigurationError(what.replace("explo_async.mirror needs", "a mirror needs"), advice=advice) from None
