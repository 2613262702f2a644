"""A stream: the same customers while they come, once, and nothing left of it when it is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.helpers.tasks import ours

if TYPE_CHECKING:
    from explo_async import ExploClient
    from explo_async.emulator import Emulator


async def test_stream_gives_the_same_customers(explo: ExploClient) -> None:
    """`stream` gives what `list` gives, one by one or page by page, and a report once it has ended."""
    whole = await explo.customers.list(page_size=300)
    stream = explo.customers.stream(page_size=300)
    assert (stream.total_count, stream.report, stream.stats.pages) == (None, None, 0)
    assert [customer async for customer in stream] == whole
    assert stream.total_count == 2345
    assert stream.report is not None
    assert stream.report.verdict == "complete"
    assert (stream.stats.pages, stream.stats.requests) == (8, 9)
    pages = [page async for page in explo.customers.stream(page_size=300).pages()]
    assert [page.number for page in pages] == list(range(1, 9))
    assert [customer for page in pages for customer in page.customers] == whole
    shuffled = [customer async for customer in explo.customers.stream(page_size=300, ordered=False)]
    assert sorted(shuffled, key=lambda customer: customer.provided_id) == whole


async def test_leaving_a_stream_leaves_nothing(explo: ExploClient, emulator: Emulator) -> None:
    """Breaking out of the loop ends every task of the stream, also when the stream itself is still held."""
    stream = explo.customers.stream(page_size=20)
    seen = 0
    async for _ in stream:
        seen += 1
        assert ours(asyncio.all_tasks())
        if seen == 10:
            break
    await asyncio.sleep(0)
    await emulator.drain()
    assert not ours(asyncio.all_tasks())
    assert emulator.requests < 40


async def test_async_with_ends_a_stream_before_the_block_is_left(emulator: Emulator, explo: ExploClient) -> None:
    """`async with stream` has cancelled and awaited everything when the block is over."""
    async with explo.customers.stream(page_size=20) as stream:
        async for _ in stream:
            assert ours(asyncio.all_tasks())
            break
    assert not ours(asyncio.all_tasks())
    assert emulator.requests < 40
    async with explo.customers.stream() as unused:
        assert unused.stats.requests == 0


async def test_a_stream_is_gone_through_once(explo: ExploClient) -> None:
    """A second loop over the same stream is a clear error."""
    stream = explo.customers.stream()
    async for _ in stream:
        break
    with pytest.raises(RuntimeError, match="begun before"):
        aiter(stream)
    assert aiter(pages := explo.customers.stream().pages()) is pages
    assert aiter(one := aiter(explo.customers.stream())) is one
