"""Pages that go out together with page 1: when, and when they are of no use."""

from __future__ import annotations

import asyncio

import pytest

from explo_async.errors import ClientClosed
from tests.helpers.scripted import COUNT, Scripted, everything, ids, page_of
from tests.helpers.virtual import run


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
