"""Plans made by hand, for the tests."""

from __future__ import annotations

from typing import Any

from explo_async.models import FetchReport
from explo_async.reconcile.plan import Plan
from explo_async.reconcile.policy import Policy

REPORT = FetchReport(verdict="exact", total_count=5, totals_seen=(5,), customers=5, duplicates=0, pages_asked_again=())


def make(**fields: Any) -> Plan:
    """Make a plan of nothing, save what is given."""
    usual: dict[str, Any] = {
        "made_at": 1000.0,
        "origin": "https://api.explo.co/",
        "salt": "00" * 16,
        "account": "11" * 16,
        "source": "tenants.csv",
        "fields": ("name",),
        "scope": None,
        "delete": False,
        "policy": Policy(),
        "report": REPORT,
        "in_scope": 5,
        "creates": (),
        "updates": (),
        "deletes": (),
        "conflicts": (),
        "unchanged": 0,
        "unmanaged": 0,
        "requests": 0,
        "seconds": 0.0,
    }
    return Plan(**(usual | fields))
