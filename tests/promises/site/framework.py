"""The parts of REST framework that the settings name: token, throttle and paginator; apart, as its views import them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle


class TeamToken(BaseAuthentication):
    """Explo's header: `Explo-Authorization: Token ...`."""

    def authenticate(self, request: Any) -> tuple[Any, str] | None:
        """Return the team, or None without the header."""
        given = request.headers.get("Explo-Authorization")
        if given is None:
            return None
        if given != f"Token {settings.SITE_TOKEN}":
            msg = "Invalid token."
            raise AuthenticationFailed(msg)
        return SimpleNamespace(is_authenticated=True), given

    def authenticate_header(self, request: Any) -> str:  # noqa: ARG002 - the framework's signature
        """Make a refusal a 401, not a 403."""
        return "Token"


class PerAddress(SimpleRateThrottle):
    """So many requests an address, counted by each worker process for itself; no limit without a rate."""

    scope = "address"

    def get_cache_key(self, request: Any, view: Any) -> str:  # noqa: ARG002 - the framework's signature
        """Tell addresses apart."""
        return str(self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)})


class Envelope(PageNumberPagination):
    """The framework's pages, 20 rows by default and 1000 at most."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 1000

    def get_paginated_response(self, data: Any) -> Any:
        """Wrap them as Explo does."""
        return Response({"total_count": self.page.paginator.count, "results": {"customers": data}})
