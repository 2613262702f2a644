"""Who is whose child: synthetic customers by their numbers, the others as they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.emulator.synthetic import children_of, parent_of, serial_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class Family:
    """The parents' ids by row, and the children's rows by id. A parent may be missing."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        self._told = dict(parents)
        self._parents: dict[int, str] = {}
        self._children: dict[str, dict[int, None]] = {}

    def told(self, provided_id: str) -> str | None:
        """Return the parent that this id was given beforehand."""
        return self._told.get(provided_id)

    def parent(self, row: int) -> str | None:
        """Return the id of the parent of a row."""
        return parent_of(row) if row >= 0 else self._parents.get(row)

    def children(self, provided_id: str) -> list[int]:
        """Return the rows whose parent has this id; those of synthetic customers may be gone."""
        serial = serial_of(provided_id)
        synthetic = () if serial is None else children_of(serial)
        return [*synthetic, *self._children.get(provided_id, ())]

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
