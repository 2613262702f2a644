"""The list of customers as a test sees and changes it while it is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.emulator.book import CustomerBook


class Editable:
    """What an emulator lets a test do with its list."""

    _book: CustomerBook

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
        return self._book.add(record, index)

    def change(self, provided_id: str, **fields: Any) -> dict[str, Any]:
        """Give a customer's record other values (snake_case) and return it; KeyError when it is not there."""
        return self._book.change(provided_id, fields)

    def delete(self, provided_id: str) -> None:
        """Take a customer out; KeyError when it is not there."""
        self._book.delete(provided_id)

    def delete_at(self, index: int) -> None:
        """Take the customer at this position out; IndexError when there is none."""
        self._book.delete_at(index)
