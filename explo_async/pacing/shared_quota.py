"""`SharedQuota`: one quota for several processes or hosts, and where it is kept. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen
from yarl import URL

from explo_async.checks import check_choice, check_count
from explo_async.endpoint import QUOTA_REQUESTS, QUOTA_SECONDS
from explo_async.errors import ConfigurationError
from explo_async.pacing.quota import RateLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

QUOTA_VARIABLE = "EXPLO_QUOTA"
NO_STORE = "none"
"""What stands for no store where a text names one."""
SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
"""Of addresses, and what redis-py calls them."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def label_of(store: str | Path) -> str:
    """Write a store down without user and password."""
    if isinstance(store, Path) or "://" not in store:
        return str(store)
    try:
        url = URL(store)
        host = url.host_port_subcomponent if url.host else ""
        return f"{url.scheme}://{host}{url.path.rstrip('/')}"
    except ValueError:
        return f"{store.partition('://')[0]}://..."


@frozen
class SharedQuota:
    """One quota for everybody who names the same store: processes of a host by a file, hosts by Redis or Valkey.

    `store` is the path of a file, which is made if it is not there, or an address: redis://, rediss://, unix://,
    valkey:// or valkeys://. `limit` is for all together; `reserve` requests of it are left for programs that do not
    know of the store. Several quotas in one store go by their `name`. While the store cannot be used, a request raises
    `QuotaUnavailable` ("raise"), waits for it ("wait"), or goes by a smaller limit of this client alone, as
    `RateLimit(20)`.

    The clients that share a store must agree on `limit.per`, and on a `request_timeout` about as long.
    Raises `ConfigurationError` for what cannot work.
    """

    store: str | Path = field(repr=lambda store: repr(label_of(store)))
    limit: RateLimit = field(default=RateLimit(QUOTA_REQUESTS, per=QUOTA_SECONDS), kw_only=True)
    name: str = field(default="explo", kw_only=True)
    reserve: int = field(default=0, kw_only=True)
    unavailable: Literal["raise", "wait"] | RateLimit = field(default="raise", kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_store(self.store)
        if not isinstance(self.limit, RateLimit):
            msg = f"SharedQuota.limit must be a RateLimit, not of type {type(self.limit).__name__}"
            raise ConfigurationError(msg)
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            msg = "SharedQuota.name must be 1 to 64 letters, digits, dots, dashes and underscores"
            raise ConfigurationError(msg)
        check_count("SharedQuota.reserve", self.reserve, least=0)
        if self.reserve >= self.limit.requests:
            msg = f"SharedQuota.reserve={self.reserve} leaves nothing of {self.limit.requests} requests"
            raise ConfigurationError(msg)
        if not isinstance(self.unavailable, RateLimit):
            check_choice("SharedQuota.unavailable", self.unavailable, ("raise", "wait"))

    @property
    def is_file(self) -> bool:
        """Whether the store is a file."""
        return isinstance(self.store, Path) or "://" not in self.store

    @property
    def label(self) -> str:
        """The store, without user and password."""
        return label_of(self.store)


def resolve_shared_quota(environ: Mapping[str, str]) -> SharedQuota | None:
    """Return the shared quota that the environment names, if it names one; "none" is none."""
    given = environ.get(QUOTA_VARIABLE)
    if not given or given == NO_STORE:
        return None
    try:
        return SharedQuota(given)
    except ConfigurationError as error:
        msg = error.what.replace("SharedQuota.store", QUOTA_VARIABLE)
        raise ConfigurationError(msg, advice=error.advice) from None


def _check_store(store: object) -> None:
    if isinstance(store, Path):
        return
    if not isinstance(store, str) or not store or not store.isprintable():
        msg = "SharedQuota.store must be the path of a file, or an address like redis://quota.internal/0"
        raise ConfigurationError(msg)
    if "://" not in store:
        scheme = store.partition(":")[0]
        if scheme in SCHEMES and scheme != store:
            # By itself it would be the path of a file, which is made. Not shown: it may hold a password.
            msg = f"SharedQuota.store begins with {scheme}: and is not an address"
            raise ConfigurationError(msg, advice=f"write {scheme}://, or ./ before the name of a file")
        return
    scheme = store.partition("://")[0]
    if scheme not in SCHEMES:
        msg = f"SharedQuota.store is an address of the kind {scheme}://, which is not known"
        raise ConfigurationError(msg, advice=f"the kinds are {', '.join(f'{each}://' for each in SCHEMES)}")
    try:
        url = URL(store)
        complete = bool(url.path if scheme == "unix" else url.host)
    except ValueError:
        complete = False
    if not complete or " " in store:
        # Not shown: it may hold a password.
        msg = f"SharedQuota.store is not a whole address of the kind {scheme}://"
        raise ConfigurationError(msg, advice="write it like redis://user:password@quota.internal:6379/0")
