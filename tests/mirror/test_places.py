"""Files and servers that cannot be used as they are, and files that are made."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from explo_async import ExploClient, MirrorError
from explo_async.emulator import Emulator
from explo_async.mirror import mirror
from explo_async.mirror.refusals import advise_on_postgres, advise_on_sqlite
from tests.mirror.bases import current, runs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mirror.bases import PostgresBase, SqliteBase

FEW = [{"provided_id": name} for name in "abc"]


@pytest.fixture
async def emulator() -> Any:
    """Run a local Explo with three customers."""
    async with Emulator(FEW) as running:
        yield running


async def test_a_nul_is_no_text_for_postgres(postgres_base: PostgresBase) -> None:
    """The customer is named; a backslash before u0000 is no NUL."""
    records: list[dict[str, Any]] = [{"provided_id": "a", "name": "\\u0000"}, {"provided_id": "b"}]
    async with Emulator(records) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        await mirror(explo, postgres_base.url)
        emulator.change("b", properties={"x": ["a\0"]})
        with pytest.raises(MirrorError, match="the customer 'b' has a NUL character, which .* cannot hold; correct"):
            await mirror(explo, postgres_base.url)
    assert (await current(postgres_base))["a"][1]["name"] == "\\u0000"


async def test_who_may_not_write_is_told_first(
    postgres_base: PostgresBase, explo: ExploClient, emulator: Emulator
) -> None:
    """The rights that are needed, before anything is fetched."""
    connection = await asyncpg.connect(postgres_base.url)
    await connection.execute("drop role if exists reader")
    await connection.execute("create role reader login")
    url = postgres_base.url.replace("postgres:none@", "reader:s3cr3t@")
    with pytest.raises(MirrorError, match="permission denied for schema public; the user needs CREATE") as told:
        await mirror(explo, url)
    assert "s3cr3t" not in str(told.value) + told.value.database
    await mirror(explo, postgres_base.url, history=True)
    requests = emulator.requests
    await connection.execute("grant select on all tables in schema public to reader")
    with pytest.raises(MirrorError, match="permission denied for table explo_customers"):
        await mirror(explo, url, history=True)
    await connection.execute("grant insert, update on all tables in schema public to reader")
    with pytest.raises(MirrorError, match="permission denied for table explo_customers"):
        await mirror(explo, url, history=True)
    await connection.execute("grant delete on all tables in schema public to reader")
    assert emulator.requests == requests
    await mirror(explo, url, history=True)
    await connection.execute("reassign owned by reader to postgres; drop owned by reader; drop role reader")
    await connection.close()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"/tenants": "/nowhere"}, 'database "nowhere[^"]*" does not exist; make the database first'),
        ({"postgres:none@": "nobody:s3cr3t@"}, 'role "nobody" does not exist; check the user'),
        ({"127.0.0.1": "127.0.0.2"}, "Connect call failed .*; see whether the server is up"),
    ],
)
async def test_a_server_that_cannot_be_used(
    postgres_base: PostgresBase, explo: ExploClient, wrong: dict[str, str], why: str
) -> None:
    """What it says, and what to do; no password is shown."""
    url = postgres_base.url
    for this, other in wrong.items():
        url = url.replace(this, other)
    with pytest.raises(MirrorError, match=why) as told:
        await mirror(explo, url)
    assert "s3cr3t" not in str(told.value) + told.value.database
    assert told.value.__cause__ is None


async def test_a_file_that_cannot_be_used(tmp_path: Path, explo: ExploClient, emulator: Emulator) -> None:
    """Not one of SQLite, in a folder that is not there, or a folder itself."""
    with (tmp_path / "text.db").open("w") as file:
        file.write("no database at all, and longer than a header would have to be" * 3)
    with pytest.raises(MirrorError, match="file is not a database; name a file of SQLite"):
        await mirror(explo, f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(MirrorError, match="its folder is not there; make the folder first"):
        await mirror(explo, f"sqlite:///{tmp_path}/nowhere/tenants.db")
    with pytest.raises(MirrorError, match="unable to open database file; see whether its folder is there"):
        await mirror(explo, f"sqlite:///{tmp_path}")
    assert emulator.requests == 0


@pytest.fixture
def closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Close a folder; to root none is."""
    tmp_path.chmod(0o500)
    if os.geteuid() == 0:
        monkeypatch.setattr(os, "access", lambda *_: False)
    return tmp_path


async def test_a_folder_that_is_closed(closed_folder: Path, explo: ExploClient) -> None:
    """It is told before anything is fetched."""
    with pytest.raises(MirrorError, match="its folder may not be written to; make the file and its folder writable"):
        await mirror(explo, f"sqlite:///{closed_folder}/tenants.db")


async def test_a_disk_without_room(sqlite_base: SqliteBase, explo: ExploClient, monkeypatch: Any) -> None:
    """SQLite says so, as for a file that may not grow; nothing of the run is left."""
    from explo_async.mirror import sqlite  # noqa: PLC0415 -- patched

    await mirror(explo, sqlite_base.url)
    async with Emulator(2000) as large, ExploClient(large.token, base_url=large.url) as other:
        monkeypatch.setattr(sqlite, "_CACHE", "-64; PRAGMA max_page_count = 20")
        real = sqlite3.connect

        class Small(sqlite3.Connection):
            def execute(self, statement: str, *rest: Any) -> Any:
                return super().executescript(statement) if ";" in statement else super().execute(statement, *rest)

        monkeypatch.setattr(sqlite3.dbapi2, "connect", lambda *a, **k: real(*a, **{**k, "factory": Small}))
        with pytest.raises(MirrorError, match="database or disk is full; make room on its disk"):
            await mirror(other, sqlite_base.url, allow_deletes=3)
    monkeypatch.undo()
    assert list(await current(sqlite_base)) == ["a", "b", "c"]
    assert await runs(sqlite_base) == [(1,)]


async def test_a_file_with_tokens_is_closed_to_others(
    sqlite_base: SqliteBase, explo: ExploClient, tmp_path: Path
) -> None:
    """One that is made with them; a file that was there keeps its mode, and its kind of journal."""
    os.umask(0o022)
    await mirror(explo, sqlite_base.url, with_tokens=True)
    assert sqlite_base.path.stat().st_mode & 0o777 == 0o600
    await mirror(explo, f"sqlite:///{tmp_path}/other.db")
    assert (tmp_path / "other.db").stat().st_mode & 0o777 == 0o644
    with closing(sqlite3.connect(tmp_path / "third.db")) as third:
        third.execute("create table t (x)")
    await mirror(explo, f"sqlite:///{tmp_path}/third.db", with_tokens=True)
    modes = {}
    for name in ("tenants", "other", "third"):
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as opened:
            modes[name] = opened.execute("pragma journal_mode").fetchone()[0]
    assert modes == {"tenants": "wal", "other": "wal", "third": "delete"}
    assert (tmp_path / "third.db").stat().st_mode & 0o777 == 0o644


def test_advice() -> None:
    """For what is known something is advised, for the rest nothing."""
    assert advise_on_postgres("53100") == "make room on the server's disk"
    assert advise_on_postgres("53300") == "try again when the server has room"
    assert advise_on_postgres("42P01") is advise_on_postgres(None) is None
    assert "writable" in str(advise_on_sqlite("SQLITE_READONLY_DIRECTORY"))
    assert advise_on_sqlite("SQLITE_ERROR") is advise_on_sqlite(None) is advise_on_sqlite("") is None
