"""A window in Redis: a real server, in every state that it can be found in."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from explo_async.pacing.stores.message import LOST, STARTED, Message, Reply
from explo_async.pacing.stores.redis import RedisStore
from explo_async.pacing.stores.store import FORMAT, StoreFailure
from explo_async.pacing.window_state import State
from tests.helpers.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("redis_can_run")
AWAY = "it cannot be reached, or broke the connection off"


def message(holder: str = "a", **told: Any) -> Message:
    given: dict[str, Any] = {"holder": holder, "requests": 3, "per": 10.0, "hold": 30.0} | told
    return Message(**given)


@asynccontextmanager
async def opened(url: str, key: str | None = None, **options: Any) -> AsyncIterator[RedisStore]:
    store = RedisStore(url, f"explo:{uuid4()}" if key is None else key, **options)
    try:
        yield store
    finally:
        await store.close()


async def fail(store: RedisStore) -> StoreFailure:
    """Return what an exchange fails with, and look at nothing but the words."""
    with pytest.raises(StoreFailure) as raised:
        await store.exchange(message())
    return raised.value


async def test_what_is_told_is_there_for_the_next(redis_server: RedisServer) -> None:
    """Two clients of a key see each other, by the server's own clock; the state comes where it is asked for."""
    world: dict[str, Any] = {"world": (5.0, "run", 1e6)}
    async with opened(redis_server.url, **world) as one, opened(redis_server.url, one._key, **world) as other:
        assert (await one.exchange(message("a", wants=2))).state is None
        reply = await other.exchange(message("b", wants=2, details=True))
        assert (reply.granted, reply.clock) == (1, 5.0)
        assert reply.state is not None
        assert [holder.id for holder in reply.state.holders] == ["a", "b"]


async def test_the_clock_is_the_servers(redis_server: RedisServer) -> None:
    """Seconds since 1970, with their fractions; a look says so, and how long the server is up."""
    async with opened(redis_server.url) as store:
        before = await store.look()
        assert (before.state, before.warnings) == (None, [])
        assert before.kind.startswith(("Redis ", "Valkey "))
        await store.reset()
        reply = await store.exchange(message(wants=1))
        after = await store.look()
        assert after.clock == after.wall_clock
        assert before.clock <= reply.clock <= after.clock < before.clock + 60
        assert after.up >= 0
        assert after.state is not None
        assert len(after.state.holders[0].leases) == 1


async def test_a_server_that_has_just_been_started_is_shut_until_a_reset(redis_server: RedisServer) -> None:
    """Nobody has been sending, says a reset; then also those who knew another memory are let through."""
    async with opened(redis_server.url) as store:
        reply = await store.exchange(message(wants=1, hold=1e6))
        assert (reply.granted, reply.why) == (0, STARTED)
        await store.reset()
        assert (await store.exchange(message(wants=1, epoch="earlier"))).granted == 1


async def test_scripts_that_are_gone_are_sent_again(redis_server: RedisServer) -> None:
    """As after a restart, or SCRIPT FLUSH: the client does not notice."""
    async with opened(redis_server.url) as store:
        await store.reset()
        await store.exchange(message(wants=1))
        redis_server.run("SCRIPT", "FLUSH")
        assert (await store.exchange(message(first=1, wants=1))).granted == 1


async def test_a_server_that_was_restarted_empty(tmp_path: Path) -> None:
    """The first command may meet the closed connection; whoever knew the lost memory is not served before its end."""
    with RedisServer(tmp_path) as server:
        async with opened(server.url, "k") as store:
            epoch = (await store.exchange(message())).epoch
            server.stop()
            failure = await fail(store)
            assert (failure.why, failure.is_broken_off, failure.for_good) == (AWAY, True, False)
            assert (await fail(store)).why == AWAY
            server.start()
            reply = await store.exchange(message(epoch=epoch, wants=1))
            # To the end of what the lost memory may have granted, however long the start took: one that took a whole
            # second by the server's count would be over sooner by itself, and so the other reason is told.
            assert reply.granted == 0
            assert reply.shut == pytest.approx(40.0)
            assert reply.why in (STARTED, LOST)


async def test_a_server_that_is_not_there() -> None:
    """Not even for a look, or a reset."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with opened(f"redis://127.0.0.1:{taken.getsockname()[1]}/0") as store:
            for act in (store.look, store.reset):
                with pytest.raises(StoreFailure, match=AWAY):
                    await act()
            assert (await fail(store)).why == AWAY


async def test_a_name_that_does_not_exist() -> None:
    """The same, and no more is said: the address may hold a password."""
    async with opened("redis://:secret@quota.invalid:1/0") as store:
        failure = await fail(store)
        assert (failure.why, failure.__cause__, failure.__suppress_context__) == (AWAY, None, True)


async def test_a_server_that_never_answers() -> None:
    """It is given up after a while, and its late answer is not taken for that to another command."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        async with opened(url, answer_seconds=0.05) as store:
            failure = await fail(store)
            assert failure.why == "it has not answered within 0.05 s"
            assert not failure.is_broken_off


async def test_a_server_that_is_frozen_goes_on_afterwards(tmp_path: Path) -> None:
    """What it was told meanwhile counts, and each later command has its own answer."""
    with RedisServer(tmp_path) as server:
        async with opened(server.url, "k", answer_seconds=0.2) as store:
            await store.reset()
            await store.exchange(message("a"))
            server.freeze()
            assert (await fail(store)).why == "it has not answered within 0.2 s"
            server.thaw()
        async with opened(server.url, "k") as store:
            assert (await store.exchange(message("b", wants=3))).granted == 3
            assert (await store.exchange(message("c", wants=3))).granted == 0


@pytest.mark.parametrize("given", ["", ":wrong@", "nobody:wrong@"])
async def test_a_password_that_is_wrong_or_missing(given: str, tmp_path: Path) -> None:
    """Told as such, for good, and without showing it."""
    with RedisServer(tmp_path, password="right") as server:
        async with opened(server.url.replace(":right@", given)) as store:
            failure = await fail(store)
            assert (failure.why, failure.for_good) == ("it refuses user or password", True)
            with pytest.raises(StoreFailure, match="it refuses user or password"):
                await store.look()
        async with opened(server.url) as store:
            await store.reset()
            assert (await store.exchange(message(wants=1))).granted == 1


async def test_a_user_without_rights(tmp_path: Path) -> None:
    """Where the script may not run it says so; where only CONFIG is kept from the user, a look leaves it out."""
    with RedisServer(tmp_path, maxmemory_policy="allkeys-lru") as server:
        server.run("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+get")
        server.run("ACL", "SETUSER", "writer", "on", ">pw", "~*", "+@all", "-config")
        async with opened(server.url.replace("://", "://reader:pw@")) as store:
            assert (await fail(store)).why.startswith("it refuses: ")
        async with opened(server.url.replace("://", "://writer:pw@")) as store:
            await store.reset()
            assert (await store.exchange(message(wants=1))).granted == 1
            assert (await store.look()).warnings == []


async def test_a_replica_refuses(tmp_path: Path) -> None:
    """After a failover clients may still talk to the old one, which takes nothing any more."""
    with RedisServer(tmp_path) as server:
        async with opened(server.url) as store:
            await store.exchange(message())
            server.run("REPLICAOF", "127.0.0.1", "1")
            failure = await fail(store)
            assert failure.why.startswith("it refuses: ")
            assert "read only replica" in failure.why
            assert not failure.for_good


async def test_a_server_without_memory_refuses(tmp_path: Path) -> None:
    """Where it drops nothing that is the right thing to do."""
    with RedisServer(tmp_path, maxmemory_policy="noeviction") as server:
        async with opened(server.url) as store:
            await store.exchange(message())
            server.run("CONFIG", "SET", "maxmemory", "1mb")
            failure = await fail(store)
            assert "maxmemory" in failure.why
            assert (await store.look()).warnings == []


@pytest.mark.parametrize(("policy", "is_warned"), [("allkeys-lru", True), ("volatile-ttl", False)])
async def test_a_server_that_may_drop_the_window(policy: str, is_warned: bool, tmp_path: Path) -> None:
    """A look warns of it; keys without an expiry, as ours, are left alone by the other policies."""
    with RedisServer(tmp_path, maxmemory_policy=policy) as server:
        async with opened(server.url) as store:
            told = f"the server may drop the window when its memory is full (maxmemory-policy {policy})"
            assert (await store.look()).warnings == ([told] if is_warned else [])


async def test_what_a_newer_version_keeps_is_left_alone(redis_server: RedisServer) -> None:
    """For good, also when one only looks."""
    async with opened(redis_server.url) as store:
        kept = msgspec.msgpack.encode(State(format=FORMAT + 1))
        redis_server.run("SET", store._key, kept)
        failure = await fail(store)
        assert (failure.why, failure.for_good) == ("what it keeps is of a newer version", True)
        with pytest.raises(StoreFailure, match="newer version"):
            await store.look()
        assert redis_server.run("GET", store._key) == kept


@pytest.mark.parametrize("kept", [b"\xc1", b"abc", b"\x92\x01"])
async def test_what_cannot_be_read_is_damage(kept: bytes, redis_server: RedisServer) -> None:
    """A reset mends it."""
    async with opened(redis_server.url) as store:
        redis_server.run("SET", store._key, kept)
        failure = await fail(store)
        assert (failure.why, failure.for_good) == ("what it keeps is damaged", True)
        with pytest.raises(StoreFailure, match="what it keeps is damaged"):
            await store.look()
        await store.reset()
        assert (await store.exchange(message(wants=1))).granted == 1


async def test_a_key_of_another_kind_is_damage(redis_server: RedisServer) -> None:
    """As if somebody else used the name."""
    async with opened(redis_server.url) as store:
        redis_server.run("LPUSH", store._key, "x")
        assert (await fail(store)).why == "what it keeps is damaged"


async def test_a_server_that_still_loads() -> None:
    """It says so by an error of its own."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(b"-LOADING Redis is loading the dataset in memory\r\n" * 4)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    async with server, opened(url) as store:
        assert (await fail(store)).why == "it has just been started, and still loads"


async def test_a_command_is_sent_once() -> None:
    """One that was heard though its answer was lost may have been granted: whether to ask again is not for redis-py."""
    connections = []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server, opened(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0") as store:
        assert (await fail(store)).why == AWAY
    assert len(connections) == 1


async def test_a_reply_that_makes_no_sense(redis_server: RedisServer) -> None:
    """As from a script of another kind."""
    async with opened(redis_server.url) as store:
        store._script.script = "return { 'x' }"
        store._script.sha = ""
        assert (await fail(store)).why == "what it keeps is damaged"


async def test_the_reply_is_whole(redis_server: RedisServer) -> None:
    """All fields of a reply travel."""
    async with opened(redis_server.url, world=(100.0, "run", 1e6)) as store:
        await store.exchange(message(wants=1))
        told = message(throttled=[(100.0, 7.0)], wants=1, first=1)
        assert await store.exchange(told) == Reply(
            clock=100.0, epoch=(await store.exchange(message())).epoch, wait=7.0, paused=7.0, is_slow=True
        )
