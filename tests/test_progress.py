"""What a fetch has done so far."""

from __future__ import annotations

import pytest
from attrs import asdict, exceptions

from explo_async.progress import FetchStats, Progress

COUNTERS = (
    "requests",
    "pages",
    "customers",
    "retries",
    "rate_limited",
    "refetched",
    "duplicates",
    "bytes_received",
    "quota_wait",
    "elapsed",
)


def test_counters_begin_at_zero() -> None:
    """A fetch has the documented counters, all of them 0 at first, and they can be raised."""
    stats = FetchStats()
    assert asdict(stats) == dict.fromkeys(COUNTERS, 0)
    stats.requests += 1
    assert stats == FetchStats(requests=1)


def test_progress_is_a_snapshot() -> None:
    """Progress takes over the counters as they stand, does not change after that, and knows no end at first."""
    progress = Progress(**asdict(FetchStats(pages=3, elapsed=1.5)))
    assert (progress.pages, progress.elapsed) == (3, 1.5)
    assert (progress.pages_total, progress.total_count, progress.eta) == (None, None, None)
    assert (progress.waiting_for, progress.wait_left) == (None, None)
    assert set(asdict(progress)) == {*COUNTERS, "pages_total", "total_count", "eta", "waiting_for", "wait_left"}
    with pytest.raises(exceptions.FrozenInstanceError):
        progress.pages = 4  # type: ignore[misc]


def test_by_name_only() -> None:
    """Counters are given by name, so that their order may change."""
    for kind in (FetchStats, Progress):
        with pytest.raises(TypeError, match="takes 1 positional argument"):
            kind(1)  # type: ignore[call-arg]
