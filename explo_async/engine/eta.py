"""How far a run is on its way, and when it will be over. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict, evolve

from explo_async.plan import page_count
from explo_async.progress import Progress

if TYPE_CHECKING:
    from explo_async.pacing.waits import Waiting
    from explo_async.progress import FetchStats


def make_progress(
    stats: FetchStats, *, goal: int, total: int, to_come: int, first_took: float, concurrency: int, quota_time: float
) -> Progress:
    """Say where a run stands: `goal` pages in all, `to_come` of them not there yet, page 1 after `first_took` seconds.

    The rest is expected to come as fast as it has come since page 1, and no faster than the quota allows.
    """
    later = stats.pages - 1
    pace = (stats.elapsed - first_took) / later * to_come if later else first_took * page_count(to_come, concurrency)
    return Progress(**asdict(stats), pages_total=goal, total_count=total, eta=max(pace, quota_time))


def add_wait(progress: Progress, waiting: Waiting | None, *, elapsed: float, quota_time: float) -> Progress:
    """Say what a run waits for, `elapsed` seconds after it began: since its last page the end has come nearer.

    `quota_time` is what the quota makes the rest take from now on.
    """
    eta = progress.eta
    if eta is not None:
        eta = max(eta - (elapsed - progress.elapsed), quota_time)
    if waiting is None:
        return evolve(progress, elapsed=elapsed, eta=eta)
    if waiting.what == "store" and waiting.left is None:
        eta = None
    return evolve(progress, elapsed=elapsed, eta=eta, waiting_for=waiting.what, wait_left=waiting.left)
