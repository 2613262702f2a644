"""A process that applies a plan: `python -m tests.helpers.apply_worker URL TOKEN PLAN JOURNAL`; resumes what is there."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from explo_async import ExploClient, RetryPolicy
from explo_async.reconcile import apply


async def run(url: str, token: str, plan: str, journal: str, *, resume: bool) -> None:
    """Apply to the end; a run that was killed before its journal had begun nothing."""
    policy = RetryPolicy(wait_initial=0.01)
    async with (
        ExploClient(token, base_url=url, rate_limit=None, max_concurrency=4, retry=policy) as explo,
        apply(explo, None if resume else plan, journal=journal, resume=resume) as applied,
    ):
        async for _ in applied:
            pass


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:5], resume=Path(sys.argv[4]).exists()))
