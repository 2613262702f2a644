"""One thing that can go wrong: what the server does, and what the user must get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from tests.helpers.clients import QUICK
from tests.promises.catalogue.places import explo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async import ExploError
    from explo_async.emulator.faults import Fault
    from tests.promises.catalogue.places import Opening

ATTEMPTS = 3
THRICE = evolve(QUICK, attempts=ATTEMPTS)


@frozen(kw_only=True)
class Data:
    """The whole list comes, in order."""

    retries: int | None = 0
    """How many requests more than the pages and the COUNT after them; None: it depends on the clock."""
    note: str = ""
    row: int = 0
    has: Mapping[str, Any] = field(factory=dict, hash=False)
    """Attributes of the customer in that row."""
    least: float = 0.0
    """Seconds that it takes at least."""

    @property
    def phrase(self) -> str:
        """What the table says."""
        how = {0: "the data", 1: "the data, after a retry"}.get(self.retries or 0, "the data, after retries")
        return f"{how}, {self.note}" if self.note else how


@frozen(kw_only=True)
class Raises:
    """An error comes."""

    error: type[ExploError]
    match: str
    page: int | None = 1
    asks: int | None = 1
    """How many attempts are made at that page; None: it depends on the clock."""
    stale: int = 0
    """Requests more, sent on a connection that may have been closed while it lay idle: these are no attempts."""
    note: str = ""
    facts: Mapping[str, Any] = field(factory=dict, hash=False)
    """Attributes of the error."""

    @property
    def phrase(self) -> str:
        """What the table says."""
        how = {1: " at once", ATTEMPTS: " after all attempts"}.get(self.asks or 0, "")
        return f"`{self.error.__name__}`{how}" + (f": {self.note}" if self.note else "")


@frozen(kw_only=True)
class Case:
    """A row of the table, or one of several that share it: those of one group with one `what`."""

    name: str
    group: str
    what: str
    outcome: Data | Raises
    opening: Opening
    lasts: bool = False
    """Whether it happens each time, where there is another case of it happening once."""
    client: Mapping[str, Any] = field(factory=dict, hash=False)
    """Arguments of the client beyond token, base_url, and a retry policy that does not wait long."""
    call: Mapping[str, Any] = field(factory=dict, hash=False)
    """Arguments of `list` beyond the page size."""
    set_aside: tuple[int, int, str] | None = None
    """Page, row and path of the record that `invalid="collect"` sets aside in place of the error."""

    def __str__(self) -> str:
        return self.name


def both(
    name: str,
    group: str,
    what: str,
    fault: Fault,
    lasting: Raises,
    *,
    client: Mapping[str, Any] | None = None,
    **emulator: Any,
) -> list[Case]:
    """Make two cases of a fault of page 2: it happens once, and each time."""
    client = client or {}
    once = explo(evolve(fault, page=2, attempt=1), **emulator)
    always = explo(evolve(fault, page=2), **emulator)
    lasting = evolve(lasting, page=2, asks=ATTEMPTS)
    return [
        Case(
            name=f"{name}, once",
            group=group,
            what=what,
            outcome=Data(retries=1),
            opening=once,
            client=client,
        ),
        Case(
            name=f"{name}, each time",
            group=group,
            what=what,
            lasts=True,
            outcome=lasting,
            opening=always,
            client=client,
        ),
    ]
