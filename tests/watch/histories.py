"""A watch as it lives through a history: a world that changes, lists of it, and a consumer that is killed at any point.

The state is the real one, in SQLite. A kill is what the disk has at that moment, opened anew: files are copied while the
process that writes them is in the middle of it. What the consumer does survives, as what it has written to its own
database would.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any

from explo_async.models import Customer, FetchReport
from explo_async.watch.opening import open_state
from explo_async.watch.rows import decode_row
from explo_async.watch.settings import Settings
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from explo_async.models import Verdict
    from explo_async.watch.settling import Settled
    from explo_async.watch.state import State, Told


class Killed(Exception):
    """The process is no more."""


def report_of(customers: int, verdict: Verdict) -> FetchReport:
    """Return the report of a list."""
    return FetchReport(
        verdict=verdict,
        total_count=customers,
        totals_seen=(customers,),
        customers=customers,
        duplicates=0,
        pages_asked_again=(),
    )


def customer_of(provided_id: str, version: tuple[int, int]) -> Customer:
    """Return a customer of two fields that change."""
    return Customer(provided_id=provided_id, name=f"name {version[0]}", properties={"seats": version[1]})


class History:
    """One history; `check` raises AssertionError for what must not be."""

    def __init__(self, folder: Path, kill_at: Callable[[], bool], *, confirm: int, number: int, share: float) -> None:
        self.world: dict[str, Customer] = {}
        self.mirror: dict[str, Customer] = {}
        """What the consumer has made of the events: it survives."""
        self.kills = 0
        self.told = 0
        self.held = 0
        self._kill_at = kill_at
        self.settings = Settings(
            every=1.0,
            confirm_removals=confirm,
            initial="emit",
            max_deletes=number,
            max_delete_share=share,
            allow_deletes=None,
        )
        self._folder = folder
        self._serials = count()
        self._path = folder / "0.sqlite"
        self._state: State = self._open()
        self._running: dict[str, int] = {}
        """How many exact lists running have lacked whom, as counted here."""

    def _open(self) -> State:
        return open_state(self._path, Filters(), lambda salt: salt, adopt=False)

    def close(self) -> None:
        """Let go of the files."""
        self._state.close()

    def point(self) -> None:
        """Be killed here, if the history says so: what is on the disk is all that is left of the state."""
        if self._kill_at():
            self.kills += 1
            at = self._path
            self._path = self._folder / f"{next(self._serials) + 1}.sqlite"
            for ending in ("", "-wal"):
                if (file := at.with_name(at.name + ending)).exists():
                    shutil.copyfile(file, self._path.with_name(self._path.name + ending))
            raise Killed

    def live(self, act: Callable[[], None]) -> None:
        """Do something, and begin anew where it is killed."""
        try:
            act()
        except Killed:
            self._state.close()
            self._state = self._open()

    def broken_list(self, ids: list[str]) -> None:
        """Take in a list that comes to no end: nothing may follow from it."""
        self._state.begin_list()
        self._state.take_in([self.world[each] for each in ids if each in self.world])
        self.point()

    def round(self, verdict: Verdict, lacking: frozenset[str], acknowledged: Callable[[], bool]) -> None:
        """Take in a list, and handle what follows; a checked one may lack customers that are there."""
        listed = {name: each for name, each in self.world.items() if verdict == "exact" or name not in lacking}
        self._state.begin_list()
        for each in listed.values():
            self._state.take_in([each])
            self.point()
        self._state.end_list()
        self.point()
        running = self._count_absences(listed, verdict)
        settled = self._settle(report_of(len(listed), verdict))
        # All of it is on the disk now.
        self._running = running
        self.point()
        removed: set[str] = set()
        for told in self._events():
            seq, provided_id, telling = told
            self._check(told, listed, verdict)
            if telling.kind == "removed":
                removed.add(provided_id)
            self.point()
            self._handle(provided_id, telling)
            self.told += 1
            self.point()
            if acknowledged():
                self._state.acknowledge(seq)
                self.point()
        self._check_removals(settled, removed)

    def _count_absences(self, listed: dict[str, Customer], verdict: Verdict) -> dict[str, int]:
        absent = self._known() - listed.keys()
        return {name: self._running.get(name, 0) + (verdict == "exact") for name in absent}

    def _known(self) -> set[str]:
        rows = self._state._connection.execute("SELECT id FROM customers UNION SELECT id FROM told")
        return {name for (name,) in rows}

    def _settle(self, report: FetchReport) -> Settled:
        with closing(self._state.settle(report, self.settings)) as steps:
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    settled: Settled = end.value
                    return settled
                self.point()

    def _events(self) -> Iterator[Told]:
        after = 0
        while told := self._state.read_told(after, 2):
            yield from told
            after = told[-1][0]

    def _check(self, told: Told, listed: dict[str, Customer], verdict: Verdict) -> None:
        """Hold what is told against the list of this round."""
        _, provided_id, telling = told
        if telling.kind == "removed":
            assert verdict == "exact"
            assert provided_id not in listed
            assert self._running[provided_id] >= self.settings.confirm_removals
        else:
            assert decode_row(provided_id, telling.row) == listed[provided_id]
        if telling.kind == "changed":
            assert telling.fields

    def _handle(self, provided_id: str, telling: Any) -> None:
        """Act on an event as its words say, and no more: of a change the fields that it names."""
        now = decode_row(provided_id, telling.row)
        if telling.kind == "removed":
            self.mirror.pop(provided_id, None)
        elif telling.kind == "added":
            self.mirror[provided_id] = now
        else:
            known = self.mirror[provided_id]
            fields = {name: getattr(now, name) for name in telling.fields}
            values = {name: getattr(known, name) for name in ("name", "properties")} | fields
            self.mirror[provided_id] = Customer(provided_id=provided_id, **values)

    def _check_removals(self, settled: Settled, removed: set[str]) -> None:
        """Hold all removals against the limits: they are told together, or held together where they are more than both."""
        confirmed = {name for name, lists in self._running.items() if lists >= self.settings.confirm_removals}
        many = len(confirmed)
        ceiling = self.settings.allow_deletes
        too_many = many > self.settings.max_deletes and many > self.settings.max_delete_share * settled.counts.known
        too_many = too_many if ceiling is None else many > ceiling
        if settled.reason is not None:
            self.held += 1
            assert (too_many, removed, settled.counts.held) == (True, set(), many)
        elif removed:
            assert (too_many, removed) == (False, confirmed)
