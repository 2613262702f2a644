"""What stands behind a row: a synthetic customer, made when it is asked for, or a record that is kept.

A row is one integer: the serial number of a synthetic customer, or -1, -2, ... for a record.
"""

from __future__ import annotations

from typing import Any

from explo_async.emulator.synthetic import (
    TAGS,
    group_of,
    level_of,
    make_customer,
    provided_id_of,
    serial_of,
    serial_of_token,
)

Record = dict[str, Any]


class Records:
    """The customers by row, and the rows by id and by token.

    An id stands for two customers only where a deployment allows that, in two visibility groups.
    """

    def __init__(self, seed: int, synthetic: int) -> None:
        self.seed = seed
        self._kept: list[Record] = []
        self._rows_by_id: dict[str, list[int]] = {}
        self._row_by_token: dict[str, int] = {}
        self._next_serial = synthetic
        self._gone: set[int] = set()
        """Serial numbers below the next one that stand for nobody any more."""
        self._made_from: dict[int, int] = {}
        """The serial number of a synthetic customer that became a record."""
        self._tags: dict[str, str | None] = {}
        """What became of the synthetic customers' tags."""

    def fresh(self) -> int:
        """Return the row of one more synthetic customer."""
        # A given record may have taken the id that would come next.
        while provided_id_of(self._next_serial) in self._rows_by_id:
            self._gone.add(self._next_serial)
            self._next_serial += 1
        self._next_serial += 1
        return self._next_serial - 1

    def keep(self, record: Record) -> int:
        """Return the row of one more record; TypeError without an id."""
        provided_id = record.get("provided_id")
        if not isinstance(provided_id, str):
            msg = "a record to serve needs a provided_id that is a string"
            raise TypeError(msg)
        self._kept.append(record)
        self._enter(-len(self._kept))
        return -len(self._kept)

    def replace(self, row: int, record: Record) -> int:
        """Put a record in the place of what the row stands for, and return its row from now on."""
        if row >= 0:
            self._gone.add(row)
            kept = self.keep(record)
            self._made_from[kept] = row
            return kept
        self._leave(row)
        self._kept[-row - 1] = record
        self._enter(row)
        return row

    def drop(self, row: int) -> None:
        """Forget what the row stands for."""
        if row >= 0:
            self._gone.add(row)
            return
        self._leave(row)
        self._made_from.pop(row, None)
        # Its number is not given out again; the record would stay for as long as the emulator runs.
        self._kept[-row - 1] = {}

    def get(self, row: int) -> Record:
        """Return the record of a row; one that is synthetic is made now."""
        if row < 0:
            return self._kept[-row - 1]
        record = make_customer(self.seed, row)
        if self._tags:
            called = (self._tags.get(tag, tag) for tag in record["group_tags"])
            record["group_tags"] = [tag for tag in called if tag is not None]
        return record

    def find(self, provided_id: str, access_group: str | None = None) -> int | None:
        """Return the row of this id, in this visibility group unless that is None."""
        rows = list(self._rows_by_id.get(provided_id, ()))
        serial = serial_of(provided_id)
        if serial is not None and self.lives(serial):
            rows.append(serial)
        return next((row for row in rows if access_group in {None, self.group_of(row)}), None)

    def find_near(self, provided_id: str, access_group: str | None) -> int | None:
        """Return the row of this id, in another visibility group where this one has none: families may spread."""
        row = self.find(provided_id, access_group)
        return self.find(provided_id) if row is None else row

    def find_by_token(self, token: str) -> int | None:
        """Return the row of the customer with this token."""
        row = self._row_by_token.get(token)
        if row is None:
            serial = serial_of_token(token)
            if serial is not None and self.lives(serial) and make_customer(self.seed, serial)["token"] == token:
                return serial
        return row

    def id_of(self, row: int) -> str:
        """Return the id of a row."""
        if row >= 0:
            return provided_id_of(row)
        provided_id: str = self._kept[-row - 1]["provided_id"]
        return provided_id

    def level_of(self, row: int) -> str | None:
        """Return the hierarchy level of a row."""
        return level_of(row) if row >= 0 else self._kept[-row - 1].get("hierarchy_level")

    def group_of(self, row: int) -> str | None:
        """Return the visibility group of a row."""
        return group_of(self.seed, row) if row >= 0 else self._kept[-row - 1].get("access_group")

    def origin_of(self, row: int) -> int | None:
        """Return the serial number of a synthetic customer, changed or not; None for another one."""
        return row if row >= 0 else self._made_from.get(row)

    def rename_tag(self, name: str, new_name: str | None) -> None:
        """Call a group tag otherwise in every record; None takes it away."""
        for place, record in enumerate(self._kept):
            tags = record.get("group_tags")
            if isinstance(tags, list) and name in tags:
                called = (new_name if tag == name else tag for tag in tags)
                # Another record: somebody may still look at the one that was.
                self._kept[place] = record | {"group_tags": [tag for tag in called if tag is not None]}
        self._tags |= {old: new_name for old in TAGS if self._tags.get(old, old) == name}

    def lives(self, serial: int) -> bool:
        """Tell whether a synthetic customer of this number is in the list, as itself."""
        return serial < self._next_serial and serial not in self._gone

    def _enter(self, row: int) -> None:
        record = self._kept[-row - 1]
        self._rows_by_id.setdefault(record["provided_id"], []).append(row)
        token = record.get("token")
        if isinstance(token, str):
            self._row_by_token[token] = row

    def _leave(self, row: int) -> None:
        record = self._kept[-row - 1]
        rows = self._rows_by_id[record["provided_id"]]
        rows.remove(row)
        if not rows:
            del self._rows_by_id[record["provided_id"]]
        token = record.get("token")
        if isinstance(token, str) and self._row_by_token.get(token) == row:
            del self._row_by_token[token]
