"""A window in a file: real SQLite, real processes, real limits of the system."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.pacing.stores import file as file_module
from explo_async.pacing.stores.boot_clock import boot_clock, boot_id
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import LOST, STARTED, Message
from explo_async.pacing.stores.store import FORMAT, StoreFailure
from explo_async.pacing.stores.table import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

needs_posix = pytest.mark.skipif(os.name != "posix", reason="rights and limits are those of POSIX")


def message(holder: str = "a", **told: Any) -> Message:
    given: dict[str, Any] = {"holder": holder, "requests": 3, "per": 10.0, "hold": 30.0, "margin": 0.0} | told
    return Message(**given)


@asynccontextmanager
async def opened(path: Path, key: str = "k", **options: Any) -> AsyncIterator[FileStore]:
    store = FileStore(path, key, **options)
    try:
        yield store
    finally:
        await store.close()


async def fail(path: Path, **options: Any) -> StoreFailure:
    """Return what an exchange fails with."""
    async with opened(path, **options) as store:
        with pytest.raises(StoreFailure) as raised:
            await store.exchange(message())
        return raised.value


async def test_what_is_told_is_there_for_the_next(tmp_path: Path) -> None:
    """Two clients of a file see each other; windows of other names are apart; the state comes with each reply."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as one, opened(path) as other, opened(path, "another") as apart:
        assert (await one.exchange(message("a", wants=2))).granted == 2
        reply = await other.exchange(message("b", wants=2))
        assert (reply.granted, reply.shut) == (1, 0.0)
        assert reply.state is not None
        assert [holder.id for holder in reply.state.holders] == ["a", "b"]
        assert (await apart.exchange(message("b", wants=9))).granted == 3


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@needs_posix
async def test_a_file_is_its_owners(tmp_path: Path) -> None:
    """It is made with 0600, and so is what SQLite puts beside it, whatever the process allows by default."""
    before = os.umask(0)
    try:
        async with opened(tmp_path / "quota.sqlite") as store:
            await store.exchange(message())
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("quota.sqlite", "quota.sqlite-shm", "quota.sqlite-wal"), 0o600)


async def test_readers_and_writers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """The file keeps a journal of its own kind."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as store:
        await store.exchange(message())
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM windows").fetchall()
            assert (await store.exchange(message(wants=1))).granted == 1


PROGRAM = """
import asyncio, sys
from pathlib import Path
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message

async def main(path, name, count):
    store = FileStore(Path(path), "k")
    sys.stdin.readline()
    granted = 0
    for first in range(count):
        told = Message(holder=name, requests=10**6, per=60.0, hold=30.0, wants=1, first=first)
        granted += (await store.exchange(told)).granted
    await store.close()
    print(granted)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def test_processes_that_begin_at_the_same_moment(tmp_path: Path) -> None:
    """All make the file at once, and no grant is lost or given twice."""
    path = tmp_path / "quota.sqlite"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROGRAM, str(path)]
    processes = [
        subprocess.Popen(
            [*command, f"p{number}", "25"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == ["25"] * 4
    state = asyncio.run(look(path))
    assert sorted(len(holder.leases) for holder in state.holders) == [25] * 4


async def look(path: Path) -> Any:
    async with opened(path) as store:
        return (await store.look()).state


def test_threads_that_begin_at_the_same_moment(tmp_path: Path) -> None:
    """Also in one process, whose locks on a file end with any of its own openings."""
    path = tmp_path / "quota.sqlite"
    barrier = threading.Barrier(8)
    granted: list[int] = []

    async def use(name: str) -> None:
        async with opened(path) as store:
            barrier.wait()
            for first in range(10):
                told = message(name, requests=10**6, wants=1, first=first)
                granted.append((await store.exchange(told)).granted)

    threads = [threading.Thread(target=lambda name: asyncio.run(use(name)), args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert granted == [1] * 80
    assert sum(len(holder.leases) for holder in asyncio.run(look(path)).holders) == 80


def test_the_journal_is_set_in_the_end(tmp_path: Path) -> None:
    """SQLite does not wait when the file is held just then: it is tried again, for a while."""
    path = tmp_path / "quota.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE windows (name TEXT PRIMARY KEY, state BLOB) WITHOUT ROWID")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM windows").fetchall()
        # A reader keeps the journal from being changed, and SQLite says so at once, or after its own patience.
        assert asyncio.run(fail(path, busy_seconds=0.05)).why == "others have held the file for too long"
        timer = threading.Timer(0.1, connection.rollback)
        timer.start()
        assert asyncio.run(exchange(path)).granted == 1
        timer.join()


async def test_a_journal_that_is_refused_at_once_is_tried_again(tmp_path: Path) -> None:
    """SQLite does so where waiting might wait for ever; here in the place of another process at the worst moment."""

    class Refusing(FileStore):
        def _open(self, mode: str) -> Any:
            return RefusingOnce(super()._open(mode))

    class RefusingOnce:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self.connection = connection
            self.refusals = 1

        def execute(self, statement: str, *values: Any) -> Any:
            if "journal_mode" in statement and self.refusals:
                self.refusals -= 1
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return self.connection.execute(statement, *values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

    store = Refusing(tmp_path / "quota.sqlite", "k")
    assert (await store.exchange(message(wants=1))).granted == 1
    await store.close()


async def exchange(path: Path, **options: Any) -> Any:
    async with opened(path, **options) as store:
        return await store.exchange(message(wants=1))


def remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink()


@pytest.mark.parametrize("instead", [None, b""], ids=["removed", "another one"])
async def test_a_file_that_goes_away_is_noticed(tmp_path: Path, instead: bytes | None) -> None:
    """What it kept is lost: who knew it is not served before that is over."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as one, opened(path) as other:
        epoch = (await one.exchange(message("a", wants=1))).epoch
        remove(path)
        if instead is not None:
            path.write_bytes(instead)
        reply = await one.exchange(message("a", epoch=epoch, wants=1))
        assert (reply.granted, reply.why) == (0, LOST)
        assert reply.epoch != epoch
        assert (await other.exchange(message("b", wants=1))).granted == 0


async def test_a_busy_file_is_waited_for_no_longer_than_so(tmp_path: Path) -> None:
    """The error names what to do; once the other one has ended, all is well."""
    path = tmp_path / "quota.sqlite"
    async with opened(path, busy_seconds=0.05) as store:
        await store.exchange(message())
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreFailure) as raised:
                await store.exchange(message())
            connection.rollback()
        assert raised.value.why == "others have held the file for too long"
        assert not raised.value.for_good
        assert (await store.exchange(message(wants=1))).granted == 1


async def test_a_file_that_a_newer_version_wrote_is_left_alone(tmp_path: Path) -> None:
    """For good, also when one only looks."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as store:
        await store.exchange(message())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    failure = await fail(path)
    assert (failure.why, failure.for_good) == ("the file is of a newer version", True)
    async with opened(path) as store:
        for act in (store.look, store.reset):
            with pytest.raises(StoreFailure, match="newer version"):
                await act()


@pytest.mark.parametrize("statement", ["CREATE TABLE theirs (a)", "PRAGMA user_version = 3"])
async def test_the_file_of_another_program_is_left_alone(tmp_path: Path, statement: str) -> None:
    """Even by a reset."""
    path = tmp_path / "theirs.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    failure = await fail(path)
    assert (failure.why, failure.for_good) == ("the file is another program's", True)
    async with opened(path) as store:
        with pytest.raises(StoreFailure, match="another program's"):
            await store.reset()
    assert path.read_bytes() == before


async def test_a_damaged_file_is_told_and_moved_aside_by_a_reset(tmp_path: Path) -> None:
    """One that is no database at all, which may be somebody's, and one whose pages make no sense."""
    path, aside = tmp_path / "quota.sqlite", tmp_path / "quota.sqlite.damaged"
    path.write_bytes(b"this is no database" * 300)
    assert (await fail(path)).why == "the file is damaged, or another program's"
    async with opened(path) as store:
        with pytest.raises(StoreFailure, match="damaged"):
            await store.look()
        await store.reset()
        assert not path.exists()
        assert aside.read_bytes() == b"this is no database" * 300
        assert (await store.exchange(message(wants=1))).granted == 1
    data = bytearray(path.read_bytes())
    data[200:] = b"\xff" * (len(data) - 200)
    path.write_bytes(data)
    assert "damaged" in (await fail(path)).why
    async with opened(path) as store:
        await store.reset()
        assert not path.exists()
        assert aside.read_bytes() == data


async def test_a_row_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """A reset writes a new one."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as store:
        await store.exchange(message())
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE windows SET state = ?", (b"\xc1",))
        with pytest.raises(StoreFailure, match="the file is damaged") as raised:
            await store.exchange(message())
        assert raised.value.for_good
        await store.reset()
        assert (await store.exchange(message(wants=1))).granted == 1


async def test_after_a_reset_all_is_open_for_all(tmp_path: Path) -> None:
    """Also for those who knew what was there before: nobody has been sending."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as store, opened(path, "another") as apart:
        epoch = (await store.exchange(message(wants=3))).epoch
        await apart.exchange(message(wants=3))
        await store.reset()
        assert (await store.exchange(message(epoch=epoch, wants=3))).granted == 3
        assert (await apart.exchange(message(wants=1))).granted == 0


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    """A file that is not there is not made, and one that nobody has used shows nothing."""
    path = tmp_path / "quota.sqlite"
    async with opened(path, clock=lambda: 7.0) as store:
        look = await store.look()
        assert (look.state, look.clock, look.up, look.kind, look.wall_clock) == (None, 7.0, 7.0, "file", None)
        assert not path.exists()
        path.touch(0o600)
        assert (await store.look()).state is None
        assert path.read_bytes() == b""
        await store.exchange(message(wants=1))
        look = await store.look()
        assert look.state is not None
        assert len(look.state.holders[0].leases) == 1
        assert look.warnings == []


@needs_posix
async def test_a_file_that_others_may_write_is_told(tmp_path: Path) -> None:
    """With the command that mends it."""
    path = tmp_path / "quota.sqlite"
    async with opened(path) as store:
        await store.exchange(message())
        path.chmod(0o620)
        assert (await store.look()).warnings == [f"others may write to the file; run: chmod go-w {path}"]


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is not made, and looking says so as well."""
    path = tmp_path / "none" / "quota.sqlite"
    failure = await fail(path)
    assert (failure.why, failure.advice) == ("its folder does not exist", f"make the folder {path.parent}")
    async with opened(path) as store:
        with pytest.raises(StoreFailure, match="its folder does not exist"):
            await store.look()


async def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """SQLite cannot open it."""
    assert (await fail(tmp_path)).why == "the file cannot be opened"


async def test_a_path_through_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses is told in its words; where it tells no mounts, none are refused."""
    monkeypatch.setattr(file_module, "_MOUNTS", tmp_path / "none")
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    (tmp_path / "file").touch()
    assert (await fail(tmp_path / "file" / "quota.sqlite")).why == "the file cannot be opened: Not a directory"


async def test_a_file_system_of_several_hosts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the system tells of the place, before anything is made there."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / {tmp_path}/share rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(file_module, "_MOUNTS", mounts)
    (tmp_path / "share").mkdir()
    path = tmp_path / "share" / "quota.sqlite"
    failure = await fail(path)
    assert failure.why == ("it lies on a file system of the kind nfs4, where SQLite's locks do not hold between hosts")
    assert (failure.for_good, path.exists()) == (True, False)
    (tmp_path / "quota.sqlite").touch()
    assert (await exchange(tmp_path / "quota.sqlite")).granted == 1


async def test_a_file_that_is_empty_after_a_start_of_the_host_is_shut_for_a_while(tmp_path: Path) -> None:
    """On tmpfs the memory of what was sent just before is gone; on a disk a new file was never used."""
    clock: dict[str, Any] = {"clock": lambda: 5.0}
    async with opened(tmp_path / "a", kind="tmpfs", **clock) as store:
        reply = await store.exchange(message(wants=1))
        assert (reply.granted, reply.shut, reply.why) == (0, 35.0, STARTED)
    async with opened(tmp_path / "b", kind="ext4", **clock) as store:
        assert (await store.exchange(message(wants=1))).granted == 1


async def test_a_host_without_a_name_for_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a clock that has run back has begun anew."""
    monkeypatch.setattr(file_module, "boot_id", lambda: None)
    now = 100.0
    async with opened(tmp_path / "a", clock=lambda: now, kind="ext4") as store:
        assert (await store.exchange(message(wants=3))).granted == 3
        now = 101.0
        assert (await store.exchange(message(wants=3))).granted == 0
        now = 50.0
        assert (await store.exchange(message(wants=3))).granted == 3
        now = 5.0
        assert (await store.exchange(message(wants=3))).why == STARTED


LIMITED = """
import asyncio, os, resource, sys
from pathlib import Path
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.store import StoreFailure
what, path = sys.argv[1:]
limit = resource.getrlimit(resource.RLIMIT_FSIZE)

async def use(path):
    store = FileStore(Path(path), "k")
    for attempt in (1, 2):
        try:
            reply = await store.exchange(Message(holder="n" * 90000, requests=3, per=10.0, hold=30.0, wants=1))
            print("granted", reply.granted)
        except StoreFailure as failure:
            print(failure.why)
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    await store.close()

# All of Python that is needed is loaded by this: nobody may not read it where it lies in root's home.
asyncio.run(use(path + ".first"))
if what == "nobody":
    os.setgid(65534)
    os.setuid(65534)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(what), limit[1]))
asyncio.run(use(path))
"""


def run_limited(what: str, path: Path) -> list[str]:
    """Use a file in a process of fewer rights, or that may write no larger files."""
    # Nor may it write down what it has covered.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    environment = inherited | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", LIMITED, what, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    before, lines = done.stdout.splitlines()[:2], done.stdout.splitlines()[2:]
    assert before == ["granted 1"] * 2
    return lines


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize(("mode", "why"), [(0o644, "the file cannot be written"), (0o600, "the file cannot be opened")])
def test_a_file_that_one_may_not_write(mode: int, why: str) -> None:
    """It can be read or not: without writing nothing can be granted."""
    # Nobody else may enter the folders that pytest makes.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "quota.sqlite")
        asyncio.run(exchange(path))
        path.chmod(mode)
        assert run_limited("nobody", path) == [why, why]


@needs_posix
def test_a_full_disk(tmp_path: Path) -> None:
    """It is told, and once there is room again the same store goes on: nothing is left half done."""
    path = tmp_path / "quota.sqlite"
    asyncio.run(exchange(path))
    first, second = run_limited("8192", path)
    assert first in ("the disk is full", "the file cannot be read or written")
    assert second == "granted 1"


async def test_what_was_given_to_the_thread_is_done_though_nobody_waits(tmp_path: Path) -> None:
    """A cancelled exchange holds nothing open, and the file is closed after it."""
    path = tmp_path / "quota.sqlite"
    store = FileStore(path, "k")
    task = asyncio.ensure_future(store.exchange(message(wants=1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.close()
    state = await look(path)
    assert len(state.holders[0].leases) == 1


def test_the_clock_of_the_host() -> None:
    """It runs on, is no slower than that of this process, and knows its start by a name."""
    before = time.monotonic(), boot_clock()
    assert boot_clock() >= before[1] >= before[0] - 1
    assert boot_id() == boot_id()


def test_a_host_may_have_no_name_for_its_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where Linux is not."""
    # By this name the package has the function.
    monkeypatch.setattr(sys.modules["explo_async.pacing.stores.boot_clock"], "_BOOT_ID", tmp_path / "none")
    assert boot_id() is None
