"""A file that several make at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.pacing.stores.message import Reply


async def test_those_who_make_a_file_at_once_share_it(tmp_path: Path) -> None:
    """Whoever finds the file half made by another waits for it, and does not take it for another program's."""

    async def take(path: Path, holder: str) -> Reply:
        store = FileStore(path, "window")
        try:
            return await store.exchange(Message(holder=holder, requests=4, per=60.0, hold=10.0, wants=1))
        finally:
            await store.close()

    for number in range(50):
        path = tmp_path / f"{number}.sqlite"
        replies = await asyncio.gather(*(take(path, holder) for holder in "abcd"))
        assert [reply.granted for reply in replies] == [1] * 4
        assert len({reply.epoch for reply in replies}) == 1
