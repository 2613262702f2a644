"""A client of an emulator, for every test that needs one with options of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async import ExploClient, RetryPolicy

if TYPE_CHECKING:
    from explo_async.emulator import Emulator

ONCE = RetryPolicy(attempts=1)
"""Gives up at once."""
QUICK = RetryPolicy(wait_initial=0.001, wait_max=0.01, throttle_wait=0.05)
"""Repeats as often as usual, and waits for hardly anything."""


def client_of(emulator: Emulator, **options: Any) -> ExploClient:
    """Make a client, with any options of `ExploClient`, of which the token may be one."""
    return ExploClient(**{"token": emulator.token, "base_url": emulator.url, **options})
