"""aiohttp's trace configs, handed on to the client's own session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from explo_async import ConfigurationError, ExploClient

if TYPE_CHECKING:
    from types import SimpleNamespace

    from explo_async.emulator import Emulator


def note_requests(pages: list[str]) -> aiohttp.TraceConfig:
    """Make a trace config that takes down the page of each request."""

    async def note(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        pages.append(params.url.query["page"])

    config = aiohttp.TraceConfig()
    config.on_request_start.append(note)
    return config


async def test_each_config_sees_each_request(emulator: Emulator) -> None:
    """Every request of the client goes through all trace configs, whatever collection they came in."""
    first: list[str] = []
    second: list[str] = []
    configs = (note_requests(first), note_requests(second))
    async with ExploClient(emulator.token, base_url=emulator.url, trace_configs=configs) as explo:
        await explo.customers.list()
    # Three pages, and the COUNT after them.
    assert sorted(first[:-1]) == sorted(second[:-1]) == ["1", "2", "3"]
    assert first[-1] == second[-1] == "1"


async def test_they_are_refused_together_with_a_session() -> None:
    """A session that was given has its own; the error says where they belong, and none is no conflict."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match=r"^trace_configs is for .*; give it to that session$"):
            ExploClient("fake", session=session, trace_configs=[aiohttp.TraceConfig()])
        ExploClient("fake", session=session, trace_configs=[])
