"""Fetches nothing: holds what a stream remembers of each id, to tell its weight from that of everything else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from job import Job
    from measure import Meter

SIXTY_BITS = (1 << 60) - 1


async def stream(job: Job, meter: Meter) -> int:
    """Enter the ids page by page."""
    ids: dict[int, int] = {}
    with meter:
        for first in range(0, job.customers, job.page_size):
            page = range(first, min(first + job.page_size, job.customers))
            ids.update({hash(f"customer-{number:07}") & SIXTY_BITS: first for number in page})
            await asyncio.sleep(0)
    return len(ids)
