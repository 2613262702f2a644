"""An async client for the list of customers (tenants) of a team at Explo: complete, or a clear error.

Public are the names here and the modules `arrow`, `diff`, `emulator`, `emulator.faults`, `emulator.thread`,
`integrations.dlt`, `integrations.otel`, `integrations.spark`, `mirror`, `pytest_plugin`, `reconcile`, `snapshot` and
`watch`; all others may change with any release.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        HasChildren,
        ListingChanged,
        MirrorError,
        NotFound,
        OutcomeUnknown,
        PermissionDenied,
        PlanRefused,
        PlanStale,
        QuotaUnavailable,
        RateLimited,
        RedirectRefused,
        RemovalsHeld,
        RequestTimeout,
        ResponseTooLarge,
        ServerError,
        SnapshotError,
        TransportError,
        WatchStateError,
    )
    from explo_async.models import Customer, CustomerList, CustomerPage, FetchReport, InvalidRecord
    from explo_async.observer import Observer
    from explo_async.pacing.quota import RateLimit
    from explo_async.pacing.retry import RetryPolicy
    from explo_async.pacing.shared_quota import SharedQuota
    from explo_async.progress import FetchStats, Progress
    from explo_async.record import Record, RecordPage
    from explo_async.single import Made
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
    "HasChildren",
    "InvalidRecord",
    "ListingChanged",
    "Made",
    "MirrorError",
    "NotFound",
    "Observer",
    "OutcomeUnknown",
    "PermissionDenied",
    "PlanRefused",
    "PlanStale",
    "Progress",
    "QuotaUnavailable",
    "RateLimit",
    "RateLimited",
    "Record",
    "RecordPage",
    "RedirectRefused",
    "RemovalsHeld",
    "RequestTimeout",
    "ResponseTooLarge",
    "RetryPolicy",
    "ServerError",
    "SharedQuota",
    "SnapshotError",
    "TransportError",
    "WatchStateError",
]


_MODULES = (
    "errors",
    "progress",
    "models",
    "record",
    "observer",
    "pacing.quota",
    "pacing.shared_quota",
    "pacing.retry",
    "stream",
    "single",
    "client",
)
"""Where the names are, what is quick to import first."""


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: pytest loads this package in all its runs, for the plugin."""
    if name in __all__:
        modules = (vars(import_module(f"{__name__}.{module}")) for module in _MODULES)
        globals()[name] = found = next(names[name] for names in modules if name in names)
        return found
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 -- costs 20 ms at import, for nothing

        return version("explo-async")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    """List the names that are still to be imported as well."""
    return sorted({*globals(), *__all__})
