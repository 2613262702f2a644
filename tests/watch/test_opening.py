from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from explo_async import Customer, WatchStateError
from explo_async.watch.opening import open_state
from explo_async.watch.schema import VERSION
from explo_async.watch.settings import Settings
from explo_async.wire.call import Filters
from tests.helpers.record_strategy import HARD
from tests.watch.histories import report_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explo_async.record import Record
    from explo_async.watch.state import State

SETTINGS = Settings(
    every=1.0, confirm_removals=1, initial="emit", max_deletes=1, max_delete_share=0.0, allow_deletes=None
)


def ours(salt: bytes) -> bytes:
    """Tell our account from others."""
    return b"ours" + salt


def theirs(salt: bytes) -> bytes:
    """Tell theirs."""
    return b"theirs" + salt


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Make a state with one customer."""
    path = tmp_path / "watch.sqlite"
    with closing(open_state(path, Filters(), ours, adopt=False)) as state:
        take_in(state, Customer(provided_id="a", name="Anna", token="s3cr3t"))
    return path


def take_in(state: State, *customers: Customer) -> None:
    """Take a list as known."""
    state.begin_list()
    state.take_in(customers)
    state.end_list()
    state.take_as_known()


def refusals(path: Path, match: str) -> None:
    """Hold that a file is refused by its name, and left as it is."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(WatchStateError, match=match) as caught:
        open_state(path, Filters(), ours, adopt=False)
    assert caught.value.file == str(path)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_state_is_its_owners_alone(file: Path) -> None:
    """Also what SQLite writes beside it."""
    with closing(open_state(file, Filters(), ours, adopt=False)) as state:
        take_in(state, Customer(provided_id="b"))
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
    assert modes.keys() >= {"watch.sqlite", "watch.sqlite-wal"}
    assert set(modes.values()) == {0o600}


def test_no_token_is_kept(file: Path) -> None:
    """Nor anything else that opens something."""
    content = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"Anna" in content
    assert b"s3cr3t" not in content


@pytest.fixture(params=["a text", "another database", "a newer version", "a folder", "no folder", "other fields"])
def wrong(request: pytest.FixtureRequest, file: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Make what is no state, and say by which words it is refused."""
    match request.param:
        case "a text":
            file.write_bytes(b"x" * 5000)
            yield file, "is damaged, or not the state of a watch; name another file"
        case "another database":
            other = tmp_path / "other.sqlite"
            with closing(sqlite3.connect(other)) as connection:
                connection.execute("CREATE TABLE mine (a)")
            yield other, "is a database, and not the state of a watch"
        case "a newer version":
            with closing(sqlite3.connect(file)) as connection:
                connection.execute(f"PRAGMA user_version = {VERSION + 1}")
            yield file, f"is a state of version {VERSION + 1}, and this package writes version {VERSION}"
        case "other fields":
            with closing(sqlite3.connect(file)) as connection, connection:
                connection.execute("UPDATE about SET value = 'name' WHERE name = 'fields'")
            yield file, "was written by a version of this package that compares other fields"
        case "a folder":
            yield tmp_path, "cannot be used as the state of a watch: Is a directory"
        case _:
            yield tmp_path / "none" / "watch.sqlite", "cannot be used as the state of a watch: No such file"


def test_what_is_no_state_is_refused(wrong: tuple[Path, str]) -> None:
    """With the name of the file, what is wrong with it, and what to do."""
    refusals(*wrong)


def test_a_file_that_a_kill_left_empty_is_a_new_state(tmp_path: Path) -> None:
    """The process was no more before the first table."""
    path = tmp_path / "watch.sqlite"
    path.touch(0o600)
    with closing(open_state(path, Filters(), ours, adopt=False)) as state:
        assert not state.is_begun


def test_the_state_of_another_list_is_refused(file: Path) -> None:
    """Its customers would all be removed, and others added."""
    filters = Filters(hierarchy_level_name="Region")
    with pytest.raises(
        WatchStateError,
        match=r"is the state of a list with the filters \{\}, not \{\"hierarchy_level_name\":\"Region\"\}; name another",
    ):
        open_state(file, filters, ours, adopt=False)


def test_the_state_of_another_account_is_refused_unless_it_is_adopted(file: Path) -> None:
    """A token that was replaced looks like another team's: a person has to say so, once."""
    with pytest.raises(WatchStateError, match="is the state of another token or address; .*adopt_state=True"):
        open_state(file, Filters(), theirs, adopt=False)
    with closing(open_state(file, Filters(), theirs, adopt=True)) as state:
        assert state.is_begun
    with closing(open_state(file, Filters(), theirs, adopt=False)) as state:
        assert state.is_begun
    with pytest.raises(WatchStateError, match="another token"):
        open_state(file, Filters(), ours, adopt=False)


@pytest.mark.parametrize("record", HARD.values(), ids=list(HARD))
def test_every_customer_is_known_again(record: Record, tmp_path: Path) -> None:
    """Whatever its id and its values are: the list that was taken as known differs from itself in nobody."""
    path = tmp_path / "watch.sqlite"
    for _ in range(2):
        with closing(open_state(path, Filters(), ours, adopt=False)) as state:
            state.begin_list()
            state.take_in([record])
            assert state.end_list() == 0
            for _ in state.settle(report_of(1, "exact"), SETTINGS):
                pass
            told = state.read_told(0, 10)
            for seq, _, _ in told:
                state.acknowledge(seq)
    assert told == []


def test_a_full_disk_says_so(file: Path) -> None:
    """And what was acknowledged is still there."""
    with closing(open_state(file, Filters(), ours, adopt=False)) as state:
        state._connection.execute("PRAGMA max_page_count = 1")
        state.begin_list()
        state.take_in([Customer(provided_id=f"c{number}", name="x" * 500) for number in range(1000)])
        state.end_list()
        with pytest.raises(WatchStateError, match="cannot be used: database or disk is full; see to the disk"):
            state.take_as_known()
        with pytest.raises(WatchStateError, match="disk is full"):
            for _ in state.settle(report_of(1000, "exact"), SETTINGS):
                pass
        # All of it or nothing: not even that somebody was absent.
        rows = [
            state._connection.execute(f"SELECT id FROM {name}").fetchall() for name in ("customers", "told", "absent")
        ]
    assert rows == [[("a",)], [], []]
