"""`demo`: everything at work against a local emulator."""

import contextlib
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table

from explo_async.cli.exits import CommandError, describe
from explo_async.cli.options import USUAL_CUSTOMERS, USUAL_LATENCY, WHOLE, Latency, MaxConcurrency, Quiet
from explo_async.cli.progress_bar import watching
from explo_async.cli.stdout import say
from explo_async.client import ExploClient
from explo_async.emulator.process import EmulatorProcess, Stats
from explo_async.emulator.quota import DOCUMENTED
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY, MAX_PAGE_SIZE, QUOTA_REQUESTS, QUOTA_SECONDS
from explo_async.models import FetchReport
from explo_async.pacing.quota import RateLimit


async def demo(
    *,
    customers: Annotated[int, WHOLE, Parameter(validator=Number(gte=0), help="How many there are.")] = USUAL_CUSTOMERS,
    latency: Latency = USUAL_LATENCY,
    page_size: Annotated[
        int, WHOLE, Parameter(validator=Number(gte=1, lte=MAX_PAGE_SIZE), help="Customers a request.")
    ] = 200,
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY,
    quiet: Quiet = False,
) -> None:
    """Fetch 25,000 customers from a local emulator: no network, no token.

    It answers as Explo does: after 80 ms, at most 180 requests a minute. With --page-size 100 the list needs 250
    requests: see how the client waits for the quota and meets no 429.

    For example:

    - `explo-async demo`
    - `explo-async demo --page-size 100 --latency 0.3`
    """
    with contextlib.ExitStack() as scope:
        try:
            emulator = scope.enter_context(
                EmulatorProcess(customers, prepare=page_size, latency=latency, quota=DOCUMENTED)
            )
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        report = await _fetch(emulator, page_size, max_concurrency, quiet=quiet)
        served = emulator.stats()
    console = Console()
    with console.capture() as table:
        console.print(summarize(report, served))
    say(table.get())


async def _fetch(emulator: EmulatorProcess, page_size: int, max_concurrency: int, *, quiet: bool) -> FetchReport:
    # A server of its own has a quota of its own, whatever EXPLO_QUOTA says.
    limit = RateLimit(QUOTA_REQUESTS, per=QUOTA_SECONDS)
    async with ExploClient(
        emulator.token, base_url=emulator.url, max_concurrency=max_concurrency, rate_limit=limit
    ) as explo:
        with watching(quiet=quiet) as bar:
            stream = explo.customers.stream(page_size=page_size, on_progress=bar.note)
            bar.watch(stream)
            async with stream:
                async for _ in stream.pages():
                    pass
    report = stream.report
    assert report is not None  # noqa: S101 -- for the type checker: the stream has ended
    return report


def summarize(report: FetchReport, served: Stats) -> Table:
    """Put the numbers of a run into a table."""
    stats = report.stats
    table = Table(title="Fetched from a local emulator", title_justify="left", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, value in (
        ("customers", f"{stats.customers:,}"),
        ("pages", f"{stats.pages:,}"),
        ("requests", f"{stats.requests:,}"),
        ("at most under way", f"{served.peak_in_flight:,}"),
        ("retries", f"{stats.retries:,}"),
        ("429s", f"{stats.rate_limited:,}"),
        ("quota wait", f"{stats.quota_wait:,.1f} s"),
        ("elapsed", f"{stats.elapsed:,.2f} s"),
        ("customers per second", f"{stats.customers / stats.elapsed:,.0f}"),
        ("verdict", describe(report)),
    ):
        table.add_row(name, value)
    return table
