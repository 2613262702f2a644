"""Short outages cost nothing but time, and a dead server few requests: in virtual time, through the whole engine."""

from __future__ import annotations

import asyncio
import logging
from math import inf
from typing import TYPE_CHECKING

import pytest

from explo_async.decode.page import CUSTOMERS, decode_page
from explo_async.delivery.kept import Kept
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Listing
from explo_async.errors import DeadlineExceeded, ExploError, ServerError, TransportError
from explo_async.plan import Ask
from explo_async.wire.call import Call
from tests.helpers.scripted import Reply, Scripted, ids, page_of, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.models import Customer
    from explo_async.wire.page_source import PageSource

ROWS = ids(1000)
REFUSED = TransportError("no connection")


def server(begin: float, end: float, reply: Reply = REFUSED, latency: float = 0.1) -> Scripted:
    """Make a server that is away between two times."""

    def answer(number: int, size: int) -> Reply:
        now = asyncio.get_running_loop().time() - 1000.0
        if begin <= now < end:
            # Each failure is an error of its own.
            return reply if not isinstance(reply, BaseException) else TransportError("no connection")
        return page_of(ROWS, number, size)

    return Scripted(ROWS, answer=answer, latency=latency)


def fetch(pages: PageSource, **options: object) -> Fetch[Customer]:
    listing = Listing(page_size=10, **options)  # type: ignore[arg-type]
    return Fetch(pages, listing, CUSTOMERS, Kept(), window=None)


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1000.0


def own_lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "explo_async" and one.levelno == level]


@pytest.mark.parametrize("reply", [REFUSED, reply_of(502), reply_of(503), reply_of(504)], ids=str)
@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("concurrency", [1, 4, 16])
def test_an_outage_of_thirty_seconds_is_survived(reply: Reply, draw: float, concurrency: int) -> None:
    """In the middle of a list: everything comes, with no more requests than pages, those under way, and attempts."""
    transport = server(0.35, 30.35, reply)

    async def main() -> None:
        pages = transport.pages(max_concurrency=concurrency, draw=draw, is_gated=True)
        everything = fetch(pages)
        assert [customer.provided_id for customer in await everything.everything()] == ROWS
        assert everything.stats.retries <= concurrency + 6
        assert len(transport.asked) <= 101 + concurrency + 6
        assert pages.repeating.budget.left == 100

    run(main())


@pytest.mark.parametrize("began", [0.0, 0.35, 0.5])
@pytest.mark.parametrize("seconds", [1.5, 5.0, 30.0])
def test_an_outage_at_any_moment_is_survived(began: float, seconds: float) -> None:
    """Also when it is there from the first request on."""
    transport = server(began, began + seconds)

    async def main() -> float:
        rows = await fetch(transport.pages(max_concurrency=16, is_gated=True)).everything()
        assert len(rows) == len(ROWS)
        return elapsed()

    assert run(main()) < began + 2 * seconds + 10


@pytest.mark.parametrize("began", [0.0, 0.35])
@pytest.mark.parametrize("attempts", [1, 2, 6])
def test_a_dead_server_gets_few_requests_and_the_error_of_today(began: float, attempts: int) -> None:
    """At most as many as can be under way, and the attempts; the error is that of the last attempt."""
    transport = server(began, inf)

    async def main() -> int:
        everything = fetch(transport.pages(max_concurrency=16, is_gated=True, attempts=attempts))
        with pytest.raises(TransportError, match="no connection") as raised:
            await everything.everything()
        assert raised.value.attempts == attempts
        return sum(sent >= 1000.0 + began for sent in transport.sent_at)

    assert run(main()) <= (attempts if began == 0.0 else 16 + attempts)


def test_a_dead_server_gets_no_more_from_a_hundred_calls() -> None:
    """All that wait for the end of an outage get the error that ends it, each with its own page."""
    transport = server(0.0, inf)

    async def main() -> list[ExploError]:
        pages = transport.pages(max_concurrency=16, is_gated=True)
        calls = (pages.get(Ask(number, 10), Call(decode=decode_page)) for number in range(1, 101))
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert elapsed() < 40
        # What comes later begins anew.
        with pytest.raises(TransportError, match="after 6 attempts"):
            await pages.get(Ask(1, 10), Call(decode=decode_page))
        assert elapsed() > 60
        return [error for error in errors if isinstance(error, ExploError)]

    errors = run(main())
    assert {(type(error), error.attempts) for error in errors} == {(TransportError, 6)}
    assert len({id(error) for error in errors}) == 100
    assert len(transport.asked) <= 16 + 6 + 6


def test_a_page_that_alone_fails_fails_as_before() -> None:
    """It has its own attempts, while the others are fetched without a pause."""
    transport = Scripted(
        ROWS, answer=lambda number, size: reply_of(503) if number == 7 else page_of(ROWS, number, size)
    )

    async def main() -> float:
        everything = fetch(transport.pages(max_concurrency=4, is_gated=True))
        with pytest.raises(ServerError, match="page 7: .*after 6 attempts"):
            await everything.everything()
        assert everything.stats.pages > 60
        return elapsed()

    assert run(main()) == pytest.approx(0.1 + 0.2 + 5 * 0.1 + 7.75, abs=1.0)
    assert transport.asked.count(7) == 6


@pytest.mark.parametrize("latency", [0.0, 0.02, 0.1, 0.2])
def test_passing_failures_of_single_pages_slow_nothing_down(latency: float) -> None:
    """Ten single failures, slower or faster than an answer, cost hardly more time than where nobody waits for them."""
    failing = range(5, 100, 10)

    def seconds(*, is_gated: bool) -> float:
        transport = Scripted(
            ROWS, script={number: [reply_of(503)] for number in failing}, latencies=dict.fromkeys(failing, latency)
        )

        async def main() -> float:
            await fetch(transport.pages(max_concurrency=16, is_gated=is_gated)).everything()
            return elapsed()

        return run(main())

    assert seconds(is_gated=True) <= seconds(is_gated=False) + 0.5


def test_one_line_tells_of_an_outage_and_one_of_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """However many pages and probes it costs: a WARNING at its beginning, and its length at its end."""
    transport = server(0.35, 10.35)
    caplog.set_level(logging.INFO, "explo_async")
    run(fetch_all(transport))
    (warning,) = own_lines(caplog, logging.WARNING)
    assert warning.endswith(": no connection; asking again in 0.25 s, and all others wait until the server answers"), (
        warning
    )
    assert [line for line in own_lines(caplog, logging.INFO) if "again" in line] == [
        "the server answers again, after 16.4 s"
    ]


async def fetch_all(transport: Scripted) -> None:
    await fetch(transport.pages(max_concurrency=16, is_gated=True)).everything()


def test_after_an_outage_the_pages_follow_by_the_ramp() -> None:
    """When the probe is answered two requests follow, then four, and so on: not all at once."""
    transport = server(0.35, 10.35)
    run(fetch_all(transport))
    back = [sent for sent in transport.sent_at if sent > 1010.35]
    sizes = [back.count(moment) for moment in sorted(set(back))]
    assert sizes[:5] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("timeout", [1.0, 4.0, 20.0])
def test_a_timeout_within_an_outage_is_named_at_once(timeout: float) -> None:
    """No probe is waited for that cannot be in time: the error names the timeout, its cause is the last failure."""
    transport = server(0.35, inf)

    async def main() -> None:
        with pytest.raises(DeadlineExceeded, match="no connection.*; raise `timeout`") as raised:
            await fetch(transport.pages(max_concurrency=16, is_gated=True), timeout=timeout).everything()
        assert isinstance(raised.value.__cause__, TransportError)
        assert elapsed() < timeout

    run(main())
