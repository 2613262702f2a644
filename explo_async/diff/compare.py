"""Compare two lists of customers, each an iterable, an export or a snapshot: what was added, removed and changed."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from attrs import frozen

from explo_async.diff.comparison import Comparison
from explo_async.diff.difference import Added, Changed, Removed

if TYPE_CHECKING:
    from collections.abc import Generator

    from explo_async.diff.comparison import Source
    from explo_async.diff.difference import Difference
    from explo_async.models import Customer


__all__ = ["Added", "Changed", "Diff", "Removed", "compare", "iter_differences"]


@frozen(repr=False)
class Diff:
    """What differs between two lists of customers; false when nothing does."""

    added: tuple[Customer, ...]
    """In the order of the new list."""
    removed: tuple[Customer, ...]
    """In the order of the old list."""
    changed: tuple[Changed, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __repr__(self) -> str:
        # Short, as that of `CustomerList`.
        counts = f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        return f"<Diff: {counts}, {self.unchanged} unchanged>"

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:
        """Return the differences as JSON has them; tokens, and the values of those that changed, only if asked for.

        `attrs.asdict` gives everything, the tokens too.
        """
        return {
            "added": [customer.to_dict(with_tokens=with_tokens) for customer in self.added],
            "removed": [customer.to_dict(with_tokens=with_tokens) for customer in self.removed],
            "changed": [changed.to_dict(with_tokens=with_tokens) for changed in self.changed],
            "unchanged": self.unchanged,
        }


def compare(old: Source, new: Source) -> Diff:
    """Return all differences between two lists, each an iterable of customers, an export or a snapshot.

    An export is given by its path; a snapshot as it was opened, or by its address, or by that of the folder of all
    runs for the newest. Values are compared as JSON, where a null list or mapping is an empty one; tokens only where
    both sides have them.
    Raises `ExportError` for a file that cannot be read or has an id twice, ValueError for an iterable that does.
    """
    comparison = Comparison(old, new)
    found = list(chain.from_iterable(comparison.steps()))
    return Diff(
        added=tuple([each.customer for each in found if isinstance(each, Added)]),
        removed=tuple([each.customer for each in found if isinstance(each, Removed)]),
        changed=tuple([each for each in found if isinstance(each, Changed)]),
        unchanged=comparison.counts.unchanged,
    )


def iter_differences(old: Source, new: Source) -> Generator[Difference, None, None]:
    """Give the differences one by one: each change as soon as it is known, at the end what was removed, then added.

    Of two lists in nearly the same order it keeps little more than the ids. Raises what `compare` raises.
    """
    yield from chain.from_iterable(Comparison(old, new).steps())
