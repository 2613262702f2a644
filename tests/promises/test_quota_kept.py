"""No window of the server sees more requests than its quota, or more refusals than can be helped."""

from __future__ import annotations

import pytest

from explo_async import ExploClient, RateLimit, RetryPolicy
from explo_async.emulator import Emulator, Quota


@pytest.mark.parametrize("window", ["sliding", "fixed"])
async def test_the_quota_is_kept(window: str) -> None:
    """With the server's own limit in the client there is no 429, whether the window slides or is fixed."""
    quota = Quota(10, 0.3, window=window)  # type: ignore[arg-type]
    async with (
        Emulator(350, quota=quota, latency=0.01, jitter=0.02) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=RateLimit(10, 0.3)) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 350
        assert emulator.rate_limited == 0
        assert customers.report.stats.quota_wait > 0


async def test_without_a_quota_of_its_own_the_client_heeds_each_429() -> None:
    """With `rate_limit=None` everything arrives, and no window sees more 429s than requests may be on their way."""
    quota = Quota(10, 0.3, retry_after=False, message=False)
    async with (
        Emulator(350, quota=quota) as emulator,
        ExploClient(
            emulator.token,
            base_url=emulator.url,
            rate_limit=None,
            max_concurrency=4,
            retry=RetryPolicy(throttle_wait=0.3),
        ) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 350
        throttled = [seen.at for seen in emulator.log if seen.status == 429]
        assert throttled
        assert all(sum(start <= at < start + 0.3 for at in throttled) <= 4 for start in throttled)
        assert customers.report.stats.rate_limited == len(throttled)
