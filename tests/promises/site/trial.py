"""One list fetched from the site while its table changes, and judged."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from attrs import evolve, frozen

from explo_async import ExploClient, ListingChanged
from tests.promises.site.messages import Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.promises.site.history import History, Judgement, Kind
    from tests.promises.site.running import Site

Rate = float | Literal["one", "none"]


@frozen(kw_only=True)
class Cell:
    """The circumstances of a list."""

    order: str
    consistency: str
    kinds: tuple[Kind, ...] = ("delete",)
    rate: Rate = "none"
    """Changes a second; "one" is exactly one, somewhen during the fetch."""
    server: str = "gunicorn"
    rows: int = 10_000
    page_size: int = 100
    concurrency: int = 16


@frozen(kw_only=True)
class Trial:
    """What came of one list."""

    accepted: bool
    """False when it ended in `ListingChanged`."""
    judgement: Judgement
    """Of the list, or of what the error carried."""
    changes: int
    """Made while the list was fetched, none before or after."""
    requests: int
    seconds: float
    error: str = ""

    @property
    def short(self) -> bool:
        """The list was accepted although somebody is missing who existed all the time."""
        return self.accepted and self.judgement.missing > 0


async def try_lists(site: Site, cell: Cell, *, lists: int, seed: int) -> AsyncIterator[Trial]:
    """Fetch so many lists, each from a table put back to its beginning."""
    draw = random.Random(seed)
    length = 0.0
    if cell.rate == "one":
        quiet = [await try_list(site, evolve(cell, rate="none"), delay=0.0, seed=0) for _ in range(2)]
        length = min(trial.seconds for trial in quiet)
    for _ in range(lists):
        yield await try_list(site, cell, delay=draw.uniform(0.0, length), seed=draw.getrandbits(32))


async def try_list(site: Site, cell: Cell, *, delay: float, seed: int) -> Trial:
    """Fetch one list; `delay` is that of a single change, in seconds."""
    site.restore(cell.rows)
    base_url = site.address(cell.server, cell.order)
    async with ExploClient(site.token, base_url=base_url, max_concurrency=cell.concurrency, rate_limit=None) as explo:
        await explo.customers.count()  # opens the first connection
        with _changing(site, cell, delay=delay, seed=seed) as after:
            error = ""
            begun = time.monotonic()
            try:
                customers = await explo.customers.list(page_size=cell.page_size, consistency=cell.consistency)  # type: ignore[arg-type]
                found, report = list(customers), customers.report
            except ListingChanged as failure:
                found, report, error = list(failure.customers), failure.report, str(failure)
            done = time.monotonic()
    (history,) = after
    return Trial(
        accepted=not error,
        judgement=history.judge([customer.provided_id for customer in found], begun=begun, done=done),
        changes=sum(change.begun <= done for change in history.changes),
        requests=report.stats.requests,
        seconds=done - begun,
        error=error,
    )


@contextmanager
def _changing(site: Site, cell: Cell, *, delay: float, seed: int) -> Iterator[list[History]]:
    """Have the table changed meanwhile, or not; leaves the history in the list that is given."""
    after: list[History] = []
    if cell.rate == "none":
        yield after
        after.append(site.ask())
        return
    site.begin(Changes(kinds=cell.kinds, rate=None if cell.rate == "one" else cell.rate, delay=delay, seed=seed))
    try:
        yield after
    finally:
        after.append(site.stop())
