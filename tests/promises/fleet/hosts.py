"""Several hosts on this machine: network namespaces at a bridge, each with a clock of its own.

They reach the server at the bridge's address over TLS, as the client sends its token to other hosts in no other way.
All of them come from one address there, as from behind a NAT: a relay takes the TLS off.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from tests.promises.fleet.processes import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NUMBER = os.getpid() % 2**16
ADDRESS = f"10.{_NUMBER % 256}.{_NUMBER // 256}.1"
"""Of this machine at the bridge."""
AHEAD = (0, 1, -1)
"""Hours by which the clock of each host is ahead."""


def what_is_missing() -> str | None:
    """Say why there can be no such hosts here, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root may make network namespaces"
    if shutil.which("ip") is None:
        return "there is no program `ip` (Debian's package iproute2)"
    if _find_faketime() is None:
        return "there is no libfaketime (Debian's package faketime)"
    try:
        with _namespace(_name(9)):
            return None
    except subprocess.CalledProcessError as error:
        return f"network namespaces cannot be made here: {error.stderr.decode().strip()}"


@contextmanager
def hosts(folder: Path, port: int) -> Iterator[tuple[str, Sequence[Place]]]:
    """Make the hosts; gives the address at which they reach what listens on a loopback port, and where they are."""
    authority = trustme.CA()
    certificates = folder / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(ADDRESS).configure_cert(context)
    with ExitStack() as stack:
        stack.enter_context(_bridge())
        names = [stack.enter_context(_namespace(_name(number))) for number in range(len(AHEAD))]
        for number, name in enumerate(names):
            _connect(name, number)
        at = stack.enter_context(_relaying(context, port))
        places = [_place(name, hours, certificates) for name, hours in zip(names, AHEAD, strict=True)]
        yield f"https://{ADDRESS}:{at}", places


def _place(name: str, hours: int, certificates: Path) -> Place:
    clock = {}
    if hours:
        # The time of the day alone is wrong, as where nobody has set it; those that count seconds go on.
        clock = {
            "LD_PRELOAD": str(_find_faketime()),
            "FAKETIME": f"{hours:+}h",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
    return Place(prefix=("ip", "netns", "exec", name), environment={"SSL_CERT_FILE": str(certificates), **clock})


def _find_faketime() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


def _name(number: int) -> str:
    return f"xp{os.getpid()}n{number}"


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


@contextmanager
def _bridge() -> Iterator[None]:
    _ip(f"link add {_name(0)}b type bridge")
    try:
        _ip(f"addr add {ADDRESS}/24 dev {_name(0)}b")
        _ip(f"link set {_name(0)}b up")
        yield
    finally:
        _ip(f"link del {_name(0)}b")


@contextmanager
def _namespace(name: str) -> Iterator[str]:
    _ip(f"netns add {name}")
    try:
        yield name
    finally:
        # Takes the namespace's end of its cable along, and so the other one.
        _ip(f"netns del {name}")


def _connect(name: str, number: int) -> None:
    _ip(f"link add {name}v type veth peer name eth0 netns {name}")
    _ip(f"link set {name}v master {_name(0)}b up")
    _ip(f"-n {name} addr add {ADDRESS.removesuffix('1')}{number + 2}/24 dev eth0")
    _ip(f"-n {name} link set eth0 up")
    _ip(f"-n {name} link set lo up")


@contextmanager
def _relaying(context: ssl.SSLContext, target: int) -> Iterator[int]:
    """Take connections over TLS in a thread of its own, so that no process that is frozen holds them up."""
    started, left = Future[int](), Future[None]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_pass_on(reader, requests), _pass_on(answers, writer))

    async def serve() -> None:
        server = await asyncio.start_server(handle, ADDRESS, 0, ssl=context)
        started.set_result(server.sockets[0].getsockname()[1])
        await asyncio.wrap_future(left)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield started.result(10.0)
    finally:
        left.set_result(None)
        thread.join()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    with suppress(OSError):
        writer.close()
