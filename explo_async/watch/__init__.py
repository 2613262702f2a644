"""Follow the list: `client.customers.watch(...)` tells what was added, changed and removed, each at least once.

The events are `Added`, `Changed`, `Removed`, `Held`, `Skipped` and `Synced`.
"""

from explo_async.watch.events import Added, Changed, Counts, Event, Held, Removed, Skipped, Synced
from explo_async.watch.watch import Watch

__all__ = ["Added", "Changed", "Counts", "Event", "Held", "Removed", "Skipped", "Synced", "Watch"]
