"""Which requests are refused before they get a page. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.emulator.answers import INVALID_TOKEN, METHOD_NOT_ALLOWED, NOT_FOUND, Answer
from explo_async.emulator.quota import Load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.emulator.dialect import Dialect
    from explo_async.emulator.quota import Quota, Window


@frozen
class _Address:
    """What is counted of a requesting address."""

    window: Window
    load: Load


class Refusals:
    """Refuses in the order of Django REST framework: path, token, quota, method. Only the quota counts."""

    def __init__(self, dialect: Dialect, token: str, quota: Quota | None) -> None:
        self.rate_limited: int = 0
        self._path = dialect.path
        self._authorization = f"Token {token}"
        self._quota = quota
        self._addresses: dict[str, _Address] = {}

    @property
    def loads(self) -> Iterable[Load]:
        """How full the window of each address got."""
        return [address.load for address in self._addresses.values()]

    def refuse(
        self, method: str, path: str, authorization: str | None, now: float, address: str | None
    ) -> Answer | None:
        """Return the refusal; None for a request that gets a page."""
        if f"{path}/" == self._path:
            return METHOD_NOT_ALLOWED
        if path != self._path:
            return NOT_FOUND
        if authorization != self._authorization:
            return INVALID_TOKEN
        if self._quota is not None:
            counted = self._count_for(self._quota, address)
            counted.load.note(now)
            wait = counted.window.ask(now)
            if wait is not None:
                self.rate_limited += 1
                return self._quota.refuse(wait)
        return None if method == "GET" else METHOD_NOT_ALLOWED

    def _count_for(self, quota: Quota, address: str | None) -> _Address:
        name = (address or "") if quota.per_address else ""
        if name not in self._addresses:
            self._addresses[name] = _Address(quota.start(), Load(quota.per))
        return self._addresses[name]
