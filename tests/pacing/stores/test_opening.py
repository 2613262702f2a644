"""Which store a quota is kept in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async import ConfigurationError, SharedQuota
from explo_async.pacing.stores import check_extra, open_slots, open_store
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.redis import RedisStore

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "https://api.explo.co"
MODULE = "explo_async.pacing.stores.redis"


async def test_a_path_is_a_file(tmp_path: Path) -> None:
    """With a window for each name and origin; nothing is made before its first use."""
    for path in (tmp_path / "quota.sqlite", str(tmp_path / "quota.sqlite")):
        check_extra(SharedQuota(path))
        store = open_store(SharedQuota(path, name="n"), ORIGIN)
        assert isinstance(store, FileStore)
        assert (store._path, store._key) == (tmp_path / "quota.sqlite", "n https://api.explo.co")
        await store.close()
    assert not os.listdir(tmp_path)  # noqa: PTH208 -- pathlib's own is refused in coroutines


async def test_a_path_in_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a shell writes it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store(SharedQuota("~/quota.sqlite"), ORIGIN)
    assert isinstance(store, FileStore)
    assert store._path == tmp_path / "quota.sqlite"
    await store.close()


@pytest.mark.parametrize(
    ("address", "kind", "where"),
    [
        ("redis://h:1/0", "Connection", {"host": "h", "port": 1, "db": 0}),
        ("rediss://h", "SSLConnection", {"host": "h"}),
        ("valkey://h:1/2", "Connection", {"host": "h", "port": 1, "db": 2}),
        ("valkeys://u:p@h", "SSLConnection", {"host": "h", "username": "u", "password": "p"}),
        ("unix:///run/redis.sock?db=3", "UnixDomainSocketConnection", {"path": "/run/redis.sock", "db": 3}),
    ],
)
async def test_an_address_is_redis(address: str, kind: str, where: dict[str, object]) -> None:
    """Valkey speaks the same; the name within braces keeps a window on one server of a cluster."""
    check_extra(SharedQuota(address))
    store = open_store(SharedQuota(address, name="n"), ORIGIN)
    assert isinstance(store, RedisStore)
    assert store._key == "explo:quota:{n}:https://api.explo.co"
    pool = store._redis.connection_pool
    assert pool.connection_class.__name__ == kind
    assert {name: pool.connection_kwargs[name] for name in where} == where
    await store.close()


async def test_a_client_has_its_part(tmp_path: Path) -> None:
    """Its holder goes by the time of its requests."""
    slots = open_slots(SharedQuota(tmp_path / "q", reserve=80), ORIGIN, request_timeout=20.0, draw=lambda: 0.0)
    assert (slots._terms.requests, slots._terms.hold, slots._terms.margin) == (100, 25.0, 0.25)
    await slots.close()


def test_without_redis_py_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no password; a file needs none."""
    monkeypatch.delitem(sys.modules, MODULE)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    check_extra(SharedQuota("quota.sqlite"))
    with pytest.raises(ConfigurationError) as raised:
        check_extra(SharedQuota("redis://:secret@quota/0"))
    assert str(raised.value) == (
        "the quota's store redis://quota/0 needs redis-py, which is not installed; run: pip install 'explo-async[redis]'"
    )


def test_what_else_is_missing_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is not blamed on the extra."""
    monkeypatch.setitem(sys.modules, MODULE, None)
    with pytest.raises(ModuleNotFoundError, match=f"import of {MODULE} halted"):
        check_extra(SharedQuota("redis://quota/0"))
