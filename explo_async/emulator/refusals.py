"""Which requests are refused before they get a page. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.answers import INVALID_TOKEN, METHOD_NOT_ALLOWED, NOT_FOUND, Answer

if TYPE_CHECKING:
    from explo_async.emulator.dialect import Dialect
    from explo_async.emulator.quota import Quota


class Refusals:
    """Refuses in the order of Django REST framework: path, token, quota, method. Only the quota counts."""

    def __init__(self, dialect: Dialect, token: str, quota: Quota | None) -> None:
        self.rate_limited: int = 0
        self._path = dialect.path
        self._authorization = f"Token {token}"
        self._quota = quota
        self._window = None if quota is None else quota.start()

    def refuse(self, method: str, path: str, authorization: str | None, now: float) -> Answer | None:
        """Return the refusal; None for a request that gets a page."""
        if f"{path}/" == self._path:
            return METHOD_NOT_ALLOWED
        if path != self._path:
            return NOT_FOUND
        if authorization != self._authorization:
            return INVALID_TOKEN
        if self._quota is not None and self._window is not None:
            wait = self._window.ask(now)
            if wait is not None:
                self.rate_limited += 1
                return self._quota.refuse(wait)
        return None if method == "GET" else METHOD_NOT_ALLOWED
