"""A compressed body that grows beyond all bounds costs no more memory than the limit allows."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from explo_async.emulator import Emulator
from tests.promises.catalogue.faults import Bomb, Encoding
from tests.promises.catalogue.places import TEAM_TOKEN

PROGRAM = """
import asyncio, re, sys
from pathlib import Path
from explo_async import ExploClient, ResponseTooLarge

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

async def main():
    async with ExploClient(sys.argv[1], base_url=sys.argv[2], max_response_bytes=int(sys.argv[3]) * 2**20) as explo:
        assert await explo.customers.count() == 30
        before = peak()
        try:
            await explo.customers.page(2)
        except ResponseTooLarge:
            print(peak() - before)

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process's memory is read from /proc")
@pytest.mark.parametrize(("encoding", "limit"), [("gzip", 8), ("gzip", 32), ("deflate", 8), ("br", 8)])
async def test_a_gigabyte_of_zeros_is_refused_before_it_is_held(encoding: Encoding, limit: int) -> None:
    """The process grows by little more than `max_response_bytes` MiB, whose default is 32."""
    async with Emulator(30, token=TEAM_TOKEN, faults=[Bomb(encoding, page=2)]) as emulator:
        arguments = (sys.executable, "-c", PROGRAM, TEAM_TOKEN, emulator.url, str(limit))
        process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(30):
            output, _ = await process.communicate()
        # The count, page 1 for the page size, and the bomb.
        assert emulator.pages == [1, 1, 2]
    assert 0 <= float(output) < limit + 12
