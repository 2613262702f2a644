"""Requests going out: which, how many at once, what follows an answer, and what progress is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async import ExploClient
from explo_async.completeness.ledger import Ledger
from explo_async.emulator import Emulator
from explo_async.errors import ClientClosed, ListingChanged, ServerError
from tests.helpers.scripted import COUNT, Scripted, body_of, ids, page_of, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.progress import Progress

from tests.helpers.scripted import everything

FAILING = reply_of(503)


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


def test_a_dead_server_is_not_stormed() -> None:
    """50 workers on a server that is down make fewer than 300 requests in all."""
    rows = ids(10_000)
    transport = Scripted(rows, answer=lambda number, size: page_of(rows, 1, size) if number == 1 else FAILING)
    with pytest.raises(ServerError):
        run(everything(transport, max_concurrency=50))
    assert len(transport.asked) < 300


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


def test_unchecked_takes_one_pass_and_dedupes_nothing() -> None:
    """`consistency="off"` returns what the pages hold, whatever they hold, in one request a page."""
    rows = ids(30)
    transport = Scripted(rows, answer=lambda _, size: page_of(rows, 1, size))
    assert run(everything(transport, consistency="off")) == rows[:10] * 3
    assert sorted(transport.asked) == [1, 2, 3]


async def test_an_order_that_is_not_stable_is_not_trusted_any_more() -> None:
    """What a page shows of it counts for all that the client fetches later."""
    async with (
        Emulator(30, quota=None, order="ties", seed=3) as server,
        ExploClient(server.token, base_url=server.url, rate_limit=None) as explo,
    ):
        customers = await explo.customers.list(page_size=5)
        assert customers.report.contradictions > 0
        assert not explo._open().trusts_order
