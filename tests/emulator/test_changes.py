"""Changes that go on while the emulator runs."""

from __future__ import annotations

import asyncio
import math
import socket
import statistics
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import pytest

from explo_async.emulator import Change, Changes, Emulator
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.changes import Changing
from explo_async.emulator.process import EmulatorProcess
from explo_async.emulator.thread import EmulatorThread
from tests.helpers import virtual
from tests.helpers.emulator_client import asking

if TYPE_CHECKING:
    from explo_async.emulator.changes import Kind


def pass_time(changes: Changes, book: CustomerBook, seconds: float) -> tuple[list[Change], list[float]]:
    """Let changes go on for so long in virtual time, and return them and when each was made."""
    log, times = Log(), []

    async def wait() -> None:
        changing = Changing(changes, book, log)
        changing.start()
        await asyncio.sleep(seconds)
        changing.stop()

    log.seen = lambda: times.append(asyncio.get_running_loop().time())
    virtual.run(wait())
    return list(log), times


def first_change(changes: Changes, book: CustomerBook) -> list[Change]:
    """Let so much time go by that one change is made."""
    log, _ = pass_time(changes, book, Random(changes.seed).expovariate(changes.rate) + 1e-6)
    return log


class Log(list[Change]):
    """A log that tells when it grows."""

    seen: Any

    def append(self, change: Change) -> None:
        self.seen()
        super().append(change)


def test_changes_come_at_their_rate() -> None:
    """The waits are those of the seed: on average 1/rate, and as far apart as exponential ones are."""
    changes = Changes(4.0, seed=2)
    log, times = pass_time(changes, CustomerBook(5000), 1000.0)
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(log) == pytest.approx(4000, rel=0.05)
    assert statistics.stdev(waits) == pytest.approx(0.25, rel=0.05)
    assert times[0] == 1000.0 + Random(2).expovariate(4.0)
    assert {kind: pytest.approx(len(log) / 3, rel=0.1) for kind in changes.kinds} == {
        kind: sum(change.kind == kind for change in log) for kind in changes.kinds
    }


def test_the_same_seed_makes_the_same_changes() -> None:
    """Another seed makes others."""
    first, again, other = (pass_time(Changes(10, seed=seed), CustomerBook(50), 20.0) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_log_says_what_was_changed() -> None:
    """From the log alone the list can be told: who came, who went and who has another name."""
    book = CustomerBook(20)
    before = set(book.provided_ids)
    log, _ = pass_time(Changes(5), book, 20.0)
    there = set(before)
    for change in log:
        if change.kind == "insert":
            assert change.provided_id not in there
            there.add(change.provided_id)
        else:
            assert change.provided_id in there
            there -= {change.provided_id} if change.kind == "delete" else set()
    assert set(book.provided_ids) == there
    renamed = {record["provided_id"] for record in book.records(book.select(None, None)) if "Renamed" in record["name"]}
    assert renamed == {change.provided_id for change in log if change.kind == "update"} & there


@pytest.mark.parametrize(
    ("kind", "where", "expected"),
    [
        ("insert", "front", "x012"),
        ("insert", "back", "012x"),
        ("delete", "front", "12"),
        ("delete", "back", "01"),
        ("update", "front", "012"),
        ("update", "back", "012"),
    ],
)
def test_changes_come_where_they_are_told(kind: Kind, where: Literal["front", "back"], expected: str) -> None:
    """At the front or at the back of the list."""
    book = CustomerBook([{"provided_id": letter} for letter in "012"])
    log = first_change(Changes(1.0, kinds=(kind,), where=where), book)
    place = 0 if where == "front" else -1
    changed = {"insert": book.provided_ids[place], "delete": "012"[place], "update": "012"[place]}[kind]
    assert log == [Change(kind, changed)]
    assert "".join("x" if len(provided_id) > 1 else provided_id for provided_id in book.provided_ids) == expected


def test_changes_come_anywhere_else() -> None:
    """By default each place is as likely, the very ends of the list among them."""
    inserted, deleted = set(), set()
    for seed in range(60):
        book = CustomerBook([{"provided_id": letter} for letter in "012"])
        [insertion] = first_change(Changes(1.0, kinds=("insert",), seed=seed), book)
        inserted.add(book.provided_ids.index(insertion.provided_id))
        book.delete(insertion.provided_id)
        [deletion] = first_change(Changes(1.0, kinds=("delete",), seed=seed), book)
        deleted.add(deletion.provided_id)
    assert (inserted, deleted) == ({0, 1, 2, 3}, set("012"))


@pytest.mark.parametrize("kind", ["delete", "update"])
def test_an_empty_list_is_left_alone(kind: Kind) -> None:
    """Where nobody is there to delete or to update nothing happens and nothing is taken down, and the time goes on."""
    book = CustomerBook(0)
    log, _ = pass_time(Changes(1.0, kinds=(kind,)), book, 60.0)
    assert (len(book), log) == (0, [])
    log, _ = pass_time(Changes(1.0, kinds=("insert", kind, kind), seed=1), book, 600.0)
    assert log[0].kind == "insert"
    assert sum(change.kind == "insert" for change in log) == pytest.approx(200, rel=0.2)


def test_a_kind_that_is_named_twice_comes_twice_as_often() -> None:
    """With two insertions to a deletion a list grows."""
    log, _ = pass_time(Changes(10.0, kinds=("insert", "insert", "delete")), CustomerBook(10), 100.0)
    assert sum(change.kind == "insert" for change in log) == pytest.approx(len(log) * 2 / 3, rel=0.1)


def test_a_busy_loop_does_not_lower_the_rate() -> None:
    """What was due while nothing could run is made up for."""

    async def wait() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual.VirtualLoop)
        log: list[Change] = []
        changing = Changing(Changes(10.0, kinds=("insert",)), CustomerBook(0), log)
        changing.start()
        loop.now += 100.0
        await asyncio.sleep(0.01)
        changing.stop()
        return len(log)

    assert virtual.run(wait()) == pytest.approx(1000, rel=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 0}, "'rate' must be > 0"),
        ({"rate": -1.0}, "'rate' must be > 0"),
        ({"rate": math.nan}, "'rate' must be > 0"),
        ({"rate": math.inf}, "'rate' must be < inf"),
        ({"rate": 1, "kinds": ()}, "'kinds'"),
        ({"rate": 1, "kinds": ("insert", "upsert")}, "'kinds' must be in .*got 'upsert'"),
        ({"rate": 1, "kinds": "insert"}, "'kinds' must be in .*got 'i'"),
        ({"rate": 1, "where": "middle"}, "'where' must be in .*got 'middle'"),
    ],
)
def test_changes_that_make_no_sense_are_refused(options: dict[str, Any], words: str) -> None:
    """A rate that is no positive number, no kinds or unknown ones and unknown places are errors that name them."""
    with pytest.raises(ValueError, match=words):
        Changes(**options)


async def test_an_emulator_changes_while_it_runs_and_no_longer() -> None:
    """Changes begin with the block, show in the answers, and end with it."""
    emulator = Emulator(5, changes=Changes(1000, kinds=("insert",)))
    await asyncio.sleep(0.02)
    assert emulator.changed == []
    async with asyncio.timeout(10), emulator, asking(emulator) as ask:
        while (await ask()).json()["total_count"] < 15:
            assert emulator.total_count == 5 + len(emulator.changed)
    made = len(emulator.changed)
    await asyncio.sleep(0.02)
    assert (len(emulator.changed), emulator.total_count) == (made, 5 + made)


async def test_an_emulator_that_cannot_start_changes_nothing() -> None:
    """When the port is taken nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = Emulator(5, port=taken.getsockname()[1], changes=Changes(1000))
        with pytest.raises(OSError, match="in use"):
            await emulator.__aenter__()
        await asyncio.sleep(0.02)
    assert emulator.changed == []


async def test_changes_come_between_the_queries() -> None:
    """Some answers of a list that grows at the front hold one customer less than they could: the count is older."""
    changes = Changes(500, kinds=("insert",), where="front")
    emulator = Emulator(5, changes=changes, between=0.01)
    async with asyncio.timeout(10), emulator, asking(emulator) as ask:
        hidden = 0
        while not hidden:
            reply = await ask(page_size=1000)
            assert len(reply.provided_ids) == reply.json()["total_count"]
            hidden += "customer-0000004" not in reply.provided_ids


def test_a_thread_tells_its_list_while_it_changes() -> None:
    """Whoever asks a thread's emulator for the ids gets those of one moment."""
    with EmulatorThread(3000, changes=Changes(2000)) as emulator:
        for _ in range(100):
            ids = emulator.provided_ids
            assert len(set(ids)) == len(ids)
        assert emulator.changed
    assert len(emulator.provided_ids) == emulator.total_count


async def test_a_process_takes_all_of_these_options() -> None:
    """They travel by pickle, and the site on the other side is such a one."""
    options: dict[str, Any] = {"between": 0.001, "one_snapshot": True, "order": "none", "total_error": 7}
    with EmulatorProcess(3, prepare=10, changes=Changes(200, kinds=("insert",)), **options) as emulator:
        async with asyncio.timeout(10), asking(emulator) as ask:
            total = 0
            while total <= 10:
                reply = await ask(page_size=1000)
                total = reply.json()["total_count"]
                assert total == len(reply.provided_ids) + 7
