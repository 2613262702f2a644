"""`customers export`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import frozen
from cyclopts import Parameter

from explo_async.cli.commands.export_to_stdout import check_output, export_to_stdout
from explo_async.cli.credentials import open_client
from explo_async.cli.exits import BrokenOffError, describe
from explo_async.cli.options import (
    AS_USUAL,
    EVERYONE,
    STREAM,
    WHOLE,
    BaseUrl,
    Filter,
    MaxConcurrency,
    Proof,
    Quiet,
    Sharing,
    TokenFile,
    refuse_options,
)
from explo_async.cli.progress_bar import watching
from explo_async.cli.progress_json import counting
from explo_async.cli.stdout import say_what_fits
from explo_async.cli.terminal import is_terminal
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE
from explo_async.errors import ConfigurationError, ExploError, ListingChanged
from explo_async.export.run import Export, Wanted
from explo_async.files.formats import FormatName, find_format
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from explo_async.engine.listing import Provable

Flag: Parameter = Parameter(negative=(), show_default=False)


@Parameter(name="*")
@frozen(kw_only=True)
class Making:
    """How the file is made."""

    form: Annotated[FormatName | None, Parameter(name="--format", help="By default as FILE's ending says.")] = None
    resume: Annotated[bool, Flag, Parameter(help="Go on from where an interrupted export to FILE ended.")] = False
    overwrite: Annotated[bool, Flag, Parameter(help="Replace FILE, or the rest of an interrupted export.")] = False
    report: Annotated[
        Path | None,
        Parameter(help="Write there what was proved, and how FILE was made, as JSON, for `customers diff`."),
    ] = None
    with_tokens: Annotated[bool, Flag, Parameter(help="With each customer's token, a credential; FILE is private.")] = (
        False
    )


AS_IT_IS = Making()


async def export_customers(
    file: Annotated[
        Path,
        Parameter(
            allow_leading_hyphen=True,
            validator=refuse_options,
            help="The file to make, in the format that its name ends in; - is standard output.",
        ),
    ],
    /,
    *,
    how: Making = AS_IT_IS,
    which: Filter = EVERYONE,
    page_size: Annotated[int | None, WHOLE, Parameter(help=f"Customers a request; by default {MAX_PAGE_SIZE}.")] = None,
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY,
    consistency: Proof = "checked",
    timeout: Annotated[float | None, Parameter(help="Seconds for reading the list.")] = None,
    progress: Annotated[Literal["bar", "json"], Parameter(help="json: an object a second on standard error.")] = "bar",
    token_file: TokenFile = None,
    base_url: BaseUrl = None,
    sharing: Sharing = AS_USUAL,
    quiet: Quiet = False,
) -> None:
    """Write all customers to FILE: there whole, or as it was.

    FILE ends in .jsonl, .jsonl.gz, .jsonl.zst, .csv, .parquet, .sqlite or .duckdb. An export that is interrupted leaves
    FILE.part and FILE.journal beside it; the same command with --resume goes on from there. Standard output, as CSV or
    JSON Lines, is complete when the exit code is 0; until then what was written is provisional.

    For example:

    - `explo-async customers export customers.parquet`
    - `explo-async customers export customers.parquet --resume`
    - `explo-async customers export - --format csv | less`
    """
    to_stdout = str(file) == STREAM
    if to_stdout:
        check_output(how.form, resume=how.resume, overwrite=how.overwrite)
    if how.report and how.report == file:
        msg = "FILE and the report cannot be the same"
        raise ConfigurationError(msg, advice="give another --report")
    wanted = _wanted(file, how, which, page_size=page_size, consistency=consistency, timeout=timeout)
    async with open_client(base_url, token_file, sharing, max_concurrency=max_concurrency, quiet=quiet) as explo:
        # Rows on the same terminal would tear the bar.
        drawn = not (to_stdout and is_terminal(sys.stdout))
        with counting() if progress == "json" else watching(quiet=quiet, drawn=drawn) as watch:
            if to_stdout:
                await export_to_stdout(explo, wanted, watch)
                return
            export = Export(explo, wanted, watch)
            try:
                await export.run()
            except ConfigurationError:
                raise
            except ExploError as error:
                if export.kept:
                    error.add_note(_describe_kept(export, too_late=how.resume and isinstance(error, ListingChanged)))
                raise
            except asyncio.CancelledError:
                end = f"interrupted; {_describe_kept(export)}" if export.kept else "interrupted"
                raise BrokenOffError(end) from None
    if not quiet:
        proof = f", {describe(export.report)}" if export.report else ""
        say_what_fits(f"{export.kept:,} customers in {file}{proof}\n")


def _wanted(
    file: Path,
    how: Making,
    which: Filter,
    *,
    page_size: int | None,
    consistency: Provable,
    timeout: float | None,
) -> Wanted:
    # Of a link it is the file that is replaced, not the link; any other is called what the user calls it.
    target = Path(os.path.realpath(file)) if os.path.islink(file) else file  # noqa: PTH114 -- it never raises
    return Wanted(
        target=target,
        form=find_format(target, how.form),
        filters=Filters(parent_provided_id=which.parent_provided_id, hierarchy_level_name=which.hierarchy_level_name),
        with_tokens=how.with_tokens,
        page_size=page_size,
        consistency=consistency,
        timeout=timeout,
        overwrite=how.overwrite,
        resume=how.resume,
        report=how.report,
    )


def _describe_kept(export: Export, *, too_late: bool = False) -> str:
    kept = f"{export.kept:,} customers"
    if too_late:
        return f"too much has changed to go on from the {kept} that are kept: --overwrite begins anew"
    return f"{kept} are kept, the same command with --resume goes on"
