"""Which requests are refused before an endpoint sees them. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from explo_async.emulator.answers import (
    FORBIDDEN,
    INVALID_TOKEN,
    INVALID_TOKEN_403,
    NOT_FOUND,
    Answer,
    method_not_allowed,
)
from explo_async.emulator.quota import Load
from explo_async.endpoint import ENDPOINTS, GENERATE_JWT, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explo_async.emulator.access import Token
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.dialect import Dialect
    from explo_async.emulator.quota import Quota, Window


@frozen
class _Address:
    """What is counted of a requesting address."""

    window: Window
    load: Load


LIST = Endpoint("list_customers", "GET", writes=False)
"""The list that has pages; its path is another one."""

VERBS = (LIST.verb, *(endpoint.verb for endpoint in ENDPOINTS))
"""What a request may be for."""


@frozen(kw_only=True)
class Place:
    """Where a path leads."""

    endpoint: Endpoint | None
    """None: nowhere."""
    path: str
    """With its slash."""
    slash: bool
    """Whether it had its slash."""


class Refusals:
    """Refuses in the order of Django REST framework: path, token, permission, quota, method. Only the quota counts."""

    def __init__(self, dialect: Dialect, tokens: Sequence[Token], quota: Quota | None, behaviour: Behaviour) -> None:
        self.rate_limited: int = 0
        self._endpoints = {endpoint.path: endpoint for endpoint in ENDPOINTS} | {dialect.path: LIST}
        self._tokens = {f"Token {token.token}": token for token in tokens}
        self._behaviour = behaviour
        self._quota = quota
        self._addresses: dict[str, _Address] = {}

    @property
    def loads(self) -> Iterable[Load]:
        """How full the window of each address got."""
        return [address.load for address in self._addresses.values()]

    def find(self, path: str) -> Place:
        """Say which endpoint is meant."""
        if path in self._endpoints:
            return Place(endpoint=self._endpoints[path], path=path, slash=True)
        return Place(endpoint=self._endpoints.get(f"{path}/"), path=f"{path}/", slash=False)

    def find_token(self, authorization: str | None) -> Token | None:
        """Return the token that a request shows; None for a wrong one."""
        return self._tokens.get(authorization or "")

    def check(
        self, method: str, place: Place, token: Token | None, now: float, address: str | None
    ) -> Answer | tuple[Endpoint, Token]:
        """Return the refusal, or the endpoint that answers the request and the token that it has shown."""
        endpoint = place.endpoint
        if endpoint is None:
            return NOT_FOUND
        if not place.slash and self._behaviour.missing_slash != "works":
            return self._refuse_path(endpoint, place.path)
        if token is None:
            return INVALID_TOKEN if self._behaviour.bad_token == "401" else INVALID_TOKEN_403  # noqa: S105 - a status
        if token.read_only and not self._may_read(endpoint):
            return FORBIDDEN
        if (throttled := self._count(now, address)) is not None:
            return throttled
        return (endpoint, token) if method == endpoint.method else method_not_allowed(endpoint.method)

    def _refuse_path(self, endpoint: Endpoint, path: str) -> Answer:
        if self._behaviour.missing_slash == "405":
            return method_not_allowed(endpoint.method)
        return Answer(301, b"", {"Location": path})

    def _may_read(self, endpoint: Endpoint) -> bool:
        return not endpoint.writes or (endpoint == GENERATE_JWT and self._behaviour.read_only_jwt == "allowed")

    def _count(self, now: float, address: str | None) -> Answer | None:
        if self._quota is None:
            return None
        counted = self._count_for(self._quota, address)
        counted.load.note(now)
        wait = counted.window.ask(now)
        if wait is None:
            return None
        self.rate_limited += 1
        return self._quota.refuse(wait)

    def _count_for(self, quota: Quota, address: str | None) -> _Address:
        name = (address or "") if quota.per_address else ""
        if name not in self._addresses:
            self._addresses[name] = _Address(quota.start(), Load(quota.per))
        return self._addresses[name]
