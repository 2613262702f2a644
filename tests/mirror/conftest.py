"""What the tests of the mirror share: empty databases of both kinds."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.helpers.postgres_server import find_postgres, postgres_server
from tests.helpers.services import skip_without
from tests.mirror.bases import PostgresBase, SqliteBase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mirror.bases import Base

_serials = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Run a PostgreSQL for all tests of a process, each of which uses a database of its own; gives its address."""
    skip_without(None if find_postgres() else "PostgreSQL is not installed")
    with postgres_server() as address:
        yield address


@pytest.fixture
def sqlite_base(tmp_path: Path) -> SqliteBase:
    """Give a file that is not there yet."""
    return SqliteBase(tmp_path / "tenants.db")


@pytest.fixture
def postgres_base(postgres: str) -> PostgresBase:
    """Give an empty database of the server."""
    return make_postgres_base(postgres)


def make_postgres_base(server: str) -> PostgresBase:
    """Make an empty database on a server."""
    name = f"tenants_{next(_serials)}"

    async def make() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(f"create database {name}")
        await connection.close()

    asyncio.run(make())
    return PostgresBase(f"{server.rpartition('/')[0]}/{name}")


@pytest.fixture(params=["sqlite", "postgres"])
def base(request: pytest.FixtureRequest) -> Base:
    """Give an empty database of each kind."""
    found: Base = request.getfixturevalue(f"{request.param}_base")
    return found
