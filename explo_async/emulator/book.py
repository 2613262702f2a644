"""The ordered list of customers that the emulator serves, and how it changes."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from explo_async.emulator.family import Family
from explo_async.emulator.inheritance import Inherited
from explo_async.emulator.order import Order
from explo_async.emulator.records import Record, Records
from explo_async.emulator.synthetic import inherited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class CustomerBook:
    """Customers in listing order.

    A row is one integer: the serial number of a synthetic customer, or -1, -2, ... for a given record. A
    million synthetic customers so take 8 MB.

    Records are shown as they were given until a write has made one, or one above it: from then on what is computed
    follows from the hierarchy. `with_inherited_tags` shows the tags of those above as well, in every record.
    """

    def __init__(
        self,
        customers: int | Iterable[Mapping[str, Any]],
        *,
        seed: int = 0,
        parents: Mapping[str, str] | None = None,
        order: Order | None = None,
        with_inherited_tags: bool = False,
    ) -> None:
        self.order: Order = order or Order()
        self.version: int = 0
        """Goes up with every change of the list."""
        self.on_change: Callable[[Callable[[CustomerBook], object]], object] | None = None
        """Called with each change, which does the same to a copy."""
        synthetic = customers if isinstance(customers, int) else 0
        self._records = Records(seed, synthetic)
        self.family: Family = Family(self._records, parents or {})
        """Who is whose child."""
        self._written: set[int] = set()
        self._with_inherited_tags = with_inherited_tags
        self._rows = array("q", range(synthetic))
        if not isinstance(customers, int):
            for record in customers:
                self.add(record)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def seed(self) -> int:
        """Of the synthetic customers."""
        return self._records.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        self._records.seed = seed

    @property
    def provided_ids(self) -> tuple[str, ...]:
        """The ids in listing order."""
        return tuple(self.id_of(row) for row in self._rows)

    def add(self, record: Mapping[str, Any] | None = None, index: int | None = None) -> Record:
        """Put a record, or a fresh synthetic customer, before `index` (default: at the end) and return it."""
        if record is None:
            return self.shown(self._insert(self._records.fresh(), index, lambda book: book.add(None, index)))
        provided_id = record.get("provided_id")
        if isinstance(provided_id, str) and self.find(provided_id) is not None:
            msg = f"provided_id {provided_id!r} is in the list already"
            raise ValueError(msg)
        parent = self.family.told(provided_id) if isinstance(provided_id, str) else None
        return self.shown(self.insert(record, parent, index, written=False))

    def insert(
        self, record: Mapping[str, Any], parent: str | None, index: int | None = None, *, written: bool = True
    ) -> int:
        """Put a record before `index` (default: at the end) and return its row; its id may be there already."""
        record = dict(record)
        row = self._records.keep(dict(record))
        self.family.join(row, parent)
        if written:
            self._written.add(row)
        return self._insert(row, index, lambda book: book.insert(record, parent, index, written=written))

    def change(self, provided_id: str, fields: Mapping[str, Any]) -> Record:
        """Give a customer's record other values and return it; KeyError when it is not there."""
        row = self.row_of(provided_id)
        record = {**self._records.get(row), **fields, "provided_id": provided_id}
        return self.shown(self.replace(row, record, self.family.parent_of(row), written=row in self._written))

    def replace(self, row: int, record: Mapping[str, Any], parent: str | None, *, written: bool = True) -> int:
        """Put a record and a parent in the place of what the row stands for, and return its row from now on."""
        record = dict(record)
        place = self._rows.index(row)
        now = self._records.replace(row, dict(record))
        self.family.join(now, parent)
        if written:
            self._written.add(now)
        self.order.update(self._rows, place, now)
        self._changed(lambda book: book.replace(row, record, parent, written=written))
        return now

    def delete(self, provided_id: str) -> None:
        """Take the customer out; KeyError when it is not there."""
        self.remove(self.row_of(provided_id))

    def delete_at(self, index: int) -> None:
        """Take the customer at this position out; IndexError when there is none."""
        row = self.order.delete(self._rows, index)
        self._records.drop(row)
        self.family.leave(row)
        self._written.discard(row)
        self._changed(lambda book: book.delete_at(index))

    def remove(self, row: int) -> None:
        """Take the customer with this row out."""
        self.delete_at(self._rows.index(row))

    def rename_tag(self, name: str, new_name: str | None) -> None:
        """Call a group tag of all customers otherwise; None takes it away."""
        self._records.rename_tag(name, new_name)
        self._changed(lambda book: book.rename_tag(name, new_name))

    def id_at(self, index: int) -> str:
        """Return the id of the customer at this position; IndexError when there is none."""
        return self.id_of(self._rows[index])

    def find(self, provided_id: str, access_group: str | None = None) -> int | None:
        """Return the row of this id, in this visibility group unless that is None; None when it is not there."""
        return self._records.find(provided_id, access_group)

    def find_near(self, provided_id: str, access_group: str | None = None) -> int | None:
        """Return the row of this id, in another visibility group where this one has none."""
        return self._records.find_near(provided_id, access_group)

    def find_by_token(self, token: str, access_group: str | None = None) -> int | None:
        """Return the row of the customer with this token, likewise."""
        row = self._records.find_by_token(token)
        return row if row is not None and access_group in {None, self._records.group_of(row)} else None

    def own(self, row: int) -> Record:
        """Return the record of a row as it is kept: what it inherits is not up to date."""
        return self._records.get(row)

    def shown(self, row: int) -> Record:
        """Return the record of a row as answers show it."""
        record = self._records.get(row)
        if not self._written and not self._with_inherited_tags:
            return record
        above = list(self.family.above(row))
        computed = row in self._written or not self._written.isdisjoint(above)
        if not computed and not self._with_inherited_tags:
            return record
        origin = self._records.origin_of(row)
        comes_down = Inherited(*(() if origin is None else inherited(self.seed, origin)))
        for ancestor in reversed(above):
            comes_down = comes_down.below(self._records.get(ancestor))
        if computed:
            record = comes_down.show_computed(record)
        return comes_down.show_tags(record) if self._with_inherited_tags else record

    def select(
        self,
        parent_provided_id: str | None,
        hierarchy_level_name: str | None,
        access_group: str | None = None,
        *,
        all_below: bool = False,
    ) -> Sequence[int]:
        """Return the rows that pass all filters, in listing order; `all_below`: a parent's descendants pass too."""
        rows: Sequence[int] = self._rows
        if access_group is not None:
            rows = [row for row in rows if self._records.group_of(row) == access_group]
        if parent_provided_id is not None and all_below:
            rows = [row for row in rows if parent_provided_id in self._ids_above(row)]
        elif parent_provided_id is not None:
            rows = [row for row in rows if self.family.parent_of(row) == parent_provided_id]
        if hierarchy_level_name is not None:
            rows = [row for row in rows if self._records.level_of(row) == hierarchy_level_name]
        return rows

    def records(self, rows: Iterable[int]) -> list[Record]:
        """Return the records of these rows; the synthetic ones are made now."""
        return [self.shown(row) for row in rows]

    def _ids_above(self, row: int) -> set[str | None]:
        return {self.family.parent_of(row), *(self.family.parent_of(above) for above in self.family.above(row))}

    def _insert(self, row: int, index: int | None, repeat: Callable[[CustomerBook], object]) -> int:
        self.order.insert(self._rows, len(self._rows) if index is None else index, row)
        self._changed(repeat)
        return row

    def _changed(self, repeat: Callable[[CustomerBook], object]) -> None:
        self.version += 1
        if self.on_change is not None:
            self.on_change(repeat)

    def row_of(self, provided_id: str) -> int:
        """Return the row of this id; KeyError when it is not there."""
        row = self.find(provided_id)
        if row is None:
            raise KeyError(provided_id)
        return row

    def id_of(self, row: int) -> str:
        """Return the id of a row."""
        return self._records.id_of(row)
