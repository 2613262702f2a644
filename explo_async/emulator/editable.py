"""The list of customers as a test sees and changes it while it is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.emulator.book import CustomerBook
    from explo_async.emulator.team import Team


class Editable:
    """What an emulator lets a test do with its list."""

    _book: CustomerBook
    _team: Team

    @property
    def provided_ids(self) -> tuple[str, ...]:
        """The ids of all customers in listing order."""
        return self._book.provided_ids

    @property
    def total_count(self) -> int:
        """How many customers there are, whatever counts the answers tell."""
        return len(self._book)

    def add(self, record: Mapping[str, Any] | None = None, index: int | None = None) -> dict[str, Any]:
        """Put a record, or a fresh synthetic customer, before `index` (default: at the end) and return it."""
        added = self._book.add(record, index)
        self._team.learn(added)
        return added

    def change(self, provided_id: str, **fields: Any) -> dict[str, Any]:
        """Give a customer's record other values (snake_case) and return it; KeyError when it is not there."""
        changed = self._book.change(provided_id, fields)
        self._team.learn(changed)
        return changed

    def delete(self, provided_id: str) -> None:
        """Take a customer out; KeyError when it is not there."""
        self._book.delete(provided_id)

    def delete_at(self, index: int) -> None:
        """Take the customer at this position out; IndexError when there is none."""
        self._book.delete_at(index)

    def customer(self, provided_id: str) -> dict[str, Any]:
        """Return a customer as answers show it; KeyError when it is not there."""
        return self._book.shown(self._book.row_of(provided_id))

    def parent_of(self, provided_id: str) -> str | None:
        """Return the id of a customer's parent, which no answer shows; KeyError when the customer is not there."""
        return self._book.family.parent_of(self._book.row_of(provided_id))

    @property
    def group_tags(self) -> tuple[str, ...]:
        """The tags of the team."""
        return tuple(self._team.group_tags)
