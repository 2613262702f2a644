"""How far a run is on its way, and when it will be over."""

from __future__ import annotations

import pytest
from attrs import asdict

from explo_async.engine.eta import add_wait, make_progress
from explo_async.pacing.waits import Waiting
from explo_async.progress import FetchStats, Progress

STATS = FetchStats(requests=7, pages=5, customers=41, elapsed=1.25)


@pytest.mark.parametrize(
    ("pages", "elapsed", "to_come", "quota_time", "eta"),
    [
        pytest.param(1, 2.0, 8, 0.0, 4.0, id="as long for each round as for page 1"),
        pytest.param(1, 2.0, 9, 0.0, 6.0, id="a round that is not full is one as well"),
        pytest.param(1, 2.0, 0, 0.0, 0.0, id="one page"),
        pytest.param(5, 12.0, 6, 0.0, 15.0, id="the pace since page 1"),
        pytest.param(5, 12.0, 6, 15.5, 15.5, id="no faster than the quota allows"),
        pytest.param(5, 12.0, 0, 0.0, 0.0, id="all there"),
    ],
)
def test_the_rest_comes_at_the_pace_so_far(
    pages: int, elapsed: float, to_come: int, quota_time: float, eta: float
) -> None:
    """Page 1 took two seconds, and four requests may be under way at once."""
    progress = make_progress(
        FetchStats(pages=pages, elapsed=elapsed),
        goal=11,
        total=105,
        to_come=to_come,
        first_took=2.0,
        concurrency=4,
        quota_time=quota_time,
    )
    assert progress.eta == eta


def test_progress_has_the_counters() -> None:
    """And where the run is going."""
    made = make_progress(STATS, goal=11, total=105, to_come=0, first_took=2.0, concurrency=4, quota_time=0.0)
    assert made == Progress(**asdict(STATS), pages_total=11, total_count=105, eta=0.0)


PROGRESS = Progress(**asdict(STATS), pages_total=11, total_count=105, eta=8.0)


@pytest.mark.parametrize(
    ("waiting", "elapsed", "quota_time", "told"),
    [
        pytest.param(None, 1.25, 0.0, (8.0, None, None), id="after a page"),
        pytest.param(Waiting("quota", 4.0), 3.25, 0.0, (6.0, "quota", 4.0), id="the end comes nearer"),
        pytest.param(Waiting("quota", 4.0), 3.25, 64.0, (64.0, "quota", 4.0), id="no nearer than the quota allows"),
        pytest.param(Waiting("quota", None), 20.0, 0.0, (0.0, "quota", None), id="it is not in the past"),
        pytest.param(Waiting("pause", 2.0), 3.25, 0.0, (6.0, "pause", 2.0), id="the pause of a 429"),
        pytest.param(Waiting("store", 9.0), 3.25, 9.0, (9.0, "store", 9.0), id="a store that opens"),
        pytest.param(Waiting("store", None), 3.25, 9.0, (None, "store", None), id="a store that is away"),
    ],
)
def test_a_wait_is_told_with_its_seconds(
    waiting: Waiting | None, elapsed: float, quota_time: float, told: tuple[float | None, str | None, float | None]
) -> None:
    """The last page came after 1.25 seconds, when the end was eight seconds away."""
    progress = add_wait(PROGRESS, waiting, elapsed=elapsed, quota_time=quota_time)
    assert (progress.eta, progress.waiting_for, progress.wait_left) == told
    assert (progress.elapsed, progress.pages, progress.pages_total) == (elapsed, 5, 11)


def test_before_page_1_the_end_stays_unknown() -> None:
    """Whatever is waited for."""
    progress = add_wait(Progress(), Waiting("quota", 4.0), elapsed=2.0, quota_time=0.0)
    assert progress == Progress(elapsed=2.0, waiting_for="quota", wait_left=4.0)
