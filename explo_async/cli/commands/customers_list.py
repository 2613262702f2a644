"""`customers list` and `customers count`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from explo_async.cli.credentials import open_client
from explo_async.cli.options import (
    AS_USUAL,
    EVERYONE,
    BaseUrl,
    Filter,
    MaxConcurrency,
    PageSize,
    Quiet,
    Sharing,
    Timeout,
    TokenFile,
)
from explo_async.cli.progress_bar import watching
from explo_async.cli.stdout import Output, say
from explo_async.cli.terminal import is_terminal
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE
from explo_async.engine.listing import Consistency
from explo_async.files.lines import encode_lines


async def list_customers(
    *,
    which: Filter = EVERYONE,
    page_size: PageSize = MAX_PAGE_SIZE,
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY,
    consistency: Annotated[
        Consistency,
        Parameter(
            help="What to prove: nothing, completeness, that without trust in totals, or the list at one moment."
        ),
    ] = "checked",
    timeout: Timeout = None,
    with_tokens: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Print each customer's token too, a credential.")
    ] = False,
    token_file: TokenFile = None,
    base_url: BaseUrl = None,
    sharing: Sharing = AS_USUAL,
    quiet: Quiet = False,
) -> None:
    """Print all customers as JSON Lines, in listing order.

    The list is complete when the exit code is 0; until then what was printed is provisional. Into a pager, which shares
    the terminal with the progress bar, use --quiet.

    For example:

    - `explo-async customers list > customers.jsonl`
    - `explo-async customers list --hierarchy-level-name Region | jq -r .name`
    """
    output = Output()
    async with open_client(base_url, token_file, sharing, max_concurrency=max_concurrency, quiet=quiet) as explo:
        # Rows on the same terminal would tear the bar, and show the progress by themselves.
        with watching(quiet=quiet, drawn=not is_terminal(sys.stdout)) as bar:
            stream = explo.customers.stream(
                parent_provided_id=which.parent_provided_id,
                hierarchy_level_name=which.hierarchy_level_name,
                page_size=page_size,
                consistency=consistency,
                timeout=timeout,
                on_progress=bar.note,
            )
            bar.watch(stream)
            async with stream:
                async for page in stream.pages():
                    await output.write(encode_lines(page.customers, with_tokens=with_tokens))


async def count_customers(
    *,
    which: Filter = EVERYONE,
    timeout: Annotated[float | None, Parameter(help="Seconds to wait for the number.")] = None,
    token_file: TokenFile = None,
    base_url: BaseUrl = None,
    sharing: Sharing = AS_USUAL,
    quiet: Quiet = False,
) -> None:
    """Print how many customers there are, after one request.

    For example:

    - `explo-async customers count`
    - `explo-async customers count --token-file ~/.config/explo/token`
    """
    async with open_client(base_url, token_file, sharing, quiet=quiet) as explo:
        # One request draws no bar, but may have log lines.
        with watching(quiet=quiet, drawn=False):
            count = await explo.customers.count(
                parent_provided_id=which.parent_provided_id,
                hierarchy_level_name=which.hierarchy_level_name,
                timeout=timeout,
            )
    say(f"{count}\n")
