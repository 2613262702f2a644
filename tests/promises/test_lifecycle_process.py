"""What outlives its loop or crosses a fork, seen in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from explo_async.emulator import Emulator
from explo_async.emulator.faults import Hang, Status
from tests.helpers.slow_steps import without_slow_steps


async def execute(program: str, *arguments: str) -> tuple[int | None, str, str]:
    """Run a program under Python's dev mode."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-c", program, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        output, errors = await process.communicate()
    return process.returncode, output.decode(), without_slow_steps(errors).decode()


LEFT_OPEN = """
import asyncio, sys
from explo_async import ExploClient

async def main():
    explo = ExploClient(sys.argv[1], base_url=sys.argv[2])
    task = asyncio.create_task(explo.customers.list(page_size=10))
    while await explo.customers.count() != 100 or {running} and task.done():
        pass
    {wait}

asyncio.run(main())
print("over")
"""


@pytest.mark.parametrize(("running", "wait"), [("False", "await task"), ("True", "await asyncio.sleep(0.05)")])
async def test_a_loop_that_closes_under_a_client_warns_and_does_not_hang(running: str, wait: str) -> None:
    """A client left open when its loop closes, also in the middle of a list, is a ResourceWarning and no more."""
    faults = [Hang(page=3)] if running == "True" else []
    async with Emulator(100, faults=faults) as emulator:
        program = LEFT_OPEN.format(running=running, wait=wait)
        code, output, errors = await execute(program, emulator.token, emulator.url)
    assert (code, output) == (0, "over\n"), errors
    assert "ResourceWarning" in errors
    assert "never retrieved" not in errors
    assert "was destroyed but it is pending" not in errors
    assert emulator.token not in errors


FORK = """
import asyncio, os, sys, warnings
from explo_async import ClientClosed, ExploClient

async def main():
    async with ExploClient(sys.argv[1], base_url=sys.argv[2]) as explo:
        before = await explo.customers.count()
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(explo.customers.count())
            except ClientClosed as error:
                print(error, flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(before, await explo.customers.count(), len(await explo.customers.list(page_size=10)))

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
async def test_a_fork_cannot_use_the_client_and_its_parent_goes_on() -> None:
    """The child gets ClientClosed before it writes into its parent's connections; the parent notices nothing."""
    async with Emulator(100) as emulator:
        code, output, errors = await execute(FORK, emulator.token, emulator.url)
        # Two counts of the parent, ten pages, and the COUNT after them: none of the child.
        assert emulator.requests == 13
    assert code == 0, errors
    child, parent = output.splitlines()
    assert child == "the client belongs to another process; make one client for each event loop and process"
    assert parent == "100 100 100"


LIST = """
import asyncio, sys
from explo_async import ExploClient

async def main():
    async with ExploClient(sys.argv[1], base_url=sys.argv[2]) as explo:
        customers = await explo.customers.list(page_size=10)
        print(len(customers), customers.report.stats.rate_limited)

asyncio.run(main())
"""


async def test_a_program_that_sets_no_logging_up_reads_one_line_for_a_pause() -> None:
    """Of 16 requests under way that a 429 answers there is one line on standard error, and nothing else."""
    refusals = [Status(429, page=page, attempt=1, headers={"Retry-After": "1"}) for page in range(2, 18)]
    async with Emulator(170, faults=refusals) as emulator:
        code, output, errors = await execute(LIST, emulator.token, emulator.url)
    assert (code, output) == (0, "170 16\n")
    assert errors == "the server answered 429: nothing is sent for 1 s\n"
