"""How the command ends: exit codes, the exceptions that lead to them, and the signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from explo_async.models import FetchReport

OK = 0
FAILED = 1
WRONG_USAGE = 2
DIFFERENT = 3
"""Two lists differ: neither a failure nor wrong usage."""
REFUSED = 4
"""A plan or a mirror does more than is allowed, or cannot be trusted; nothing was written."""
APPLIED_IN_PART = 5
"""Not every item of a plan is as wanted now."""
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


class CommandError(Exception):
    """The command cannot go on, for a reason to be told in one line."""


class ToldError(Exception):
    """There is nothing more to tell; the command ends with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class BrokenOffError(Exception):
    """Ctrl-C or SIGTERM came, everything has been ended in order, and there is something to tell of what is left."""

    code = INTERRUPTED


class TerminatedError(ToldError):
    """SIGTERM came, and everything has been ended in order."""

    def __init__(self) -> None:
        super().__init__(TERMINATED)


def describe(report: FetchReport) -> str:
    """Say what a list has been proved to be, and on what that rests."""
    return report.verdict if report.basis in {None, "exact"} else f"{report.verdict} by {report.basis}"


def run_to_end(command: Coroutine[None, None, None]) -> None:
    """Run a command; Ctrl-C becomes KeyboardInterrupt, SIGTERM `TerminatedError`, both once nothing is left running."""
    asyncio.run(_until_terminated(command))


async def _until_terminated(command: Coroutine[None, None, None]) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 -- for the type checker: this runs in one
    terminated = asyncio.Event()

    def terminate() -> None:
        terminated.set()
        task.cancel()

    # Windows has no SIGTERM to wait for.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        await command
    except asyncio.CancelledError:
        if terminated.is_set():
            raise TerminatedError from None
        raise
    except BrokenOffError as left:
        left.code = TERMINATED if terminated.is_set() else INTERRUPTED
        raise
