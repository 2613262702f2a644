"""The ordered list of customers that the emulator serves, and how it changes."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from explo_async.emulator.order import Order
from explo_async.emulator.synthetic import level_of, make_customer, parent_of, provided_id_of, serial_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Record = dict[str, Any]


class CustomerBook:
    """Customers in listing order.

    A row is one integer: the serial number of a synthetic customer, or -1, -2, ... for a given record. A
    million synthetic customers so take 8 MB.
    """

    def __init__(
        self,
        customers: int | Iterable[Mapping[str, Any]],
        *,
        seed: int = 0,
        parents: Mapping[str, str] | None = None,
        order: Order | None = None,
    ) -> None:
        self.seed = seed
        self.order: Order = order or Order()
        self.version: int = 0
        """Goes up with every change of the list."""
        self._parents = dict(parents or {})
        self._given: list[Record] = []
        self._row_by_id: dict[str, int] = {}
        self._next_serial = 0
        self._rows = array("q")
        if isinstance(customers, int):
            self._rows.extend(range(customers))
            self._next_serial = customers
        else:
            for record in customers:
                self.add(record)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def provided_ids(self) -> tuple[str, ...]:
        """The ids in listing order."""
        return tuple(self._id_of(row) for row in self._rows)

    def add(self, record: Mapping[str, Any] | None = None, index: int | None = None) -> Record:
        """Put a record, or a fresh synthetic customer, before `index` (default: at the end) and return it."""
        row = self._fresh_serial() if record is None else self._keep(dict(record))
        self.order.insert(self._rows, len(self._rows) if index is None else index, row)
        self.version += 1
        return self._record_of(row)

    def change(self, provided_id: str, fields: Mapping[str, Any]) -> Record:
        """Give a customer's record other values and return it; KeyError when it is not there."""
        row = self._row_of(provided_id)
        if row is None:
            raise KeyError(provided_id)
        place = self._rows.index(row)
        record = {**self._record_of(row), **fields, "provided_id": provided_id}
        if row < 0:
            self._given[-row - 1] = record
        else:
            parent = self._parent_of(row)
            if parent is not None:
                self._parents[provided_id] = parent
            row = self._store(record)
        self.order.update(self._rows, place, row)
        self.version += 1
        return record

    def delete(self, provided_id: str) -> None:
        """Take the customer out; KeyError when it is not there."""
        row = self._row_of(provided_id)
        if row is None:
            raise KeyError(provided_id)
        self._drop(self._rows.index(row))

    def delete_at(self, index: int) -> None:
        """Take the customer at this position out; IndexError when there is none."""
        self._drop(index)

    def id_at(self, index: int) -> str:
        """Return the id of the customer at this position; IndexError when there is none."""
        return self._id_of(self._rows[index])

    def select(self, parent_provided_id: str | None, hierarchy_level_name: str | None) -> Sequence[int]:
        """Return the rows that pass both filters, in listing order."""
        rows: Sequence[int] = self._rows
        if parent_provided_id is not None:
            rows = [row for row in rows if self._parent_of(row) == parent_provided_id]
        if hierarchy_level_name is not None:
            rows = [row for row in rows if self._level_of(row) == hierarchy_level_name]
        return rows

    def records(self, rows: Iterable[int]) -> list[Record]:
        """Return the records of these rows; the synthetic ones are made now."""
        return [self._record_of(row) for row in rows]

    def _fresh_serial(self) -> int:
        # A given record may have taken the id that would come next.
        while provided_id_of(self._next_serial) in self._row_by_id:
            self._next_serial += 1
        self._next_serial += 1
        return self._next_serial - 1

    def _keep(self, record: Record) -> int:
        provided_id = record.get("provided_id")
        if not isinstance(provided_id, str):
            msg = "a record to serve needs a provided_id that is a string"
            raise TypeError(msg)
        if self._row_of(provided_id) is not None:
            msg = f"provided_id {provided_id!r} is in the list already"
            raise ValueError(msg)
        return self._store(record)

    def _store(self, record: Record) -> int:
        self._given.append(record)
        row = -len(self._given)
        self._row_by_id[record["provided_id"]] = row
        return row

    def _drop(self, index: int) -> None:
        row = self.order.delete(self._rows, index)
        if row < 0:
            del self._row_by_id[self._id_of(row)]
            # Its number is not given out again; the record would stay for as long as the emulator runs.
            self._given[-row - 1] = {}
        self.version += 1

    def _row_of(self, provided_id: str) -> int | None:
        if provided_id in self._row_by_id:
            return self._row_by_id[provided_id]
        serial = serial_of(provided_id)
        return serial if serial is not None and serial in self._rows else None

    def _record_of(self, row: int) -> Record:
        return make_customer(self.seed, row) if row >= 0 else self._given[-row - 1]

    def _id_of(self, row: int) -> str:
        if row >= 0:
            return provided_id_of(row)
        provided_id: str = self._given[-row - 1]["provided_id"]
        return provided_id

    def _parent_of(self, row: int) -> str | None:
        return parent_of(row) if row >= 0 else self._parents.get(self._id_of(row))

    def _level_of(self, row: int) -> str | None:
        return level_of(row) if row >= 0 else self._record_of(row).get("hierarchy_level")
