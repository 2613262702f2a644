from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.ledger import Ledger
from explo_async.errors import (
    AuthenticationError,
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    DecodeError,
    ListingChanged,
    RateLimited,
    ServerError,
)
from tests.helpers.scripted import COUNT, Scripted, body_of, drain, ids, listing, page_of, reply_of, streaming
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.progress import Progress
    from explo_async.wire.answer import Answer

FAILING = reply_of(503)


async def everything(transport: Scripted, **options: object) -> list[str]:
    fetch = listing(transport, **options)  # type: ignore[arg-type]
    try:
        return [customer.provided_id for customer in await fetch.everything()]
    finally:
        await fetch.aclose()


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 20, 95, 100])
def test_every_customer_comes_once_in_listing_order_with_a_request_a_page_and_a_count(total: int) -> None:
    """A list of any length costs one request a page, and a COUNT once all have come; an empty one needs no COUNT."""
    transport = Scripted(ids(total))
    assert run(everything(transport)) == ids(total)
    pages = max(1, -(-total // 10))
    assert sorted(transport.asked[:pages]) == list(range(1, pages + 1))
    assert transport.queries[pages:] == [COUNT] * bool(total)
    assert not total or transport.sent_at[-1] == pytest.approx(max(transport.sent_at[:-1]) + 0.1)


@given(latencies=st.lists(st.floats(0.001, 5), min_size=8, max_size=8), concurrency=st.integers(1, 8))
def test_the_order_in_which_answers_arrive_changes_nothing(latencies: list[float], concurrency: int) -> None:
    """Pages that overtake each other end in the same list, and no more are on their way than allowed."""
    transport = Scripted(ids(77), latencies=dict(enumerate(latencies, 1)))
    assert run(everything(transport, max_concurrency=concurrency)) == ids(77)
    assert transport.peak <= concurrency


def test_the_fan_out_takes_as_many_rounds_as_concurrency_makes_it() -> None:
    """With 100 pages, 16 at once and 0.1 s each, the list takes 1 + ceil(99 / 16) rounds, and one for the COUNT."""

    async def main() -> float:
        await everything(Scripted(ids(1000)), max_concurrency=16)
        return asyncio.get_running_loop().time() - 1000.0

    assert run(main()) == pytest.approx(0.1 * (1 + 7 + 1))


def test_a_clamped_page_size_is_taken_from_the_rows_that_came() -> None:
    """A server that sends 4 rows where 10 were asked for is asked for pages of 4 rows' worth."""
    rows = ids(30)
    transport = Scripted(rows, answer=lambda number, size: page_of(rows, number, min(size, 4)))
    assert run(everything(transport)) == rows
    assert sorted(transport.asked[:-1]) == list(range(1, 9))
    assert transport.queries[-1] == COUNT


def test_back_off_holds_no_slot() -> None:
    """While one page waits for its next attempt, the others go on with all slots; the COUNT comes after it."""
    transport = Scripted(ids(100), script={2: [FAILING] * 3})

    async def main() -> tuple[list[str], list[int]]:
        rows = await everything(transport, max_concurrency=2)
        return rows, transport.asked

    rows, asked = run(main())
    assert rows == ids(100)
    assert asked[-2:] == [2, 1]
    assert transport.queries[-1] == COUNT
    assert asked.count(2) == 4


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


def test_a_dead_server_is_not_stormed() -> None:
    """50 workers on a server that is down make fewer than 300 requests in all."""
    rows = ids(10_000)
    transport = Scripted(rows, answer=lambda number, size: page_of(rows, 1, size) if number == 1 else FAILING)
    with pytest.raises(ServerError):
        run(everything(transport, max_concurrency=50))
    assert len(transport.asked) < 300


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
    """A page that fails while the consumer works on another does not cancel the consumer."""
    transport = Scripted(ids(100), script={3: [reply_of(403)]})

    async def main() -> tuple[int, list[str]]:
        fetch = streaming(transport)
        first = await fetch.next_page()
        await asyncio.sleep(10)
        with pytest.raises(Exception, match="403") as raised:
            await fetch.next_page()
        await fetch.aclose()
        assert first is not None
        return len(first.rows), [customer.provided_id for customer in raised.value.customers]  # type: ignore[attr-defined]

    assert run(main()) == (10, [])


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


def test_a_task_that_somebody_else_cancels_is_no_quiet_loss() -> None:
    """A session that closes cancels who waits for a connection: that ends in an error, not in a shorter list."""
    transport = Scripted(ids(60), script={3: [asyncio.CancelledError()]})
    with pytest.raises(ClientClosed):
        run(everything(transport))


def test_a_list_without_proof_is_read_to_its_end() -> None:
    """When it is certain that nothing will be proved, the pages still to come are read all the same, once each."""
    # Pages 2 to 4 have the rows of page 1, and the total is steady: `page` passes for ignored.
    transport = Scripted(answer=lambda number, size: reply_of(200, body_of(page_rows(number, size), 95)))

    def page_rows(number: int, size: int) -> list[str]:
        first = 0 if number <= 4 else (number - 1) * size
        return ids(95)[first : first + size]

    with pytest.raises(ListingChanged, match="same rows for different pages") as raised:
        run(everything(transport, max_concurrency=1))
    assert transport.asked == list(range(1, 11))
    assert [customer.provided_id for customer in raised.value.customers] == [*ids(95)[:10], *ids(95)[40:]]


def test_a_total_that_is_too_large_leaves_every_row_on_the_error() -> None:
    """A total of 205 for 200 rows: "checked" raises with all of them, and "verified" gives the list."""

    def answer(number: int, size: int) -> Answer:
        return reply_of(200, body_of(ids(200)[(number - 1) * size : number * size], 205))

    with pytest.raises(ListingChanged, match=r'total 205, 200 customers found; .*"verified"') as raised:
        run(everything(Scripted(answer=answer)))
    assert [customer.provided_id for customer in raised.value.customers] == ids(200)
    assert raised.value.report.verdict == "incomplete"
    assert run(everything(Scripted(answer=answer), consistency="verified")) == ids(200)


def test_a_ledger_that_is_stuck_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that is not closed although no page is wanted would be a bug: it is raised, and does not hang."""
    monkeypatch.setattr(Ledger, "closed", False)
    monkeypatch.setattr(Ledger, "wanted", lambda *_, **__: [])
    with pytest.raises(AssertionError, match="wants no page and is not closed"):
        run(everything(Scripted(ids(60))))


def test_a_bug_in_the_progress_callback_reaches_the_caller() -> None:
    """What `on_progress` raises ends the run and is raised from it."""

    def broken(_: Progress) -> None:
        msg = "broken"
        raise ZeroDivisionError(msg)

    with pytest.raises(ZeroDivisionError):
        run(everything(Scripted(ids(60)), on_progress=broken))


def test_progress_counts_up_to_the_whole_list() -> None:
    """`on_progress` gets one Progress an answer; the last one has everything, and nothing more to wait for."""
    seen: list[Progress] = []
    run(everything(Scripted(ids(95)), on_progress=seen.append))
    # Ten pages, and the COUNT, which is none.
    assert [progress.pages for progress in seen] == [*range(1, 11), 10]
    assert [progress.requests for progress in seen[-2:]] == [10, 11]
    assert [progress.customers for progress in seen[-2:]] == [95, 95]
    assert (seen[-1].customers, seen[-1].total_count, seen[-1].pages_total, seen[-1].eta) == (95, 95, 10, 0.0)
    assert seen[0].eta is not None
    assert seen[0].eta > 0


def test_a_senseless_total_is_refused_before_pages_are_planned() -> None:
    """A total that would need more than a million pages is a DecodeError after one request."""
    transport = Scripted(answer=lambda *_: reply_of(200, body_of(ids(2), 900_000_000)))
    with pytest.raises(DecodeError, match="total_count 900000000 would need 450000000 pages of 2"):
        run(everything(transport))
    assert transport.asked == [1]


def test_verified_needs_a_server_that_heeds_the_page_size() -> None:
    """A second pass with other pages is impossible where the size is ignored: a clear error, not a weaker check."""
    rows = ids(60)
    transport = Scripted(rows, answer=lambda number, _: page_of(rows, number, 20))
    with pytest.raises(ConfigurationError, match="cannot verify"):
        run(everything(transport, consistency="verified", page_size=30))


def test_unchecked_takes_one_pass_and_dedupes_nothing() -> None:
    """`consistency="off"` returns what the pages hold, whatever they hold, in one request a page."""
    rows = ids(30)
    transport = Scripted(rows, answer=lambda _, size: page_of(rows, 1, size))
    assert run(everything(transport, consistency="off")) == rows[:10] * 3
    assert sorted(transport.asked) == [1, 2, 3]


@pytest.mark.parametrize("hint", [30, 100, 55])
def test_a_hint_saves_the_wait_for_page_1(hint: int) -> None:
    """With `expected_total` the pages it implies go out together with page 1; the result is the same.

    The COUNT is sent when all that was sent before has come, and takes as long as a page.
    """
    transport = Scripted(ids(55))

    async def main() -> tuple[list[str], float]:
        rows = await everything(transport, expected_total=hint, max_concurrency=16)
        return rows, asyncio.get_running_loop().time()

    rows, now = run(main())
    assert rows == ids(55)
    assert now == pytest.approx(1000.2 if hint >= 55 else 1000.3)
    assert len(transport.asked) == max(6, hint // 10) + 1
    assert transport.queries[-1] == COUNT


def test_a_hint_for_pages_cut_otherwise_is_dropped() -> None:
    """Pages asked for on a hint are not used when page 1 shows that the server applies another size."""
    rows = ids(55)
    transport = Scripted(rows, latencies={2: 5.0}, answer=lambda number, size: page_of(rows, number, min(size, 7)))
    assert run(everything(transport, expected_total=55)) == rows


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


def test_a_hinted_page_that_somebody_else_cancels_is_no_hang() -> None:
    """The same before page 1 has come: the run ends in ClientClosed, and nobody waits for ever."""
    transport = Scripted(ids(55), latencies={1: 5.0}, script={2: [asyncio.CancelledError()]})
    with pytest.raises(ClientClosed):
        run(everything(transport, expected_total=55))
