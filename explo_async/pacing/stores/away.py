"""What a client does while the store of its quota cannot be used."""

from __future__ import annotations

import logging
from math import inf
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from explo_async.errors import QuotaUnavailable
from explo_async.pacing.lease import Lease, Wait
from explo_async.pacing.quota import Quota, RateLimit
from explo_async.pacing.stores.talks import TRY_AGAIN

if TYPE_CHECKING:
    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.pacing.stores.store import StoreFailure

logger: logging.Logger = logging.getLogger("explo_async")


class Away:
    """One per client: raises, waits, or goes by a limit of the client's own, which has seen all that it sent."""

    def __init__(self, quota: SharedQuota, hold: float) -> None:
        self._label = quota.label
        self._unavailable = quota.unavailable
        self._alone = Quota(quota.unavailable, hold=hold) if isinstance(quota.unavailable, RateLimit) else None
        self._leases: WeakKeyDictionary[Lease, Lease] = WeakKeyDictionary()
        """Of the client's own limit, by what was handed out."""
        self._since: float | None = None
        self._try_at = -inf

    def is_between_tries(self, now: float) -> bool:
        """Tell whether the store could not be used a moment ago."""
        return self._since is not None and now < self._try_at

    def failed(self, failure: StoreFailure, now: float) -> None:
        """Note that the store cannot be used.

        Raises `QuotaUnavailable` where nothing else was asked for, or where waiting for it is no use.
        """
        if self._unavailable == "raise" or (failure.for_good and self._unavailable == "wait"):
            self._since = None
            what = f"the quota's store {self._label} cannot be used: {failure.why}"
            raise QuotaUnavailable(what, advice=failure.advice) from None
        self._try_at = now + TRY_AGAIN
        if self._since is None:
            self._since = now
            going_on = "waiting for it"
            if isinstance(self._unavailable, RateLimit):
                going_on = f"going on with {self._unavailable.requests} requests in {self._unavailable.per:g} s"
            logger.warning(
                "the quota's store %s cannot be used: %s; %s (%s)", self._label, failure.why, going_on, failure.advice
            )

    def ask(self, number: int, now: float) -> Lease | Wait:
        """Return a lease of this number by the client's own limit, or how long to wait for it, or for the store."""
        left = max(0.0, self._try_at - now)
        if self._alone is None:
            return Wait(inf, f"the quota's store {self._label} cannot be used", left)
        own = self._alone.ask(now)
        if not isinstance(own, Lease):
            return Wait(own, None, min(own, left))
        lease = Lease(now, number=number)
        self._leases[lease] = own
        return lease

    def is_back(self, now: float) -> None:
        """Note that the store can be used."""
        if self._since is not None:
            logger.warning("the quota's store %s can be used again, after %.1f s", self._label, now - self._since)
            self._since = None

    def took(self, lease: Lease, now: float) -> None:
        """Note a lease that the store has granted: its slot counts when the store is away, too."""
        if self._alone is not None:
            self._leases[lease] = self._alone.take(now)

    def withdraw(self) -> None:
        """Note that no request waits any more."""
        if self._alone is not None:
            self._alone.withdraw()

    def ended(self, lease: Lease, now: float) -> None:
        """Note that the answer to a request has begun, or that it failed."""
        if self._alone is not None and (own := self._leases.get(lease)) is not None:
            self._alone.answered(own, now)

    def give_back(self, lease: Lease, now: float) -> None:
        """Take back a lease that nothing was sent for."""
        if self._alone is not None and (own := self._leases.get(lease)) is not None:
            self._alone.give_back(own, now)

    def accepted(self, lease: Lease) -> None:
        """Note an answer other than a 429."""
        if self._alone is not None and (own := self._leases.get(lease)) is not None:
            self._alone.accepted(own)

    def throttled(self, lease: Lease, now: float, pause: float) -> None:
        """Note a 429."""
        if self._alone is not None and (own := self._leases.get(lease)) is not None:
            self._alone.throttled(own, now, pause)
