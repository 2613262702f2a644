"""What an error that ends a run carries: the rows that nobody was given before, as customers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from explo_async import ClientClosed, Customer, ExploClient, PermissionDenied
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Status
from tests.helpers.scripted import Scripted, ids, listing, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.progress import Progress


async def test_a_client_that_is_closed_leaves_what_had_come() -> None:
    """The error of a list that `close` ends has the customers of the pages that were there."""
    came = asyncio.Event()

    def note(progress: Progress) -> None:
        if progress.pages == 2:
            came.set()

    faults = [Hang("headers", page=3)]
    async with Emulator(30, faults=faults) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        call = asyncio.create_task(explo.customers.list(page_size=10, on_progress=note))
        await came.wait()
        await explo.close()
        with pytest.raises(ClientClosed) as raised:
            await call
    assert [customer.provided_id for customer in raised.value.customers] == list(emulator.provided_ids[:20])
    assert raised.value.missing_pages == (3,)


async def test_an_error_has_customers_whatever_was_asked_for() -> None:
    """The error that ends a stream of records carries customers, as its type says."""
    faults = [Status(403, page=3)]
    async with Emulator(30, faults=faults) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        pages = explo.customers.stream(page_size=10).records()
        assert (await anext(pages)).number == 1
        # Until the third page is refused, the second waits for the consumer.
        await emulator.drain()
        with pytest.raises(PermissionDenied) as raised:
            await anext(pages)
    assert {type(customer) for customer in raised.value.customers} <= {Customer}
    assert [customer.provided_id for customer in raised.value.customers] == list(emulator.provided_ids[10:20])


def test_a_long_list_that_fails_lets_others_run() -> None:
    """The rows of a kept list reach its error page by page, with a turn for the loop after each."""
    transport = Scripted(ids(500), latencies={50: 5.0}, script={50: [reply_of(403)]})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main() -> tuple[int, int]:
        fetch = listing(transport, max_concurrency=8)
        await fetch.over.wait()
        others = asyncio.create_task(count())
        await asyncio.sleep(0)
        before = turns
        with pytest.raises(PermissionDenied) as raised:
            await fetch.everything()
        others.cancel()
        await fetch.aclose()
        with pytest.raises(PermissionDenied):
            await fetch.everything()
        return turns - before, len(raised.value.customers)

    assert run(main()) == (49, 490)
