"""From the arguments of `client.customers.watch` to a `Watch`."""

from __future__ import annotations

import os
from collections.abc import Callable  # noqa: TC003 -- attrs resolves them
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from explo_async.checks import check_flag
from explo_async.engine.listing import Listing
from explo_async.errors import ConfigurationError
from explo_async.watch.watch import Watch

if TYPE_CHECKING:
    from os import PathLike

    from explo_async.customers import Customers
    from explo_async.engine.listing import Provable
    from explo_async.observer import Observer
    from explo_async.stream import CustomerStream
    from explo_async.watch.settings import Settings
    from explo_async.wire.call import Filters


@frozen
class ListsOfClient:
    """The lists of a client's customers, as `Lists` says."""

    customers: Customers
    filters: Filters
    digest: Callable[[bytes], bytes]
    observer: Callable[[], Observer]
    page_size: int
    timeout: float | None

    def open(self, consistency: Provable) -> CustomerStream:
        """Begin to read the list."""
        return self.customers.stream(
            parent_provided_id=self.filters.parent_provided_id,
            hierarchy_level_name=self.filters.hierarchy_level_name,
            page_size=self.page_size,
            timeout=self.timeout,
            consistency=consistency,
        )


def begin_watch(
    customers: Customers,
    filters: Filters,
    settings: Settings,
    *,
    state: str | PathLike[str] | None,
    page_size: int,
    timeout: float | None,
    adopt_state: bool,
    digest: Callable[[bytes], bytes],
    observer: Callable[[], Observer],
    keep: Callable[[Any], object],
) -> Watch:
    """Return a watch, all arguments checked; nothing is opened or sent before it is entered."""
    check_flag("adopt_state", adopt_state)
    # Checks what each list will be asked for by.
    Listing(filters=filters, page_size=page_size, timeout=timeout)
    lists = ListsOfClient(customers, filters, digest, observer, page_size, timeout)
    return Watch(lists, settings, _find(state), adopt_state=adopt_state, keep=keep)


def _find(state: object) -> Path | None:
    if state is None:
        return None
    if not isinstance(state, str | os.PathLike) or not os.fspath(state):
        msg = f"state must be the path of a file or None, not {state!r:.60}"
        raise ConfigurationError(msg)
    return Path(os.fspath(state))
