"""Watches each test that plans or applies: planning only reads, and no token is in a file or an output."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.emulator import Emulator
from explo_async.reconcile import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CUSTOMERS_TOKENS = {"fake-token-of-", "cust0mer-"}
"""How the tokens of customers begin, the emulator's own and those of the tests of the command."""
READS = {"list_customers", "get_customer"}


@contextmanager
def acting_watched(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, folder: Path) -> Iterator[None]:
    """Fail if what happens within plans by a write, or leaves a token in a file of the folder or in what is printed."""
    servers: list[Emulator] = []
    printed: list[str] = []
    enter, find, read = Emulator.__aenter__, make.find, pytest.CaptureFixture.readouterr

    async def note(server: Emulator) -> Emulator:
        servers.append(server)
        return await enter(server)

    async def find_by_reads(*arguments: Any, **options: Any) -> Any:
        # All that planning sends; `apply` has this function under a name of its own.
        before = [(server, len(server.log), len(server.writes)) for server in servers]
        try:
            return await find(*arguments, **options)
        finally:
            for server, requests, writes in before:
                assert {seen.verb for seen in server.log[requests:]} <= READS
                assert len(server.writes) == writes

    def read_and_note(capture: pytest.CaptureFixture[str]) -> Any:
        found = read(capture)
        printed.extend(found)
        return found

    monkeypatch.setattr(Emulator, "__aenter__", note)
    monkeypatch.setattr(make, "find", find_by_reads)
    monkeypatch.setattr(pytest.CaptureFixture, "readouterr", read_and_note)
    yield
    tokens = CUSTOMERS_TOKENS.union(server.token for server in servers)
    for text in (*printed, caplog.text):
        assert not any(token in str(text) for token in tokens)
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(token.encode() in content for token in tokens), path
