"""No window of the server sees more requests than its quota, or more refusals than can be helped."""

from __future__ import annotations

import asyncio

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
        stats = customers.report.stats
        # Seconds of the clock, though many requests wait at once.
        assert 0 < stats.quota_wait <= stats.elapsed


async def test_a_stream_tells_how_long_the_quota_holds_it_up() -> None:
    """While requests wait for the quota the stream knows for how long still; at its end none does."""
    async with (
        Emulator(350) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=RateLimit(2, 60.0)) as explo,
    ):
        stream = explo.customers.stream(page_size=100)
        assert stream.wait_left is None
        async with stream:
            step = asyncio.ensure_future(anext(stream.pages()))
            while stream.wait_left is None:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0)
            assert 50 < stream.wait_left <= 60
            step.cancel()
        assert stream.wait_left is None
        assert stream.stats.quota_wait > 0


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
