"""What is in the way: told before the list is fetched, by an error that names it; and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from explo_async import ConfigurationError, ExploClient, MirrorError
from explo_async.emulator import Emulator
from explo_async.mirror import mirror
from tests.mirror.bases import current, is_there

if TYPE_CHECKING:
    from tests.mirror.bases import Base, SqliteBase

FEW = [{"provided_id": name} for name in "abc"]


@pytest.fixture
async def emulator() -> Any:
    """Run a local Explo with three customers."""
    async with Emulator(FEW) as running:
        yield running


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("tenants.db", "address is none"),
        ("", "address is none"),
        (None, "address is none"),
        ("sqlite://", "needs the path of a file"),
        ("sqlite:///:memory:", "needs the path of a file"),
        ("sqlite:///tenants.db?mode=ro", "needs the path of a file"),
        ("mysql://ann:s3cr3t@db/app", "not in 'mysql'; give one such as"),
        ("postgresql+psycopg://ann:s3cr3t@db/app", "not in 'postgresql\\+psycopg'"),
        ("postgresql://ann:s3cr3t@db:port/app", "address is none"),
    ],
)
async def test_an_address_that_is_none(explo: ExploClient, emulator: Emulator, url: Any, why: str) -> None:
    """Nothing is asked of anybody, and no password is shown."""
    with pytest.raises(ConfigurationError, match=why) as told:
        await mirror(explo, url)
    assert "s3cr3t" not in repr(told.value) + str(told.value)
    assert emulator.requests == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"table": "Tenants"}, "table must be of small letters"),
        ({"table": "tenants; drop table users"}, "table must be of small letters"),
        ({"table": "t" * 41}, "table must be of small letters"),
        ({"table": None}, "table must be a non-empty string"),
        ({"history": 1}, "history must be True or False"),
        ({"with_tokens": "no"}, "with_tokens must be True or False"),
        ({"allow_deletes": -1}, "allow_deletes must be an int"),
        ({"max_deletes": -1}, "max_deletes must be an int"),
        ({"max_delete_share": 5}, "max_delete_share must be a share from 0 to 1"),
        ({"consistency": "off"}, "consistency must be one of"),
        ({"hierarchy_level_name": ""}, "hierarchy_level_name must be a non-empty string"),
    ],
)
async def test_arguments_that_cannot_work(explo: ExploClient, sqlite_base: SqliteBase, options: Any, why: str) -> None:
    """They are named, and no file is made."""
    with pytest.raises(ConfigurationError, match=why):
        await mirror(explo, sqlite_base.url, **options)
    assert not sqlite_base.path.exists()


@pytest.mark.parametrize("options", [{"parent_provided_id": "a"}, {"hierarchy_level_name": "Region"}])
async def test_a_table_is_for_one_list(base: Base, explo: ExploClient, emulator: Emulator, options: Any) -> None:
    """Another filter than that of its runs would remove everybody else."""
    await mirror(explo, base.url)
    requests = emulator.requests
    with pytest.raises(ConfigurationError, match="is of the list without filters, and this one is asked for with"):
        await mirror(explo, base.url, **options)
    assert emulator.requests == requests
    assert list(await current(base)) == ["a", "b", "c"]


async def test_a_history_is_not_left_behind(base: Base, explo: ExploClient) -> None:
    """It would tell what was not so; without its table the mirror goes on."""
    await mirror(explo, base.url, history=True)
    with pytest.raises(ConfigurationError, match="has a history, and this run would leave it behind"):
        await mirror(explo, base.url)
    await base.rows("drop table explo_customers_history")
    assert (await mirror(explo, base.url)).run == 2
    assert not await is_there(base, "explo_customers_history")


@pytest.mark.parametrize("name", ["explo_customers", "explo_customers_runs", "explo_customers_history"])
async def test_a_name_that_is_taken(base: Base, explo: ExploClient, emulator: Emulator, name: str) -> None:
    """A table of somebody else stays as it is."""
    await base.rows(f"create table {name} (ours integer)")
    await base.rows(f"insert into {name} values (1)")
    with pytest.raises(MirrorError, match=f"the table '{name}' in .* is not of a mirror; .*another name") as told:
        await mirror(explo, base.url, history=True)
    assert told.value.database in {base.url, base.url.replace(":none@", "@")}
    assert emulator.requests == 0
    assert await base.rows(f"select * from {name}") == [(1,)]
    assert [each for each in ("explo_customers", "explo_customers_runs") if await is_there(base, each)] == [
        each for each in ("explo_customers", "explo_customers_runs") if each == name
    ]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("update explo_customers_runs set schema_version = 2", "schema of version 2, and this is 1; use the newer"),
        ("update explo_customers_runs set schema_version = 0", "schema of version 0, and this is 1; drop its tables"),
        ("delete from explo_customers_runs", "has lost its rows"),
        ("alter table explo_customers_runs drop column schema_version", "has no column 'schema_version'"),
        ("alter table explo_customers drop column name", "is not as the mirror made it: it has no column 'name'"),
        ("alter table explo_customers_history drop column name", "it has no column 'name'"),
        ("drop table explo_customers_runs", "'explo_customers' in .* is not of a mirror"),
    ],
)
async def test_tables_that_are_not_as_a_run_left_them(
    base: Base, explo: ExploClient, emulator: Emulator, statement: str, why: str
) -> None:
    """Of another version, or changed by hand."""
    await mirror(explo, base.url, history=True)
    await base.rows(statement)
    requests = emulator.requests
    with pytest.raises(MirrorError, match=why):
        await mirror(explo, base.url, history=True)
    assert emulator.requests == requests


async def test_columns_of_ones_own(base: Base, explo: ExploClient, emulator: Emulator) -> None:
    """They may be added, and keep what is in them."""
    await mirror(explo, base.url, history=True)
    await base.rows("alter table explo_customers add column notes text")
    await base.rows("update explo_customers set notes = 'ours'")
    emulator.change("a", name="Another")
    emulator.add({"provided_id": "d"})
    await mirror(explo, base.url, history=True)
    found = await base.rows("select provided_id, name, notes from explo_customers order by provided_id")
    assert found == [("a", "Another", "ours"), ("b", None, "ours"), ("c", None, "ours"), ("d", None, None)]


async def test_whoever_refers_to_a_customer_is_heeded(base: Base, explo: ExploClient, emulator: Emulator) -> None:
    """A change is none to them, and a removal that they forbid changes nothing."""
    await mirror(explo, base.url)
    await base.rows("create table seats (tenant text references explo_customers (provided_id), seat integer)")
    await base.rows("insert into seats values ('b', 1)")
    emulator.change("b", name="Another")
    emulator.delete("c")
    assert (await mirror(explo, base.url)).changed == 1
    emulator.delete("b")
    with pytest.raises(MirrorError, match="leave the mirror's tables to it alone, or let what refers to them go along"):
        await mirror(explo, base.url)
    assert list(await current(base)) == ["a", "b"]
    assert await base.rows("select * from seats") == [("b", 1)]


async def test_nothing_else_is_touched(base: Base, explo: ExploClient, emulator: Emulator) -> None:
    """Other tables, views and what a database knows of them stay as they are."""
    await base.rows("create table tenants (provided_id text primary key, seats integer)")
    await base.rows("create view large as select * from tenants where seats > 10")
    await base.rows("insert into tenants values ('a', 100), ('z', 1)")
    own = "select type, name, sql from sqlite_master where name not like '%explo_%' order by name"
    if "postgresql" in base.url:
        own = "select relkind, relname from pg_class where relname not like '%explo_%'"
        own += " and relnamespace = 'public'::regnamespace order by relname"
    before = await base.rows(own)
    for _ in range(2):
        await mirror(explo, base.url, history=True)
        emulator.delete_at(0)
    assert await base.rows(own) == before
    assert await base.rows("select * from tenants order by 1") == [("a", 100), ("z", 1)]
