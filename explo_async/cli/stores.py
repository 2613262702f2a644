"""A look at the store of a shared quota: what it keeps, its clock beside ours, and what is wrong with it."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.errors import QuotaUnavailable
from explo_async.pacing.stores import open_store
from explo_async.pacing.stores.store import StoreFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.pacing.stores.store import Look, Store


@frozen
class StoreLook:
    """What was found, and how far the store's time of the day is ahead of ours, None where it tells none."""

    found: Look
    clock_ahead: float | None


class OpenedStore:
    """The store of a quota, whose failures are errors of the package."""

    def __init__(self, quota: SharedQuota, store: Store) -> None:
        self._quota = quota
        self._store = store

    async def look(self) -> StoreLook:
        """Read what is kept; raises `QuotaUnavailable`."""
        before = time.time()
        try:
            found = await self._store.look()
        except StoreFailure as failure:
            raise self._translate(failure) from None
        # Half of the way there and back is the store's.
        ahead = None if found.wall_clock is None else found.wall_clock - (before + time.time()) / 2
        return StoreLook(found, ahead)

    async def reset(self) -> None:
        """Forget everything; raises `QuotaUnavailable`."""
        try:
            await self._store.reset()
        except StoreFailure as failure:
            raise self._translate(failure) from None

    def _translate(self, failure: StoreFailure) -> QuotaUnavailable:
        what = f"the quota's store {self._quota.label} cannot be used: {failure.why}"
        return QuotaUnavailable(what, advice=failure.advice)


@asynccontextmanager
async def opened(quota: SharedQuota, origin: str) -> AsyncIterator[OpenedStore]:
    """Open the store of a quota, for the window of an origin; raises `ConfigurationError` where an extra is missing."""
    store = open_store(quota, origin)
    try:
        yield OpenedStore(quota, store)
    finally:
        await store.close()
