"""How far a run is on its way, and when it will be over."""

from __future__ import annotations

import pytest
from attrs import asdict

from explo_async.engine.eta import make_progress
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
