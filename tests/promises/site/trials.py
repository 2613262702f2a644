"""Fetches many lists from the site while it changes, and counts what came of them, a line for each combination.

`python -m tests.promises.site.trials --order by-id newest --mode checked --kinds delete --rate 10 --lists 20`, or
`nox -s site -- ...`. What must be 0 is SHORT: lists that were accepted although somebody is missing who existed all the
time; and for "exact", `elsewhen`: lists that were accepted and are not what the table held at any one moment.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import math
import sys
from statistics import fmean
from typing import TYPE_CHECKING, get_args

from tests.promises.site.history import Kind
from tests.promises.site.orders import ORDERS, SERVERS
from tests.promises.site.running import run_site, what_is_missing
from tests.promises.site.trial import Cell, try_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.promises.site.running import Site
    from tests.promises.site.trial import Rate, Trial

_FORM = "{:<9} {:<9} {:<8} {:<20} {:>5} {:>6}x{:<4} {:>5} {:>8} {:>7} {:>5} {:>8} {:>8} {:>9} {:>8} {:>7}"
_HEAD = (
    *("order", "server", "mode", "kinds", "rate", "rows", "size"),
    *("lists", "complete", "changed", "SHORT", "missing", "elsewhen", "requests", "seconds", "changes"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cells that the arguments ask for."""
    options = _parser().parse_args(arguments)
    missing = what_is_missing()
    if missing:
        sys.exit(missing)
    print(_FORM.format(*_HEAD), flush=True)
    with run_site() as site:
        for cell in _cells(options):
            print(_line(cell, asyncio.run(_gather(site, cell, options.lists, options.seed))), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--order", nargs="+", choices=list(ORDERS), default=["by-id"])
    parser.add_argument("--mode", nargs="+", default=["checked"], help="what is given as consistency=")
    parser.add_argument(
        "--kinds", nargs="+", choices=get_args(Kind), default=["delete"], help="of changes, mixed evenly"
    )
    parser.add_argument("--rate", nargs="+", type=_rate, default=["one"], help='changes a second, "one" or "none"')
    parser.add_argument("--server", nargs="+", choices=SERVERS, default=["gunicorn"])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--lists", type=int, default=10, help="of each combination")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _rate(given: str) -> Rate:
    return given if given in {"one", "none"} else float(given)  # type: ignore[return-value]


def _cells(options: argparse.Namespace) -> Iterator[Cell]:
    for order, server, mode, rate in itertools.product(options.order, options.server, options.mode, options.rate):
        yield Cell(
            order=order,
            consistency=mode,
            kinds=tuple(options.kinds),
            rate=rate,
            server=server,
            rows=options.rows,
            page_size=options.page_size,
            concurrency=options.concurrency,
        )


async def _gather(site: Site, cell: Cell, lists: int, seed: int) -> list[Trial]:
    return [trial async for trial in try_lists(site, cell, lists=lists, seed=seed)]


def _line(cell: Cell, trials: Sequence[Trial]) -> str:
    """Sum up; requests are given over the least that the list can be had for."""
    least = math.ceil(cell.rows / cell.page_size)
    short = [trial.judgement.missing for trial in trials if trial.short]
    return _FORM.format(
        *(cell.order, cell.server, cell.consistency, "+".join(cell.kinds) if cell.rate != "none" else "-", cell.rate),
        *(cell.rows, cell.page_size, len(trials), sum(trial.accepted for trial in trials)),
        *(sum(not trial.accepted for trial in trials), len(short), f"{fmean(short):.1f}" if short else "-"),
        sum(trial.accepted and not trial.judgement.of_one_moment for trial in trials),
        f"{fmean(trial.requests for trial in trials) / least:.2f}",
        f"{fmean(trial.seconds for trial in trials):.2f}",
        f"{fmean(trial.changes for trial in trials):.1f}",
    )


if __name__ == "__main__":
    main()
