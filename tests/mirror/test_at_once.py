"""Several runs at once, and others who read and write: one list at a time, whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from explo_async import ExploClient, MirrorError
from explo_async.emulator import Emulator
from explo_async.mirror import MirrorRun, mirror, run, sqlite
from explo_async.mirror import postgres as postgres_module
from tests.mirror.bases import current, runs, served_by

if TYPE_CHECKING:
    from tests.mirror.bases import Base, PostgresBase, SqliteBase


@pytest.mark.parametrize("is_first", [True, False])
async def test_one_of_several_at_once(base: Base, emulator: Emulator, explo: ExploClient, *, is_first: bool) -> None:
    """The one that is first counts; whoever began before its end changes nothing, and says why."""
    if not is_first:
        await mirror(explo, base.url, history=True)
        emulator.change(emulator.provided_ids[0], name="Another")
    done = await asyncio.gather(*(mirror(explo, base.url, history=True) for _ in range(4)), return_exceptions=True)
    won = [each for each in done if isinstance(each, MirrorRun)]
    told = [str(each) for each in done if isinstance(each, MirrorError)]
    # Whoever begins once another is over counts as well.
    assert won
    assert len(won) + len(told) == 4
    assert all("wrote into 'explo_customers'" in each and "try again" in each for each in told)
    assert await current(base) == served_by(emulator)
    assert await runs(base) == [(number,) for number in range(1, len(won) + 2 - is_first)]
    assert (await mirror(explo, base.url, history=True)).unchanged == 2345


async def test_an_older_list_does_not_win(
    base: Base, emulator: Emulator, explo: ExploClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was overtaken while it fetched writes nothing, though it ends later."""
    await mirror(explo, base.url)
    fetch = run._fetch

    async def overtake(*arguments: Any) -> Any:
        report = await fetch(*arguments)
        monkeypatch.undo()
        emulator.change(emulator.provided_ids[0], name="Another")
        assert (await mirror(explo, base.url)).changed == 1
        return report

    monkeypatch.setattr(run, "_fetch", overtake)
    with pytest.raises(MirrorError, match=r"another run, run 2, wrote into .*nothing was changed.*try again"):
        await mirror(explo, base.url)
    assert await current(base) == served_by(emulator)
    assert await runs(base) == [(1,), (2,)]


async def test_a_file_that_is_locked(
    sqlite_base: SqliteBase, explo: ExploClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for, beside the event loop; not for ever."""
    await mirror(explo, sqlite_base.url)
    waits = asyncio.Event()
    loop = asyncio.get_running_loop()

    def note() -> float:
        loop.call_soon_threadsafe(waits.set)
        return monotonic()

    monkeypatch.setattr(sqlite, "monotonic", note)
    with closing(sqlite3.connect(sqlite_base.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        running = asyncio.create_task(mirror(explo, sqlite_base.url))
        await waits.wait()
        waits.clear()
        await waits.wait()
        other.execute("rollback")
        assert (await running).run == 2
        other.execute("begin immediate")
        monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
        with pytest.raises(
            MirrorError, match="database is locked; another run, or somebody else, writes into the file"
        ):
            await mirror(explo, sqlite_base.url)
        monkeypatch.setattr(sqlite, "PATIENCE", 60.0)
        waits.clear()
        running = asyncio.create_task(mirror(explo, sqlite_base.url))
        await waits.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        other.execute("rollback")
    assert await runs(sqlite_base) == [(1,), (2,)]


async def test_a_table_that_is_locked(
    postgres_base: PostgresBase, explo: ExploClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for longer than a while."""
    await mirror(explo, postgres_base.url)
    monkeypatch.setattr(postgres_module, "PATIENCE", 0.3)
    other = await asyncpg.connect(postgres_base.url)
    async with other.transaction():
        await other.execute("lock table explo_customers in share mode")
        with pytest.raises(MirrorError, match="lock timeout; another run, or somebody else, holds the mirror's tables"):
            await mirror(explo, postgres_base.url)
    await other.close()
    assert (await mirror(explo, postgres_base.url)).run == 2


async def test_readers_see_whole_lists(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """While runs follow each other a reader finds the list of one of them, and is kept waiting by none."""
    await mirror(explo, base.url)
    names = {0: 0}
    for each in emulator.provided_ids:
        emulator.change(each, name="0")
    await mirror(explo, base.url)
    seen = set()

    async def read() -> None:
        while names[0] < 5:
            ((low, high, count),) = await base.rows("select min(name), max(name), count(*) from explo_customers")
            assert low == high
            assert count == 2345
            seen.add(low)
            # SQLite's own module has not waited.
            await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    for number in range(1, 6):
        for each in emulator.provided_ids:
            emulator.change(each, name=str(number))
        await mirror(explo, base.url)
        names[0] = number
    await reading
    assert len(seen) > 1


async def test_whoever_closes_the_file_is_waited_for(sqlite_base: SqliteBase) -> None:
    """The last to close a file with a write-ahead log locks it for a moment: no run fails by that."""
    over = threading.Event()

    def open_and_close() -> None:
        while not over.is_set():
            with closing(sqlite3.connect(sqlite_base.path, timeout=60)) as reader:
                reader.execute("select count(*) from explo_customers").fetchall()

    async with Emulator(20) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        await mirror(explo, sqlite_base.url)
        readers = [asyncio.create_task(asyncio.to_thread(open_and_close)) for _ in range(2)]
        try:
            for number in range(2, 30):
                assert (await mirror(explo, sqlite_base.url)).run == number
        finally:
            over.set()
            await asyncio.gather(*readers)
