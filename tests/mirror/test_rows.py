"""A customer as a row: the cells, and the file in which the rows wait."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from explo_async import ExploClient, FetchReport, MirrorError
from explo_async.files.compared import row_version, versioned_row
from explo_async.mirror import MirrorRun, mirror
from explo_async.mirror.opening import open_database
from explo_async.mirror.rows import CELLS, STATE, cells_of, has_nul, make_rows
from explo_async.mirror.settle import Asked, Fetched, rehearse, settle
from explo_async.mirror.spool import Spool
from explo_async.mirror.standing import Standing
from explo_async.mirror.tables import make_tables
from explo_async.observer import NOBODY
from explo_async.record import LISTS, MAPPINGS, Record, RecordPage
from explo_async.removals import deletes_within
from explo_async.wire.call import Filters
from tests.helpers.record_strategy import HARD, lists_of_records, records
from tests.mirror.bases import JSON, current

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mirror.bases import Base, SqliteBase


def cells(record: Record, *, with_tokens: bool = False) -> dict[str, Any]:
    """Return the cells of a record by their columns."""
    (row,) = make_rows([record], with_tokens=with_tokens)
    return dict(zip(CELLS, cells_of(row), strict=True))


@given(records)
def test_the_cells_hold_what_is_compared(record: Record) -> None:
    """All values, the token only if it is wanted; a null list or mapping as an empty one."""
    found = cells(record)
    for name, value in found.items():
        if name in {*LISTS, *MAPPINGS, "extra"}:
            wanted = getattr(record, name) or ([] if name in LISTS else {})
            assert repr(json.loads(value)) == repr(json.loads(json.dumps(wanted, sort_keys=True)))
        elif name not in {"row_version", "token"}:
            assert value == getattr(record, name)
    assert found["token"] is None
    assert cells(record, with_tokens=True)["token"] == record.token
    assert found["row_version"] == row_version(record) == versioned_row(record)[0]
    assert tuple(name for name in CELLS if name != "token") == STATE


@given(records, records)
def test_two_with_one_version_have_the_same_cells(one: Record, other: Record) -> None:
    """So a comparison of versions is one of all cells."""
    assert (row_version(one) == row_version(other)) == (cells(one) == cells(other))


def test_what_makes_no_other_version_makes_no_other_cells() -> None:
    """A null list, and the order of keys."""
    one = Record("a", emails=None, properties=None, extra={"z": 1, "y": 2})
    other = Record("a", emails=[], properties={}, extra={"y": 2, "z": 1})
    assert cells(one) == cells(other)
    assert cells(Record("a", properties={"b": 1, "a": 2})) == cells(Record("a", properties={"a": 2, "b": 1}))


@given(records)
def test_a_nul_is_seen(record: Record) -> None:
    """In every text, name of a key and value; an escaped backslash before u0000 is none."""
    (row,) = make_rows([record], with_tokens=False)
    assert has_nul(row) == ("\0" in "".join(_texts(json.loads(row[3]))))


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for each in value for text in _texts(each)]
        case dict():
            return [text for pair in value.items() for each in pair for text in _texts(each)]
        case _:
            return []


@pytest.mark.parametrize(("name", "nul"), [("\\u0000", False), ("\\\\u0000", False), ("\\\0", True), ("a\0", True)])
def test_backslashes_before_a_nul(name: str, *, nul: bool) -> None:
    """They are counted."""
    (row,) = make_rows([Record("a", name)], with_tokens=False)
    assert has_nul(row) is nul


@given(lists_of_records, lists_of_records)
def test_the_spool_gives_back_what_it_took(one: list[Record], other: list[Record]) -> None:
    """As often as is asked, batch by batch, in order."""
    with Spool(with_tokens=True) as spool:
        spool.write([RecordPage(1, 1, tuple(one)), RecordPage(2, 1, tuple(other))])
        wanted = [make_rows(each, with_tokens=True) for each in (one, other)]
        assert list(spool.batches()) == list(spool.batches()) == wanted
        assert spool.rows == len(one) + len(other)


@pytest.mark.parametrize("name", HARD)
async def test_hard_customers(base: Base, name: str) -> None:
    """Everything that JSON can hold is there as it was, and is the same the next time; PostgreSQL holds no NUL."""
    if name == "NUL" and "postgresql" in base.url:
        with pytest.raises(MirrorError, match="has a NUL character"):
            await settle_records(base, HARD[name])
        return
    assert (await settle_records(base, HARD[name], Record("b"))).created == 2
    found = await current(base)
    (version, values) = found.pop(HARD[name].provided_id)
    assert version == row_version(HARD[name])
    for column, value in values.items():
        wanted = getattr(HARD[name], column)
        if name == "floats" and value:
            # PostgreSQL writes a whole number with all its digits, and has one zero.
            assert {key: float(each) for key, each in value.items()} == wanted
        else:
            assert value == (wanted if wanted or column not in JSON else type(value)())
    assert list(found) == ["b"]
    done = await settle_records(base, HARD[name], Record("b"))
    assert (done.created, done.changed, done.unchanged) == (0, 0, 2)


async def settle_records(base: Base, *given: Record) -> MirrorRun:
    """Do what a run does once it has fetched these records."""
    report = FetchReport(
        verdict="exact",
        total_count=len(given),
        totals_seen=(len(given),),
        customers=len(given),
        duplicates=0,
        pages_asked_again=(),
    )
    asked = Asked(
        database=open_database(base.url, secret=False),
        tables=make_tables("explo_customers"),
        filters=Filters(),
        history=True,
        with_tokens=False,
        limits=deletes_within(10, 0.05),
        observer=NOBODY,
        allow_deletes=None,
        digest=lambda salt: salt,
    )
    before = Standing(None, has_history=False)
    if not asked.database.is_missing():
        before = await asked.database.transact(partial(rehearse, asked=asked), keep=False)
    with Spool(with_tokens=False) as spool:
        spool.write([RecordPage(1, len(given), given)])
        now = datetime.now(UTC)
        fetched = Fetched(spool=spool, report=report, begun=now, ended=now)
        return await asked.database.transact(partial(settle, asked=asked, fetched=fetched, before=before))


async def test_no_room_for_the_spool(
    sqlite_base: SqliteBase, explo: ExploClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder of temporary files is named; a disk that is always full stands in for it."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: open("/dev/full", "r+b"))  # noqa: PTH123, SIM115
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(MirrorError, match=f"cannot be kept in '{tmp_path}' .*: {os.strerror(errno.ENOSPC)}; make room"):
        await mirror(explo, sqlite_base.url)
    assert not sqlite_base.path.exists()
