"""What a look at a file shows where more than the file has changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.store import StoreFailure

if TYPE_CHECKING:
    from pathlib import Path


def test_what_an_earlier_start_of_the_host_left_is_over(tmp_path: Path) -> None:
    """A look shows what the next request will meet: the clock has begun anew, and all slots are free."""

    async def main() -> list[int]:
        held = []
        for clock, run in ((90_000.0, "first"), (90_001.0, "first"), (50.0, "second")):
            store = FileStore(tmp_path / "quota.sqlite", "explo", clock=lambda clock=clock: clock, run=run)  # type: ignore[misc]
            if clock == 90_000.0:
                await store.exchange(Message(holder="a", requests=3, per=60.0, hold=35.0, wants=2))
            state = (await store.look()).state
            assert state is not None
            held.append(sum(len(holder.leases) for holder in state.holders))
            await store.close()
        return held

    assert asyncio.run(main()) == [2, 2, 0]


def test_the_home_of_a_user_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a folder that is not there, not a crash."""
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        store = FileStore(type(tmp_path)("~nobody-of-that-name/quota.sqlite"), "explo")
        with pytest.raises(StoreFailure, match="its folder does not exist"):
            await store.look()
        await store.close()

    asyncio.run(main())
