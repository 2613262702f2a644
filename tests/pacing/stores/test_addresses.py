"""Each kind of address that a store may have, to a real server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from explo_async import SharedQuota
from explo_async.pacing.stores import open_store
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.store import StoreFailure
from tests.helpers.redis_server import RedisServer, find_free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from explo_async.pacing.stores.store import Store

pytestmark = pytest.mark.usefixtures("redis_can_run")
ORIGIN = "https://api.explo.co"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a certificate, and with those of whoever has signed it."""
    made = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(made / "authority.pem")
    certificate.private_key_pem.write_to_path(made / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(made / "certificate.pem")
    return made


@pytest.fixture(scope="module")
def addresses(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server that listens everywhere, and return its addresses."""
    tls_port = find_free_port()
    options = {
        "tls_port": str(tls_port),
        "tls_cert_file": str(folder / "certificate.pem"),
        "tls_key_file": str(folder / "key.pem"),
        "tls_ca_cert_file": str(folder / "authority.pem"),
        "tls_auth_clients": "no",
        "unixsocket": str(folder / "redis.sock"),
    }
    with RedisServer(folder, password="secret", **options) as server:
        plain, tls = (f"://:secret@127.0.0.1:{port}/0" for port in (server.port, tls_port))
        trusting = f"?ssl_ca_certs={folder / 'authority.pem'}"
        yield {
            "redis": f"redis{plain}",
            "valkey": f"valkey{plain}",
            "rediss": f"rediss{tls}{trusting}",
            "valkeys": f"valkeys{tls}{trusting}",
            "unix": f"unix://:secret@{folder / 'redis.sock'}?db=0",
            "untrusted": f"rediss{tls}",
            "without TLS": f"redis://:secret@127.0.0.1:{tls_port}/0",
        }


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Store]:
    store = open_store(SharedQuota(address), ORIGIN)
    try:
        yield store
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["redis", "valkey", "rediss", "valkeys", "unix"])
async def test_a_kind_of_address(kind: str, addresses: dict[str, str]) -> None:
    """Whatever the way to a server, its window is one."""
    message = Message(holder="a", requests=3, per=10.0, hold=30.0, wants=2)
    async with opened(addresses[kind]) as store, opened(addresses["redis"]) as other:
        await store.reset()
        assert (await store.exchange(message)).granted == 2
        look = await other.look()
        assert look.state is not None
        assert [len(holder.leases) for holder in look.state.holders] == [2]


@pytest.mark.parametrize("kind", ["untrusted", "without TLS"])
async def test_a_way_that_is_not_safe(kind: str, addresses: dict[str, str]) -> None:
    """A certificate that nobody vouches for is refused, and so is a server that wants TLS and gets none."""
    async with opened(addresses[kind]) as store:
        with pytest.raises(StoreFailure, match="cannot be reached, or broke the connection off"):
            await store.exchange(Message(holder="a", requests=3, per=10.0, hold=30.0, wants=1))
