"""The events of a watch, a round at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.watch import Held, Skipped, Synced
from tests.helpers.clients import QUICK, client_of

if TYPE_CHECKING:
    from explo_async import ExploClient
    from explo_async.emulator import Emulator
    from explo_async.watch import Event, Watch

FAST = 0.1
"""Seconds between two rounds."""
THREE = [{"provided_id": name, "name": name.upper(), "token": f"token of {name}"} for name in ("a", "b", "c")]


def unlimited(emulator: Emulator, **options: Any) -> ExploClient:
    """Make a client that waits for no quota."""
    return client_of(emulator, rate_limit=None, retry=QUICK, **options)


async def one_round(events: Watch, *, done: bool = True) -> list[Event]:
    """Return the events of the next round, acknowledged at its end."""
    found: list[Event] = []
    async for event in events:
        found.append(event)
        if isinstance(event, Synced) or (isinstance(event, Skipped) and event.what == "round"):
            if done:
                await event.done()
            return found
    raise AssertionError(found)


def told(events: list[Event]) -> list[str]:
    """Say in a word each what was told."""
    return [
        event.kind if isinstance(event, Held | Skipped | Synced) else f"{event.kind} {event.provided_id}"
        for event in events
    ]


async def next_told(events: Watch, *, done: bool = True) -> list[str]:
    """Return what the next round tells, in a word each."""
    return told(await one_round(events, done=done))
