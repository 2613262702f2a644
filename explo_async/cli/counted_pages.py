"""How many pages of a list are there, of an export that goes on as well: what the bar and its JSON share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explo_async.progress import FetchStats, Progress


def count_pages(stats: FetchStats, progress: Progress | None, already: int, *, proved: bool) -> int:
    """Return the pages read; of a list whose first customers a former export had read, theirs with them."""
    if not already or progress is None or not progress.pages_total or not progress.total_count:
        return stats.pages
    if proved:
        return progress.pages_total
    return min(progress.pages_total, stats.pages + progress.pages_total * already // progress.total_count)
