"""Who is whose child: synthetic customers by their numbers, the others as they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.synthetic import children_of, parent_of, serial_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explo_async.emulator.records import Records


class Family:
    """The parents' ids by row, and the children's rows by id. A parent may be missing."""

    def __init__(self, records: Records, parents: Mapping[str, str]) -> None:
        self._records = records
        self._told = dict(parents)
        self._parents: dict[int, str] = {}
        self._children: dict[str, dict[int, None]] = {}

    def told(self, provided_id: str) -> str | None:
        """Return the parent that this id was given beforehand."""
        return self._told.get(provided_id)

    def parent_of(self, row: int) -> str | None:
        """Return the id of the parent of a row; None where there is none."""
        return parent_of(row) if row >= 0 else self._parents.get(row)

    def above(self, row: int) -> Iterator[int]:
        """Yield the rows above one, the nearest first."""
        met = {row}
        while (parent := self.parent_of(row)) is not None:
            above = self._records.find_near(parent, self._records.group_of(row))
            # Records may be given that are each other's parents.
            if above is None or above in met:
                return
            met.add(above)
            yield above
            row = above

    def children_of(self, row: int) -> list[int]:
        """Return the rows right below one."""
        provided_id = self._records.id_of(row)
        serial = serial_of(provided_id)
        synthetic = [] if serial is None else [child for child in children_of(serial) if self._records.lives(child)]
        children = [*synthetic, *self._children.get(provided_id, ())]
        # Two visibility groups may have this id.
        return [child for child in children if next(self.above(child), None) == row]

    def join(self, row: int, parent: str | None) -> None:
        """Take down the parent of a row that has a record; None: it has none."""
        self.leave(row)
        if parent is not None:
            self._parents[row] = parent
            self._children.setdefault(parent, {})[row] = None

    def leave(self, row: int) -> None:
        """Take down that the row has no parent any more."""
        parent = self._parents.pop(row, None)
        if parent is not None:
            del self._children[parent][row]
