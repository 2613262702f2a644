"""`customers snapshot`."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen
from cyclopts import Parameter

from explo_async.cli.commands.snapshots import Root, check_installed
from explo_async.cli.credentials import open_client
from explo_async.cli.exits import describe
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
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE
from explo_async.threads import beside
from explo_async.wire.call import Filters

ROWS_PER_FILE = 250_000


@Parameter(name="*")
@frozen(kw_only=True)
class Making:
    """How the files are made."""

    rows_per_file: Annotated[int, WHOLE, Parameter(help="Customers a file.")] = ROWS_PER_FILE
    with_tokens: Annotated[
        bool, Parameter(negative=(), show_default=False, help="With each customer's token, a credential.")
    ] = False


AS_IT_IS = Making()


async def snapshot_customers(
    root: Root,
    /,
    *,
    which: Filter = EVERYONE,
    how: Making = AS_IT_IS,
    page_size: PageSize = MAX_PAGE_SIZE,
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY,
    consistency: Proof = "checked",
    timeout: Timeout = None,
    progress: Annotated[Literal["bar", "json"], Parameter(help="json: an object a second on standard error.")] = "bar",
    token_file: TokenFile = None,
    base_url: BaseUrl = None,
    sharing: Sharing = AS_USUAL,
    quiet: Quiet = False,
) -> None:
    """Write all customers as Parquet files into a new folder run=... below ROOT, with a certificate at the end.

    ROOT is a folder, or an address such as s3://bucket/customers, whose package (s3fs) has to be installed; its
    settings and credentials are those of fsspec and of that package. A run that comes to no end is removed, or has no
    certificate: `explo-async snapshots`, `customers diff` and the library do not take it for a snapshot.

    For example:

    - `explo-async customers snapshot snapshots`
    - `explo-async customers snapshot s3://bucket/customers --consistency exact`
    """
    await beside(check_installed)
    from explo_async.snapshot.places import open_folder  # noqa: PLC0415 -- with the extra alone
    from explo_async.snapshot.write import write_stream  # noqa: PLC0415

    folder = open_folder(root)
    async with open_client(base_url, token_file, sharing, max_concurrency=max_concurrency, quiet=quiet) as explo:
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
            written = await write_stream(
                stream,
                folder,
                client=explo,
                filters=Filters(
                    parent_provided_id=which.parent_provided_id, hierarchy_level_name=which.hierarchy_level_name
                ),
                consistency=consistency,
                with_tokens=how.with_tokens,
                rows_per_file=how.rows_per_file,
            )
    if not quiet:
        proof = describe(written.certificate.report)
        say_what_fits(f"{written.certificate.customers:,} customers in {written.address}, {proof}\n")
