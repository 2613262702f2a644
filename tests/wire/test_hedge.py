from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from explo_async import ExploClient
from explo_async.decode.page import decode_page
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang
from explo_async.plan import Ask
from explo_async.wire.answer import Answer
from explo_async.wire.call import Call, Filters
from explo_async.wire.hedge import first_answer
from explo_async.wire.page_source import MOST_REMEMBERED
from tests.helpers.scripted import Scripted, ids, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from collections.abc import Callable

Script = list[tuple[float, Answer | Exception]]
FIRST, SECOND = reply_of(200, b"first"), reply_of(200, b"second")
BROKEN = ConnectionError("broken")


def race(script: Script, *, after: float = 1.0, sent_after: float = 0.0) -> tuple[Answer | str, float, int]:
    """Play requests that take so long and end so; return what won, when, and how many were still cancelled."""
    cancelled = 0

    async def send(on_sent: Callable[[], None]) -> Answer:
        nonlocal cancelled
        seconds, end = script.pop(0)
        await asyncio.sleep(sent_after)
        on_sent()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            cancelled += 1
            raise
        if isinstance(end, Exception):
            raise end
        return end

    async def main() -> tuple[Answer | str, float, int]:
        try:
            won: Answer | str = await first_answer(send, after)
        except ConnectionError as error:
            won = str(error)
        assert len(asyncio.all_tasks()) == 1
        return won, asyncio.get_running_loop().time() - 1000.0, cancelled

    return run(main())


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([(0.5, FIRST)], (FIRST, 0.5, 0)),
        ([(5.0, FIRST), (0.5, SECOND)], (SECOND, 1.5, 1)),
        ([(1.2, FIRST), (0.5, SECOND)], (FIRST, 1.2, 1)),
        ([(0.5, BROKEN)], ("broken", 0.5, 0)),
        ([(5.0, FIRST), (0.5, BROKEN)], (FIRST, 5.0, 0)),
        ([(1.2, BROKEN), (0.5, SECOND)], (SECOND, 1.5, 0)),
        ([(1.2, BROKEN), (0.5, BROKEN)], ("broken", 1.5, 0)),
    ],
)
def test_the_first_answer_wins(script: Script, expected: tuple[Answer | str, float, int]) -> None:
    """A late answer makes a second request; the first answer counts, a failure leaves it to the other."""
    won, at, cancelled = race(script)
    assert (won, cancelled) == (expected[0], expected[2])
    assert at == pytest.approx(expected[1])


def test_the_time_counts_from_the_sending() -> None:
    """A request that waits long for its turn is not hedged for that."""
    assert race([(0.5, FIRST)], sent_after=10.0) == (FIRST, 10.5, 0)


def test_a_cancelled_hedge_leaves_nothing() -> None:
    """Cancelling while both are on their way ends both."""
    transport = Scripted(ids(20), latency=100.0)

    async def main() -> None:
        pages = transport.pages()
        pages.hedge_after = 1.0
        task = asyncio.create_task(pages.get(Ask(1, 10), Call(decode=decode_page)))
        await asyncio.sleep(2)
        assert transport.in_flight == 2
        task.cancel()
        await asyncio.wait([task])
        assert transport.in_flight == 0
        assert len(asyncio.all_tasks()) == 1

    run(main())


async def test_a_hedge_takes_another_connection_and_a_slot_of_the_quota() -> None:
    """Over a real socket: a page that hangs is asked for once more, and the list arrives long before the timeout.

    That is three pages, the hedge, and the COUNT.
    """
    async with (
        Emulator(30, faults=[Hang(page=2, attempt=1)]) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, hedge_after=0.1) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 30
        assert customers.report.stats.requests == emulator.requests == 3 + 1 + 1
        assert customers.report.stats.retries == 0


async def test_the_second_list_of_a_client_asks_for_all_pages_at_once() -> None:
    """A client remembers how long a list was, for each filter, and does not wait for page 1 the next time."""
    async with Emulator(30, latency=0.02) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list(page_size=10)) == 30
        assert emulator.peak_in_flight == 2
        assert len(await explo.customers.list(page_size=10)) == 30
        assert emulator.peak_in_flight == 3
        # Three pages and a COUNT each time.
        assert emulator.requests == 8


def test_only_so_many_totals_are_remembered() -> None:
    """The memory of a client that asks for very many different lists is bounded."""

    async def main() -> tuple[dict[Filters, int], dict[int, int]]:
        pages = Scripted().pages()
        for number in range(MOST_REMEMBERED + 5):
            pages.remember(Filters(parent_provided_id=f"{number}"), number, asked=number, applied=number)
        return pages.totals, pages.sizes

    for memory in run(main()):
        assert len(memory) == MOST_REMEMBERED
        assert next(iter(memory.values())) == 5
