"""What a run of a mirror did. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from explo_async.models import FetchReport


@frozen(kw_only=True)
class MirrorRun:
    """What a run did, as its row in the table of runs says it too."""

    run: int
    """Its number, from 1."""
    valid_from: datetime
    """From when the list counts that it brought, in UTC; later than that of any run before."""
    created: int
    """Customers that were not in the table."""
    changed: int
    """Customers that were there in another state."""
    removed: int
    """Customers that are no longer in the list, and no longer in the table."""
    kept: int
    """Customers that are no longer in the list and stay in the table, as the list was not "exact"."""
    report: FetchReport
    """What was proved of the list."""

    @property
    def customers(self) -> int:
        """How many customers the list has."""
        return self.report.customers

    @property
    def unchanged(self) -> int:
        """Customers that were there as they are."""
        return self.customers - self.created - self.changed
