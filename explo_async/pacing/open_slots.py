"""From a client's `rate_limit` to its slots: of its own, of all clients of this process, or of a store."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from explo_async.pacing import process_windows
from explo_async.pacing.lease import LONGEST_START
from explo_async.pacing.quota import Quota
from explo_async.pacing.shared_quota import SharedQuota
from explo_async.pacing.slots import OwnSlots

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from explo_async.pacing.quota import RateLimit
    from explo_async.pacing.slots import Slots


def import_stores(quota: SharedQuota) -> ModuleType:
    """Import what a shared quota needs, SQLite or Redis: for nobody else.

    Raises `ConfigurationError` where an extra is missing.
    """
    stores = import_module("explo_async.pacing.stores")
    stores.check_extra(quota)
    return stores


def open_slots(
    limit: RateLimit | SharedQuota | None, origin: str, *, request_timeout: float, draw: Callable[[], float]
) -> Slots:
    """Return a client's slots at an origin; nothing is read or sent before the first of them is taken."""
    if isinstance(limit, SharedQuota):
        slots: Slots = import_stores(limit).open_slots(limit, origin, request_timeout=request_timeout, draw=draw)
        return slots
    hold = LONGEST_START + request_timeout
    if limit is None or not limit.shared:
        return OwnSlots(Quota(limit, hold=hold), process_windows.clock)
    return process_windows.join(origin, limit, hold=hold)
