"""Pages that go out together with page 1: when, and when they are of no use."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve

from explo_async.engine.head_start import HeadStart
from explo_async.engine.listing import Listing
from explo_async.engine.tasks import Asked
from explo_async.errors import ClientClosed
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.plan import Ask
from explo_async.wire.call import Filters
from explo_async.wire.dialect import Dialect
from tests.helpers.scripted import COUNT, Scripted, everything, ids, page_of
from tests.helpers.virtual import run

SOME = Filters(hierarchy_level_name="Level 1")


async def begun(
    remembered: int = 0, quota: RateLimit | None = None, applied: int = 10, **listing: Any
) -> HeadStart[object]:
    """Begin a listing of some customers whose client remembers how many they were, in pages of how many rows."""
    clock = asyncio.get_running_loop().time
    pages = Scripted().pages()
    pages.repeating = evolve(
        pages.repeating,
        gate=Gate(OwnSlots(Quota(quota), clock), Outage(RetryPolicy()), clock=clock, draw=lambda: 0.5),
    )
    pages.dialect = Dialect(path="/somewhere/", page_size_name="pageSize")
    if remembered:
        pages.remember(SOME, remembered, asked=10, applied=applied)
        pages.remember(Filters(), 999, asked=20, applied=20)
    return HeadStart(pages, Listing(filters=SOME, page_size=10, **listing))


@pytest.mark.parametrize(
    ("remembered", "options", "pages"),
    [
        pytest.param(0, {}, 0, id="nothing known"),
        pytest.param(55, {}, 6, id="remembered by the client"),
        pytest.param(55, {"applied": 7}, 8, id="in pages that the server cut short"),
        pytest.param(55, {"expected_total": 20}, 2, id="the caller knows better"),
        pytest.param(55, {"expected_total": 20, "applied": 7}, 3, id="the caller knows better, of such pages too"),
        pytest.param(55, {"expected_total": 0}, 0, id="the caller expects nobody"),
        pytest.param(0, {"expected_total": 21}, 3, id="known by the caller"),
        pytest.param(55, {"resume_from": ["a"]}, 0, id="most are there already"),
        pytest.param(55, {"resume_from": ["a"], "expected_total": 20}, 0, id="most are there, whoever knows"),
        pytest.param(55, {"quota": RateLimit(6)}, 6, id="the quota just allows it"),
        pytest.param(55, {"quota": RateLimit(5)}, 0, id="the quota would make page 1 wait"),
        pytest.param(55, {"quota": RateLimit(1), "expected_total": 55}, 6, id="the caller asks for it all the same"),
    ],
)
async def test_as_many_pages_go_out_as_the_list_had_last_time(
    remembered: int, options: dict[str, Any], pages: int
) -> None:
    """The caller's word counts first; what the client alone remembers must not cost a wait."""
    assert (await begun(remembered, **options)).pages == pages


@pytest.mark.parametrize(
    ("dialect", "size", "holds"),
    [
        (Dialect(path="/somewhere/", page_size_name="pageSize"), 10, True),
        (Dialect(path="/somewhere/", page_size_name="pageSize", confirmed=True), 10, True),
        (Dialect(path="/somewhere/", page_size_name="page_size"), 10, False),
        (Dialect(path="/elsewhere/", page_size_name="pageSize"), 10, False),
        (Dialect(path="/somewhere/", page_size_name="pageSize"), 7, False),
    ],
)
async def test_they_hold_when_page_1_was_understood_as_they_were_asked_for(
    dialect: Dialect, size: int, *, holds: bool
) -> None:
    """In another spelling, at another place or of another size they are forgotten, those that came as well."""
    start = await begun(expected_total=55)
    task: asyncio.Task[object] = asyncio.create_task(asyncio.sleep(0))
    await task
    start.early.append((Asked(Ask(2, 10)), task))
    assert start.holds(dialect, size) is holds
    assert len(start.early) == holds


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


def test_a_hinted_page_that_somebody_else_cancels_is_no_hang() -> None:
    """The same before page 1 has come: the run ends in ClientClosed, and nobody waits for ever."""
    transport = Scripted(ids(55), latencies={1: 5.0}, script={2: [asyncio.CancelledError()]})
    with pytest.raises(ClientClosed):
        run(everything(transport, expected_total=55))
