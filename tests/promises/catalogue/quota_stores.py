"""What can become of the store of a shared quota."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import tempfile
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async import DeadlineExceeded, QuotaUnavailable, SharedQuota
from explo_async.emulator import Emulator
from explo_async.pacing.stores import file as file_module
from explo_async.pacing.stores import open_store
from tests.helpers.redis_server import RedisServer, what_is_missing
from tests.promises.catalogue.case import Case, Data, Raises
from tests.promises.catalogue.places import CUSTOMERS, TEAM_TOKEN, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from tests.promises.catalogue.places import Opening

GROUP = "Quota"
NAMED = "the quota's store .* cannot be used: "
NOBODY = 65534
ROOM = 8192
"""Bytes that fit on the full disk."""
SLOW = 0.1


def in_file(prepare: Callable[[Path], AbstractContextManager[None]]) -> Opening:
    """Run a local Explo, and keep the quota in a file of which something is to be said."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "quota.sqlite")
            async with Emulator(CUSTOMERS, token=TEAM_TOKEN) as emulator:
                await use(SharedQuota(path), emulator.url)
                with prepare(path):
                    yield Place(url=emulator.url, emulator=emulator, rate_limit=SharedQuota(path))

    return opening


def in_redis(prepare: Callable[[RedisServer, Emulator], AbstractAsyncContextManager[str]]) -> Opening:
    """Run a local Explo, and keep the quota in a Redis at an address that is made of its own."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Place]:
        if missing := what_is_missing():
            pytest.skip(missing)
        with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder), repl_diskless_sync_delay="0") as server:
            async with Emulator(CUSTOMERS, token=TEAM_TOKEN) as emulator:
                await use(SharedQuota(server.url), emulator.url)
                async with prepare(server, emulator) as url:
                    yield Place(url=emulator.url, emulator=emulator, rate_limit=SharedQuota(url))

    return opening


async def use(quota: SharedQuota, origin: str) -> None:
    """Have a window that nobody has used, and nobody has lost."""
    store = open_store(quota, origin)
    await store.reset()
    await store.close()


@contextmanager
def full(path: Path) -> Iterator[None]:
    """Let this process make no larger files."""
    import resource  # noqa: PLC0415 -- not everywhere

    path.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Take the right to write away, and root's right to do so all the same."""
    path.chmod(0o444)
    path.parent.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.parent.chmod(0o700)


@contextmanager
def newer(path: Path) -> Iterator[None]:
    """Say that a version has written it that is still to come."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    yield


@contextmanager
def on_nfs(path: Path) -> Iterator[None]:
    """Have the system say that other hosts see the file, too."""
    mounts = path.with_name("mountinfo")
    mounts.write_text("22 1 0:50 / / rw - nfs4 server:/export rw\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "_MOUNTS", mounts)
        yield


@asynccontextmanager
async def away(server: RedisServer, _: Emulator) -> AsyncIterator[str]:
    """Leave its port to nobody."""
    server.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", server.port))
        yield server.url


@asynccontextmanager
async def going_away(server: RedisServer, emulator: Emulator) -> AsyncIterator[str]:
    """End it once the first request has come."""
    emulator.on_request = lambda _: server.stop()
    yield server.url


@asynccontextmanager
async def slow(server: RedisServer, _: Emulator) -> AsyncIterator[str]:
    """Put it far away."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(carry(reader, up_writer, SLOW), carry(up_reader, writer, 0.0))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
        while data := await reader.read(65536):
            await asyncio.sleep(seconds)
            writer.write(data)
        writer.close()

    far = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with far:
        yield f"redis://127.0.0.1:{far.sockets[0].getsockname()[1]}/0"


@asynccontextmanager
async def restarted(server: RedisServer, _: Emulator) -> AsyncIterator[str]:
    """Start it anew, empty."""
    server.restart()
    yield server.url


@asynccontextmanager
async def failed_over(server: RedisServer, _: Emulator) -> AsyncIterator[str]:
    """Let a replica take over that has all that was kept."""
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as replica:
        replica.run("REPLICAOF", "127.0.0.1", server.port)
        while not replica.run("DBSIZE"):  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0.01)
        server.stop()
        replica.run("REPLICAOF", "NO", "ONE")
        yield replica.url


def unusable(name: str, what: str, opening: Opening, why: str, *, page: int = 1) -> Case:
    """Make a case of a store that cannot be used."""
    outcome = Raises(error=QuotaUnavailable, match=f"{NAMED}{why}", page=page, asks=None, note="names it, and why")
    return Case(name=name, group=GROUP, what=what, opening=opening, outcome=outcome)


def shut(name: str, what: str, opening: Opening, why: str) -> Case:
    """Make a case of a store that has to wait until what may have been sent before is over."""
    note = "says why, if `timeout=` is shorter than the 95 s for which nothing is sent"
    outcome = Raises(error=DeadlineExceeded, match=why, asks=None, note=note)
    return Case(name=name, group=GROUP, what=what, opening=opening, outcome=outcome, call={"timeout": 3.0})


FILES = [
    unusable("full disk", "a full disk", in_file(full), "the (disk is full|file cannot be read or written)"),
    unusable("read-only file", "a file that is read-only", in_file(read_only), "the file cannot be written"),
    unusable("newer file", "a file of a newer version", in_file(newer), "the file is of a newer version"),
    unusable("NFS", "a file on NFS", in_file(on_nfs), "it lies on a file system of the kind nfs4"),
]
REDIS = [
    unusable("store down", "a Redis that is down at the start, or goes down", in_redis(away), "it cannot be reached"),
    unusable(
        "store going down",
        "a Redis that is down at the start, or goes down",
        in_redis(going_away),
        "it cannot be reached",
        page=2,
    ),
    Case(
        name="slow store",
        group=GROUP,
        what="a Redis that takes 100 ms for each answer",
        opening=in_redis(slow),
        outcome=Data(least=SLOW),
    ),
    shut("store restarted", "a Redis that was restarted empty", in_redis(restarted), "has just been started"),
    shut(
        "store failed over",
        "a replica of Redis that has taken over",
        in_redis(failed_over),
        "was restarted, or another",
    ),
]
CASES = [*REDIS, *FILES]
