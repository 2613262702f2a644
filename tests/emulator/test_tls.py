"""The emulator over TLS."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 and its key, for this test alone."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with openssl")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=emulator"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    return chain, key


async def test_it_can_speak_tls(certificate: tuple[Path, Path]) -> None:
    """With an `ssl_context` the same answers come over https."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with (
        asyncio.timeout(5),
        aiohttp.ClientSession() as session,
        Emulator(1, ssl_context=serving) as emulator,
    ):
        assert emulator.url.startswith("https://127.0.0.1:")
        headers = {"Explo-Authorization": f"Token {emulator.token}"}
        async with session.get(f"{emulator.url}/v2/api/customers/", headers=headers, ssl=trusting) as response:
            assert (await response.json())["total_count"] == 1


async def test_closing_does_not_wait_for_a_tls_goodbye(certificate: tuple[Path, Path]) -> None:
    """A TLS client that has stopped reading does not hold up the end, and no connection or task is left."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))

    def connect(port: int) -> ssl.SSLSocket:
        client = trusting.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(1)
        return client

    tasks_before = asyncio.all_tasks()
    async with asyncio.timeout(5):
        async with Emulator(1, ssl_context=serving) as emulator:
            port = int(emulator.url.rpartition(":")[2])
            (await asyncio.to_thread(connect, port)).close()
            silent = await asyncio.to_thread(connect, port)
            counts = [emulator.open_connections]
        counts.append(emulator.open_connections)
        assert counts == [1, 0]
    assert asyncio.all_tasks() == tasks_before
    silent.close()
