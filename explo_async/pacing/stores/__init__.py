"""Windows that several processes share: in a file, for one host, or in Redis, for several.

`message.py` is what a client and a store say to each other, and decides what the store answers; `quota.lua` decides the
same within Redis. `shared_slots.py` is the client's side. Nothing in here is imported before a `SharedQuota` is used.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from explo_async.errors import ConfigurationError
from explo_async.extras import install_hint
from explo_async.pacing.shared_quota import SCHEMES
from explo_async.pacing.stores.boot_clock import boot_clock
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.shared_slots import SharedSlots

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.pacing.stores.store import Store


def check_extra(quota: SharedQuota) -> None:
    """Import what the store of a quota needs.

    Raises `ConfigurationError` where an extra is missing.
    """
    if quota.is_file:
        return
    try:
        import_module("explo_async.pacing.stores.redis")
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != "redis":
            raise
        msg = f"the quota's store {quota.label} needs redis-py, which is not installed"
        raise ConfigurationError(msg, advice=f"run: {install_hint('redis')}") from None


def open_store(quota: SharedQuota, origin: str) -> Store:
    """Return the store of a quota, for the window of an origin; nothing is read or sent before its first use.

    Raises `ConfigurationError` where an extra is missing.
    """
    if quota.is_file:
        return FileStore(Path(quota.store), f"{quota.name} {origin}")
    check_extra(quota)
    scheme, _, rest = str(quota.store).partition("://")
    # Braces keep a window on one server of a cluster, see Redis' cluster specification, "Hash tags".
    key = f"explo:quota:{{{quota.name}}}:{origin}"
    store: Store = import_module("explo_async.pacing.stores.redis").RedisStore(f"{SCHEMES[scheme]}://{rest}", key)
    return store


def open_slots(quota: SharedQuota, origin: str, *, request_timeout: float, draw: Callable[[], float]) -> SharedSlots:
    """Return a client's part in a shared quota; nothing is read or sent before its first use."""
    store = open_store(quota, origin)
    return SharedSlots(quota, store, request_timeout=request_timeout, clock=boot_clock, draw=draw)
