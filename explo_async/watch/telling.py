"""What is told of a customer, by what was acknowledged, what was told since, and how it is now. Pure.

Words: what is *acknowledged* of a customer is how the consumer knows it for certain. What was told and not
acknowledged is *pending*: the consumer may know it or not, since it may have been stopped before or after it acted. So
a customer of whom something is pending is told of again, as it is now, also where all is back to what it was: whoever
acts on it is then in step, whichever of the two it knew.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from attrs import frozen

from explo_async.watch.rows import differing_fields, in_order

Kind = Literal["added", "changed", "removed"]


@frozen
class Telling:
    """What is told of a customer: how it was (None: not known before), how it is or was last, and which fields differ.

    `fields` are all in which the consumer may be behind. `removed` says whether a removal was among what is pending:
    the consumer may have nothing left to change.
    """

    kind: Kind
    before: bytes | None
    row: bytes
    fields: tuple[str, ...] = ()
    removed: bool = False

    @classmethod
    def of(cls, kind: Kind, before: bytes | None, row: bytes, fields: str, removed: int) -> Telling:
        """Make one of what `values` gave."""
        return cls(kind, before, row, msgspec.json.decode(fields, type=tuple[str, ...]), bool(removed))

    def values(self) -> tuple[Kind, bytes | None, bytes, str, bool]:
        """Return it as it is stored."""
        return self.kind, self.before, self.row, msgspec.json.encode(self.fields).decode(), self.removed


def tell_present(acknowledged: bytes | None, pending: Telling | None, now: bytes) -> Telling | None:
    """Return what to tell of a customer that is in the list; None for nothing."""
    if pending is None:
        if acknowledged is None:
            return Telling("added", None, now)
        if acknowledged == now:
            return None
        return Telling("changed", acknowledged, now, differing_fields(acknowledged, now))
    if acknowledged is None or pending.removed:
        return Telling("added", None, now, removed=pending.removed)
    before = pending.row if acknowledged == now else acknowledged
    return Telling("changed", before, now, in_order((*pending.fields, *differing_fields(acknowledged, now))))


def tell_removed(acknowledged: bytes | None, pending: Telling | None) -> Telling:
    """Return what to tell of a customer that is known and was removed."""
    last = acknowledged if acknowledged is not None else pending.row if pending is not None else None
    assert last is not None  # noqa: S101 -- it is known by one of the two
    return Telling("removed", None, last, removed=True)
