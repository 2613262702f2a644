"""An async client for the list of customers (tenants) of a team at Explo: complete, or a clear error."""

from explo_async.client import ExploClient
from explo_async.errors import (
    APIError,
    AuthenticationError,
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    DecodeError,
    ExploError,
    ExportError,
    ListingChanged,
    NotFound,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    TransportError,
)
from explo_async.models import Customer, CustomerList, CustomerPage, FetchReport, InvalidRecord
from explo_async.progress import FetchStats, Progress
from explo_async.quota import RateLimit
from explo_async.retry import RetryPolicy
from explo_async.stream import CustomerStream

__all__ = [
    "APIError",
    "AuthenticationError",
    "ClientClosed",
    "ConfigurationError",
    "Customer",
    "CustomerList",
    "CustomerPage",
    "CustomerStream",
    "DeadlineExceeded",
    "DecodeError",
    "ExploClient",
    "ExploError",
    "ExportError",
    "FetchReport",
    "FetchStats",
    "InvalidRecord",
    "ListingChanged",
    "NotFound",
    "PermissionDenied",
    "Progress",
    "RateLimit",
    "RateLimited",
    "RedirectRefused",
    "RequestTimeout",
    "ResponseTooLarge",
    "RetryPolicy",
    "ServerError",
    "TransportError",
]


def __getattr__(name: str) -> str:
    """Look the version up only when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 -- costs 20 ms at import, for nothing

        return version("explo-async")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
