"""A run of a mirror in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import TYPE_CHECKING, Any

from explo_async import ExploClient, ExploError, RateLimit, RemovalsHeld, RetryPolicy
from explo_async.mirror import mirror
from explo_async.mirror import run as run_module

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["explo_async.mirror.postgres", "explo_async.mirror.run", "explo_async.client"])
HELD, FAILED = 4, 5


def make_client(url: str, token: str) -> ExploClient:
    """Make a client that is not kept waiting."""
    return ExploClient(token, base_url=url, rate_limit=RateLimit(10_000, per=1.0), retry=RetryPolicy(wait_initial=0.01))


def work(told: Connection, url: str, token: str, database: str, options: dict[str, Any]) -> None:
    """Mirror in a process of its own, and tell when it begins to write."""
    settle = run_module.settle  # type: ignore[attr-defined]

    def tell(*arguments: Any, **more: Any) -> Any:
        told.send("writes")
        return settle(*arguments, **more)

    run_module.settle = tell  # type: ignore[attr-defined]

    async def run_once() -> None:
        async with make_client(url, token) as explo:
            await mirror(explo, database, **options)

    try:
        asyncio.run(run_once())
    except RemovalsHeld:
        raise SystemExit(HELD) from None
    except ExploError:
        raise SystemExit(FAILED) from None
