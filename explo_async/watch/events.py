"""What a watch tells. Values, save that each event can be acknowledged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable  # noqa: TC003 -- attrs resolves them
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from attrs import asdict, field, frozen

from explo_async.models import to_json

if TYPE_CHECKING:
    from explo_async.errors import ExploError
    from explo_async.models import Customer, FetchReport


@frozen(kw_only=True)
class Counts:
    """A round in numbers."""

    known: int
    """Customers that were known when the round began."""
    listed: int
    """Customers of the list."""
    added: int
    changed: int
    removed: int
    absent: int
    """Known customers that the list does not have, those of `removed` too."""
    held: int = 0
    """Removals that are confirmed, and held back."""


async def _nothing() -> None:
    """Acknowledge an event that no watch has made."""


@frozen(kw_only=True)
class _Told:
    _acknowledge: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False, eq=False)

    async def done(self) -> None:
        """Acknowledge this event and those before it: they are on the disk as told, and not told again.

        Raises `WatchStateError`, and `ClientClosed` after the end of the watch.
        """
        await self._acknowledge()


@frozen
class Added(_Told):
    """A customer that was not known before; or one of which a removal was told that nobody acknowledged."""

    kind: ClassVar[Literal["added"]] = "added"
    customer: Customer
    """Its token is None: no watch keeps tokens."""

    @property
    def provided_id(self) -> str:
        """Whose event it is."""
        return self.customer.provided_id

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {"kind": self.kind, "provided_id": self.provided_id, "customer": self.customer.to_dict()}


@frozen
class Changed(_Told):
    """A customer that is not as it was."""

    kind: ClassVar[Literal["changed"]] = "changed"
    fields: tuple[str, ...]
    """Which fields of `Customer` differ, in its order; a key of `extra` as `extra.KEY`. Where something was told and
    not acknowledged also those which that named: in them you may be behind."""
    before: Customer
    after: Customer

    @property
    def provided_id(self) -> str:
        """Whose event it is."""
        return self.after.provided_id

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {
            "kind": self.kind,
            "provided_id": self.provided_id,
            "fields": list(self.fields),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@frozen
class Removed(_Told):
    """A customer that is no more, by so many exact lists running as `confirm_removals` asks for."""

    kind: ClassVar[Literal["removed"]] = "removed"
    last_known: Customer

    @property
    def provided_id(self) -> str:
        """Whose event it is."""
        return self.last_known.provided_id

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {"kind": self.kind, "provided_id": self.provided_id, "last_known": self.last_known.to_dict()}


@frozen
class Held(_Told):
    """Removals that are confirmed and not told, since they are more than is allowed; again with each round."""

    kind: ClassVar[Literal["held"]] = "held"
    counts: Counts
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {"kind": self.kind, "reason": self.reason, "counts": asdict(self.counts)}


@frozen
class Skipped(_Told):
    """A list that could not be proved: nothing follows from it."""

    kind: ClassVar[Literal["skipped"]] = "skipped"
    error: ExploError
    what: Literal["round", "removals"] = "round"
    """Whether nothing was told in this round, or just no removals: there was a list, and none that was exact."""

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {"kind": self.kind, "what": self.what, "error": type(self.error).__name__, "message": str(self.error)}


@frozen
class Synced(_Told):
    """The end of a round whose list was proved: all that differs has been told, save what is held or unconfirmed."""

    kind: ClassVar[Literal["synced"]] = "synced"
    report: FetchReport
    """Of the list that the events follow from."""
    counts: Counts

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        return {"kind": self.kind, "counts": asdict(self.counts), "report": to_json(self.report.to_dict())}


Event: TypeAlias = Added | Changed | Removed | Held | Skipped | Synced
"""What a watch tells."""
