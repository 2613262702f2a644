"""A run as its consumer sees it: what comes, how it ends, and what an error of it carries."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import (
    AuthenticationError,
    DeadlineExceeded,
    ListingChanged,
    PermissionDenied,
    RateLimited,
    ServerError,
)
from tests.helpers.scripted import Scripted, body_of, drain, everything, ids, listing, page_of, reply_of, streaming
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.wire.answer import Answer

FAILING = reply_of(503)


def test_a_failure_for_good_ends_the_run_and_the_other_requests() -> None:
    """A 401 in the middle is raised at once, with what was there, and nothing is sent after it."""
    transport = Scripted(ids(200), latencies={4: 0.05}, script={4: [reply_of(401)]})

    async def main() -> AuthenticationError:
        with pytest.raises(AuthenticationError) as raised:
            await everything(transport)
        sent = len(transport.asked)
        await asyncio.sleep(60)
        assert len(transport.asked) == sent
        return raised.value

    error = run(main())
    assert error.page == 4
    assert [customer.provided_id for customer in error.customers] == ids(10)
    assert 4 in error.missing_pages
    assert 1 not in error.missing_pages
    assert error.stats is not None
    assert error.stats.pages == 1


def test_attempts_that_are_used_up_end_the_run_with_their_number() -> None:
    """503 for ever is given up after the policy's attempts, and the message counts them."""
    transport = Scripted(ids(20), script={2: [FAILING] * 50})
    with pytest.raises(ServerError, match=r"page 2: .*503.*after 6 attempts") as raised:
        run(everything(transport))
    assert raised.value.attempts == 6
    assert transport.asked.count(2) == 6


def test_a_total_that_is_too_large_leaves_every_row_on_the_error() -> None:
    """A total of 205 for 200 rows: "checked" raises with all of them, and "verified" gives the list."""

    def answer(number: int, size: int) -> Answer:
        return reply_of(200, body_of(ids(200)[(number - 1) * size : number * size], 205))

    with pytest.raises(ListingChanged, match=r'total 205, 200 customers found; .*"verified"') as raised:
        run(everything(Scripted(answer=answer)))
    assert [customer.provided_id for customer in raised.value.customers] == ids(200)
    assert raised.value.report.verdict == "incomplete"
    assert run(everything(Scripted(answer=answer), consistency="verified")) == ids(200)


def test_the_timeout_of_the_call_ends_it_with_what_was_there() -> None:
    """`timeout=` raises DeadlineExceeded at that time, with the customers of the pages that had come."""
    transport = Scripted(ids(100), latency=1.0)

    async def main() -> tuple[DeadlineExceeded, float]:
        with pytest.raises(DeadlineExceeded, match=r"timeout=2\.5 s") as raised:
            await everything(transport, timeout=2.5)
        return raised.value, asyncio.get_running_loop().time()

    error, now = run(main())
    assert now == pytest.approx(1002.5)
    assert [customer.provided_id for customer in error.customers] == ids(50)


def test_the_timeout_during_the_pause_of_a_429_says_so() -> None:
    """When the shared gate is closed at the deadline, RateLimited says for how long, not DeadlineExceeded."""
    transport = Scripted(ids(100), latency=1.0)

    async def main() -> RateLimited:
        fetch = listing(transport, timeout=2.5)
        gate = fetch._gate
        gate.throttled(await gate.take(deadline=1e9), 42.0)
        with pytest.raises(RateLimited, match="timeout of 2.5 s") as raised:
            await fetch.everything()
        await fetch.aclose()
        return raised.value

    assert run(main()).retry_after == pytest.approx(39.5)


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_a_stream_keeps_no_more_pages_than_allowed(concurrency: int) -> None:
    """A consumer that takes nothing holds the fetch at `max_concurrency` pages, counted with those on their way.

    Page 1 may go by itself. Every other page waits for one that is sent after it has come: where there is room for one
    page alone, that is one more than allowed.
    """
    transport = Scripted(ids(1000))

    async def main() -> None:
        fetch = streaming(transport, max_concurrency=concurrency)
        for taken in range(5):
            await asyncio.sleep(100)
            behind = taken > 0 and concurrency == 1
            assert len(transport.asked) == concurrency + taken + behind
            assert await fetch.next_page() is not None
        await fetch.aclose()

    run(main())


def test_a_stream_is_ordered_or_as_pages_arrive() -> None:
    """A slow page holds back the later ones in order, and only itself when the order does not matter."""
    latencies = {2: 10.0}
    assert run_stream(Scripted(ids(60), latencies=latencies), ordered=True) == ids(60)
    late = run_stream(Scripted(ids(60), latencies=latencies), ordered=False)
    assert sorted(late) == sorted(ids(60))
    assert late[-10:] == ids(20)[10:]


def run_stream(transport: Scripted, *, ordered: bool) -> list[str]:
    async def main() -> list[str]:
        fetch = streaming(transport, max_concurrency=6, ordered=ordered)
        rows = await drain(fetch)
        await fetch.aclose()
        return rows

    return run(main())


def test_an_error_reaches_the_consumer_of_a_stream_at_its_next_step() -> None:
    """A page that fails while the consumer works on another does not cancel him; the error has what he did not get."""
    transport = Scripted(ids(100), latencies={3: 1.0}, script={3: [reply_of(403)]})

    async def main() -> tuple[int, list[str]]:
        fetch = streaming(transport)
        first = await fetch.next_page()
        await asyncio.sleep(10)
        with pytest.raises(PermissionDenied) as raised:
            await fetch.next_page()
        await fetch.aclose()
        assert first is not None
        return len(first.rows), [customer.provided_id for customer in raised.value.customers]

    # In its window the stream has pages 2, 4 and 5 beside the third.
    assert run(main()) == (10, [*ids(100)[10:20], *ids(100)[30:50]])


def test_a_stream_delivers_what_there_is_before_it_says_that_the_list_changed() -> None:
    """A chain that cannot be closed shows at the end of a stream: what was found comes first, each row once."""
    rows = ids(60)
    transport = Scripted(rows, answer=lambda _, size: page_of(rows, 1, size))

    async def main() -> list[str]:
        fetch = streaming(transport)
        taken: list[str] = []

        async def take() -> None:
            while (page := await fetch.next_page()) is not None:
                taken.extend(customer.provided_id for customer in page.rows)

        with pytest.raises(ListingChanged, match="the same rows for different pages"):
            await take()
        await fetch.aclose()
        return taken

    assert run(main()) == rows[:10]


def test_two_tasks_cannot_take_from_one_stream() -> None:
    """A second consumer gets a clear error; the first is not disturbed."""

    async def main() -> list[str]:
        fetch = streaming(Scripted(ids(10)))
        first = asyncio.create_task(drain(fetch))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one at a time"):
            await fetch.next_page()
        rows = await first
        await fetch.aclose()
        return rows

    assert run(main()) == ids(10)


def test_cancelling_at_any_moment_leaves_no_request() -> None:
    """A run cancelled at any step of its life has no request under way when the cancellation is through."""
    for step in itertools.count():
        transport = Scripted(ids(60), script={3: [FAILING]})

        async def main(transport: Scripted = transport, step: int = step) -> bool:
            task = asyncio.create_task(everything(transport))
            for _ in range(step):
                await asyncio.sleep(0.013)
            finished = task.done()
            task.cancel()
            await asyncio.wait([task])
            assert transport.in_flight == 0
            assert len(asyncio.all_tasks()) == 1
            return finished

        if run(main()):
            assert step > 20
            return
