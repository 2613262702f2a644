"""The emulated request quota: the windows by themselves, and the 429s."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.emulator import Emulator, Quota
from explo_async.emulator.quota import Load
from tests.helpers.emulator_client import asking

if TYPE_CHECKING:
    from collections.abc import Iterable

# Binary fractions, so that sums and differences are exact.
GAPS = st.lists(st.integers(0, 40).map(lambda sixteenths: sixteenths / 16), max_size=80)


def _admitted(quota: Quota, times: Iterable[float]) -> list[float]:
    window = quota.start()
    return [now for now in times if window.ask(now) is None]


def _times(gaps: Iterable[float]) -> list[float]:
    now, times = 100.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    return times


def test_a_sliding_window_frees_a_place_when_the_oldest_request_leaves_it() -> None:
    """The wait is the time until the oldest counted request is `per` seconds old; refused ones do not count."""
    window = Quota(2, 10.0).start()
    assert [window.ask(now) for now in (100.0, 104.0, 105.0, 109.5, 110.0, 110.0)] == [None, None, 5.0, 0.5, None, 4.0]


def test_a_fixed_window_starts_with_the_first_request() -> None:
    """Counts are those of [k * per, (k + 1) * per) after the first request; refused ones do not count."""
    window = Quota(2, 10.0, window="fixed").start()
    assert [window.ask(now) for now in (103.0, 112.0, 112.5, 113.0, 114.0, 114.0, 143.0)] == [
        None,
        None,
        0.5,
        None,
        None,
        9.0,
        None,
    ]


@given(GAPS, st.integers(1, 5))
def test_no_sliding_window_ever_holds_more_than_the_limit(gaps: list[float], limit: int) -> None:
    """Whatever the arrivals, any half-open interval of `per` seconds holds at most the limit."""
    admitted = _admitted(Quota(limit, 2.0), _times(gaps))
    assert all(sum(start <= now < start + 2.0 for now in admitted) <= limit for start in admitted)


@given(GAPS, st.integers(1, 5))
def test_no_fixed_window_ever_holds_more_than_the_limit(gaps: list[float], limit: int) -> None:
    """Whatever the arrivals, each window counted from the first request holds at most the limit."""
    admitted = _admitted(Quota(limit, 2.0, window="fixed"), _times(gaps))
    numbers = [(now - admitted[0]) // 2.0 for now in admitted]
    assert all(numbers.count(number) <= limit for number in numbers)


@pytest.mark.parametrize("window", ["sliding", "fixed"])
@given(gaps=GAPS, limit=st.integers(1, 5))
def test_the_wait_is_exact(window: str, gaps: list[float], limit: int) -> None:
    """A request that comes back after the wait is let through, one a moment earlier is not."""
    quota = Quota(limit, 2.0, window=window)  # type: ignore[arg-type]
    early, on_time = quota.start(), quota.start()
    for now in _times(gaps):
        wait = early.ask(now)
        assert on_time.ask(now) == wait
        if wait is not None:
            assert early.ask(now + wait - 1 / 64) is not None
            assert on_time.ask(now + wait) is None
            return


@given(GAPS)
def test_the_load_is_that_of_the_fullest_window(gaps: list[float]) -> None:
    """It counts what a window without a limit would let through, sliding and from the first request."""
    times = _times(gaps)
    load = Load(2.0)
    for now in times:
        load.note(now)
    assert load.sliding == max((sum(start <= now < start + 2.0 for now in times) for start in times), default=0)
    numbers = [(now - times[0]) // 2.0 for now in times]
    assert load.fixed == max((numbers.count(number) for number in numbers), default=0)


@pytest.mark.parametrize(
    ("quota", "wait", "detail", "header"),
    [
        (Quota(1, 60), 41.2, "Request was throttled. Expected available in 42 seconds.", "42"),
        (Quota(1, 60), 0.01, "Request was throttled. Expected available in 1 second.", "1"),
        (Quota(1, 60, message=False), 5.0, "Request was throttled.", "5"),
        (Quota(1, 60, retry_after=False), 5.0, "Request was throttled. Expected available in 5 seconds.", None),
        (Quota(1, 60, retry_after=False, message=False), 5.0, "Request was throttled.", None),
    ],
)
def test_a_refusal_says_how_long_to_wait_where_it_may(quota: Quota, wait: float, detail: str, header: str) -> None:
    """The framework's words, and whole seconds rounded up, in the message and the header."""
    refusal = quota.refuse(wait)
    assert refusal.status == 429
    assert refusal.body == b'{"detail":"%b"}' % detail.encode()
    assert refusal.headers.get("Retry-After") == header


@pytest.mark.parametrize("arguments", [(0, 1.0), (1, 0.0), (1, 1.0, "rolling")])
def test_a_quota_that_makes_no_sense_is_refused(arguments: tuple[int, float]) -> None:
    """No requests, no time, or an unknown kind of window is a ValueError."""
    with pytest.raises(ValueError, match="must be"):
        Quota(*arguments)


async def test_requests_over_the_quota_get_a_429() -> None:
    """The requests over the quota are refused and counted, and carry the framework's answer."""
    async with Emulator(100, quota=Quota(3, 60.0)) as emulator, asking(emulator) as ask:
        replies = await asyncio.gather(*(ask(page=page) for page in range(1, 6)))
        refused = [reply for reply in replies if reply.status == 429]
        assert len(refused) == emulator.rate_limited == 2
        assert {reply.headers["Retry-After"] for reply in refused} == {"60"}
        assert refused[0].json() == {"detail": "Request was throttled. Expected available in 60 seconds."}
        assert sorted(str(seen.status) for seen in emulator.log) == ["200", "200", "200", "429", "429"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than one loopback address from the start")
@pytest.mark.parametrize(
    ("per_address", "statuses", "fullest"), [(True, [200, 200, 429], 2), (False, [200, 429, 429], 3)]
)
async def test_each_address_has_a_window_unless_they_share_one(
    per_address: bool, statuses: list[int], fullest: int
) -> None:
    """Explo counts by address; hosts behind a NAT share theirs. The fullest window tells of refused requests too."""
    quota = Quota(1, 60.0, per_address=per_address)
    async with Emulator(1, quota=quota) as emulator, asking(emulator) as ask:
        found = [(await ask()).status]
        async with asking(emulator, connector=aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))) as ask_too:
            found.append((await ask_too()).status)
        found.append((await ask()).status)
        assert found == statuses
        assert emulator.fullest_window == emulator.fullest_fixed_window == fullest


async def test_without_a_quota_no_window_is_filled() -> None:
    """Nothing is counted where nothing is limited."""
    async with Emulator(1) as emulator, asking(emulator) as ask:
        await ask()
        assert emulator.fullest_window == emulator.fullest_fixed_window == 0


async def test_the_server_counts_by_its_clock() -> None:
    """A request after the window gets its page: none is refused when each waits for the one before to leave it."""
    async with Emulator(20, quota=Quota(1, 0.02), latency=0.03) as emulator, asking(emulator) as ask:
        assert [(await ask()).status for _ in range(3)] == [200, 200, 200]


async def test_only_requests_with_the_right_path_and_token_count() -> None:
    """As in the framework, an unknown path and a wrong token are refused before the quota looks."""
    async with Emulator(100, quota=Quota(1, 60.0)) as emulator, asking(emulator) as ask:
        assert [(await ask("/")).status, (await ask(token="wrong")).status] == [404, 401]
        assert [(await ask(method="PUT")).status, (await ask()).status] == [405, 429]
