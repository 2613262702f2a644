"""A listing that is over is let go, though the client goes on."""

from __future__ import annotations

import asyncio
import gc

import pytest

from explo_async.emulator import Emulator
from explo_async.engine.dispatch import Dispatch
from tests.helpers.clients import client_of


@pytest.mark.parametrize("streamed", [False, True])
async def test_no_connection_keeps_a_listing(*, streamed: bool) -> None:
    """Of millions of customers the ids alone are a hundred megabytes, and a connection stays open for a while."""
    async with Emulator(3000) as emulator, client_of(emulator) as explo:
        if streamed:
            async with explo.customers.stream() as stream:
                assert len([customer async for customer in stream]) == 3000
            del stream
        else:
            assert len(await explo.customers.list()) == 3000
        # Callbacks that were due have been called.
        await asyncio.sleep(0)
        gc.collect()
        assert not [each for each in gc.get_objects() if isinstance(each, Dispatch)]
