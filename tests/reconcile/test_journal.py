"""The journal of an apply, the mark beside a plan, and the audit file: what is on the disk, and when."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import stat
from typing import TYPE_CHECKING

import pytest

from explo_async import PlanRefused, PlanStale
from explo_async.reconcile.audit import Audit
from explo_async.reconcile.items import Create, Delete, Update
from explo_async.reconcile.journal import Begun, Ended, Finished, Heading, Journal, read_journal
from explo_async.reconcile.judge import Verdict
from explo_async.reconcile.spent import check_unspent, mark_spent
from tests.reconcile.plans import make

if TYPE_CHECKING:
    from pathlib import Path

PLAN = make(creates=(Create("a", {"name": "A"}),))
HEADING = Heading(digest=PLAN.digest, plan=PLAN, allow_deletes=7)


def begin(path: Path) -> Journal:
    """Begin a journal."""
    return Journal.begin(path, HEADING, lambda: None)


async def write_whole(path: Path) -> bytes:
    """Write the journal of a whole apply."""
    journal = begin(path)
    for line in (Begun("create", "a"), Ended("create", "a", "done"), Begun("delete", "b"), Finished()):
        await journal.write(line)
    await journal.close()
    return _content(path)


def _content(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_journal_is_read_back(tmp_path: Path) -> None:
    """With the plan, which a resume needs; nobody else can read it."""
    path = tmp_path / "journal"
    await write_whole(path)
    history = read_journal(path)
    assert history is not None
    assert (history.heading.plan, history.heading.allow_deletes) == (PLAN, 7)
    assert history.ended == {("create", "a"): Ended("create", "a", "done")}
    assert history.begun == {("delete", "b")}
    assert history.is_finished
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_torn_line_counts_as_not_written(tmp_path: Path) -> None:
    """Cut anywhere: what stands before is read, and what is written next begins where that ends."""
    path = tmp_path / "journal"
    whole = await write_whole(path)
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for cut in {*random.Random(0).sample(range(len(whole)), 60), *ends, *(end - 1 for end in ends), 0}:
        path.write_bytes(whole[:cut])
        history = read_journal(path)
        lines = sum(end <= cut for end in ends)
        if not lines:
            assert history is None
            continue
        assert history is not None
        assert history.size == ends[lines - 1]
        assert len(history.ended) == (lines >= 3)
        journal = Journal.go_on(path, history)
        await journal.write(Ended("delete", "b", "done"))
        await journal.close()
        assert path.read_bytes().startswith(whole[: ends[lines - 1]])
        gone_on = read_journal(path)
        assert gone_on is not None
        assert ("delete", "b") in gone_on.ended


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no journal\n", "line 1, is no line of a journal"),
        (
            b'{"line":"begun","kind":"create","provided_id":"a"}\n',
            "is not the journal of an apply, or of a newer version",
        ),
    ],
)
def test_what_is_no_journal_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    """Nobody knows then what was done."""
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(PlanRefused, match=message):
        read_journal(tmp_path / "journal")


async def test_a_line_in_the_middle_that_is_none_is_refused(tmp_path: Path) -> None:
    """A whole line that cannot be read was not cut off: the file was changed."""
    path = tmp_path / "journal"
    whole = await write_whole(path)
    path.write_bytes(whole.replace(b'"line":"begun"', b'"line":"begnu"'))
    with pytest.raises(PlanRefused, match="line 2, is no line of a journal"):
        read_journal(path)
    path.write_bytes(whole.replace(b'"allow_deletes":7', b'"allow_deletes":8').replace(b'"name":"A"', b'"name":"B"'))
    with pytest.raises(PlanRefused, match="is not the journal of an apply"):
        read_journal(path)


async def test_no_line_is_lost_among_many_writers(tmp_path: Path) -> None:
    """When `write` returns its line is on the disk; those that wait go together, with one sync."""
    path = tmp_path / "journal"
    journal = begin(path)

    async def work(number: int) -> None:
        await journal.write(Begun("create", f"n{number}"))
        assert f'"n{number}"' in path.read_text()
        await journal.write(Ended("create", f"n{number}", "done"))

    async with asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(work(number))
    await journal.close()
    history = read_journal(path)
    assert history is not None
    assert len(history.ended) == 200
    assert not history.begun


async def test_whoever_is_cancelled_leaves_a_whole_file(tmp_path: Path) -> None:
    """What was begun is written though nobody waits for it."""
    path = tmp_path / "journal"
    journal = begin(path)
    tasks = [asyncio.create_task(journal.write(Begun("create", f"n{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await journal.close()
    assert read_journal(path) is not None
    assert path.read_bytes().endswith(b"\n")


async def test_a_full_disk_is_raised_to_all_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody goes on as if the line were there, also where another one has gone meanwhile."""
    journal = begin(tmp_path / "journal")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    tasks = [asyncio.create_task(journal.write(Begun("create", f"n{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    await journal.close()
    assert [type(each) for each in found] == [OSError, asyncio.CancelledError, OSError]


def test_a_journal_that_cannot_be_begun_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is there is never written over."""

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            begin(tmp_path / "journal")
    with pytest.raises(PlanStale, match="is there already; go on with it: `customers apply --resume .*journal`"):
        begin(tmp_path / "journal")


def test_a_plan_is_spent_by_one_journal(tmp_path: Path) -> None:
    """Another plan under the same name is not, nor is it for that very journal when it is gone on with."""
    plan, journal = tmp_path / "plan.json", tmp_path / "journal"
    check_unspent(plan, "digest", None)
    mark_spent(plan, "digest", journal)
    with pytest.raises(PlanStale, match=f"was applied already, with the journal {journal}; go on with it"):
        check_unspent(plan, "digest", None)
    with pytest.raises(PlanStale):
        check_unspent(plan, "digest", tmp_path / "other")
    check_unspent(plan, "digest", journal)
    check_unspent(plan, "another", None)
    (tmp_path / "plan.json.applied").write_text("{")
    check_unspent(plan, "digest", None)


def test_the_audit_file_grows(tmp_path: Path) -> None:
    """A line for each item: what was, what is, and when; for nobody else to read."""
    path = tmp_path / "audit"
    items = (Create("a", {"name": "A"}), Update("b", {"name": "B"}, {"name": "C"}), Delete("d", {"name": "D"}))
    for digest in ("one", "two"):
        audit = Audit(path)
        audit.open(digest)
        for item in items:
            audit.note(item, Verdict("differs", "why"))
        audit.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["plan"] for line in lines] == ["one"] * 3 + ["two"] * 3
    assert [(line["kind"], line["before"], line["after"]) for line in lines[:3]] == [
        ("create", None, {"name": "A"}),
        ("update", {"name": "B"}, {"name": "C"}),
        ("delete", {"name": "D"}, None),
    ]
    assert {(line["outcome"], line["detail"]) for line in lines} == {("differs", "why")}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
