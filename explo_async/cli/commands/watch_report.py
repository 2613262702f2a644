"""What `customers watch` prints: a line for each event, or an object. No value of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from explo_async.cli.advice import unname_settings
from explo_async.cli.exits import describe
from explo_async.cli.stdout import Output, encode_what_fits
from explo_async.text import one_line
from explo_async.watch import Added, Changed, Held, Removed, Skipped, Synced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.watch import Event

_ENCODER = msgspec.json.Encoder()


class Report:
    """Writes events to standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self._output = Output()
        self._as_json = as_json

    async def write(self, events: Sequence[Event]) -> None:
        """Write them, and return when they are written. Raises OSError."""
        if self._as_json:
            await self._output.write(_ENCODER.encode_lines([event.to_dict() for event in events]))
            return
        text = "".join(f"{one_line(describe_event(event))}\n" for event in events)
        await self._output.write(encode_what_fits(text))


def describe_event(event: Event) -> str:
    """Say in a line what an event tells."""
    match event:
        case Added(customer):
            return f"added {customer.provided_id} {customer.name or ''}"
        case Changed(fields):
            return f"changed {event.provided_id} {', '.join(fields)}"
        case Removed(last_known):
            return f"removed {last_known.provided_id} {last_known.name or ''}"
        case Held(counts, reason):
            return f"held {reason}; if it is right, --allow-deletes {counts.held} lets them"
        case Skipped(error, what):
            part = "" if what == "round" else "no removals: "
            return f"skipped {part}{unname_settings(error.what)}"
        case Synced(report, counts):
            waiting = counts.absent - counts.removed - counts.held
            more = f", {waiting:,} absent and not confirmed" if waiting else ""
            return f"synced {counts.listed:,} customers, {describe(report)}{more}"
