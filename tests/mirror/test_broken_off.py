"""Runs that are cancelled, or lose their server, at any moment: all is as it was."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ExploClient, MirrorError
from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang
from explo_async.mirror import mirror, run, settle, statements
from tests.mirror.bases import current, runs, served_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.mirror.bases import Base, PostgresBase, SqliteBase


async def test_a_run_that_is_cancelled_while_it_fetches(base: Base, emulator: Emulator, explo: ExploClient) -> None:
    """Leaves all as it was: no table, no file."""
    async with Emulator(5000, faults=[Hang(page=3)]) as slow, ExploClient(slow.token, base_url=slow.url) as client:
        asked = asyncio.Event()
        slow.on_request = lambda seen: asked.set() if seen.page == 3 else None
        for _ in range(2):
            asked.clear()
            before = await runs(base) if _ else None
            running = asyncio.create_task(mirror(client, base.url))
            await asked.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            if before is None:
                assert await base.rows(_tables(base)) == []
                await mirror(explo, base.url)
            else:
                assert await runs(base) == before
                assert await current(base) == served_by(emulator)


def _tables(base: Base) -> str:
    if "postgresql" in base.url:
        return "select tablename from pg_tables where schemaname = 'public'"
    return "select name from sqlite_master"


LONG = {
    "sqlite": "with recursive n (i) as (select begun() union all select i + 1 from n where i < 1e10) select max(i) from n",
    "postgresql": "select pg_sleep(100)",
}
"""A statement that takes minutes."""


@pytest.mark.parametrize("where", ["find_fresh", "fresh"])
async def test_a_run_that_is_cancelled_while_it_writes(
    base: Base, emulator: Emulator, explo: ExploClient, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The statement is broken off, all is as it was, and nothing is left locked."""
    await mirror(explo, base.url, history=True)
    before = await current(base)
    emulator.change(emulator.provided_ids[0], name="Another")
    loop = asyncio.get_running_loop()
    real: Callable[..., Any] = getattr(statements, "write_fresh" if where == "fresh" else "find_fresh")
    rehearsed: list[bool] = []

    def cancel(*arguments: Any) -> Any:
        if rehearsed:
            if base.url.startswith("sqlite"):
                driver: Any = connections[0].connection.driver_connection
                driver.create_function("begun", 0, begun)
            else:
                loop.call_soon(running.cancel)
            connections[0].exec_driver_sql(LONG[base.url.partition(":")[0]]).all()
        rehearsed.append(True)
        return real(*arguments)

    def begun() -> int:
        loop.call_soon_threadsafe(running.cancel)
        return 1

    connections: list[Connection] = []
    prepare = settle._prepare

    def note(connection: Connection, asked: Any) -> Any:
        connections[:] = [connection]
        return prepare(connection, asked)

    monkeypatch.setattr(settle, "_prepare", note)
    monkeypatch.setattr(statements, "write_fresh" if where == "fresh" else "find_fresh", cancel)
    running = asyncio.create_task(mirror(explo, base.url, history=True))
    with pytest.raises(asyncio.CancelledError):
        await running
    monkeypatch.undo()
    assert len(rehearsed) == 1
    assert await current(base) == before
    assert await runs(base) == [(1,)]
    assert (await mirror(explo, base.url, history=True)).changed == 1


async def test_a_run_that_is_cancelled_before_it_commits(
    sqlite_base: SqliteBase, emulator: Emulator, explo: ExploClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All has been written, and is taken back: whoever cancels is told of no run."""
    await mirror(explo, sqlite_base.url)
    emulator.delete_at(0)
    loop, heard, real = asyncio.get_running_loop(), threading.Event(), settle.settle

    async def cancel() -> None:
        running.cancel()
        # The run has its turns in between, and hears of it.
        for _ in range(5):
            await asyncio.sleep(0)
        heard.set()

    def settle_and_cancel(*arguments: Any, **more: Any) -> Any:
        done = real(*arguments, **more)
        asyncio.run_coroutine_threadsafe(cancel(), loop)
        assert heard.wait(60)
        return done

    monkeypatch.setattr(run, "settle", settle_and_cancel)
    running = asyncio.create_task(mirror(explo, sqlite_base.url))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await runs(sqlite_base) == [(1,)]
    assert len(await current(sqlite_base)) == 2345


async def test_a_server_that_goes_away(postgres_base: PostgresBase, explo: ExploClient, monkeypatch: Any) -> None:
    """A connection that is cut in the midst of a run changes nothing, and says so."""
    real = settle._check_removals

    def cut(*arguments: Any) -> None:
        connection = connections[0]
        connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")
        real(*arguments)

    connections: list[Connection] = []
    prepare = settle._prepare

    def note(connection: Connection, asked: Any) -> Any:
        connections[:] = [connection]
        return prepare(connection, asked)

    monkeypatch.setattr(settle, "_prepare", note)
    monkeypatch.setattr(settle, "_check_removals", cut)
    with pytest.raises(
        MirrorError,
        match="(terminating connection|connection was closed) .*; see whether the server is up, and try again",
    ):
        await mirror(explo, postgres_base.url)
    monkeypatch.undo()
    assert await postgres_base.rows(_tables(postgres_base)) == []
    assert (await mirror(explo, postgres_base.url)).run == 1
