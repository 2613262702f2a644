"""A mirror in PostgreSQL, through asyncpg."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from explo_async.errors import MirrorError
from explo_async.mirror.database import PATIENCE
from explo_async.mirror.refusals import advise_on_postgres
from explo_async.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.engine import URL

T = TypeVar("T")


class PostgresDatabase:
    """A database on a server."""

    insert_or_update: Callable[..., Any] = staticmethod(insert)
    holds_nul: bool = False

    def __init__(self, url: URL) -> None:
        user = f"{url.username}@" if url.username else ""
        port = f":{url.port}" if url.port else ""
        self.address: str = f"postgresql://{user}{url.host or ''}{port}/{url.database or ''}"
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)

        # asyncpg reads the address by itself, as PostgreSQL's own programs do: sslmode, PGPASSWORD, ~/.pgpass.
        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(dsn, timeout=PATIENCE)

        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            poolclass=NullPool,
            # What a run sees is what was there once it had the lock.
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )

    def is_missing(self) -> bool:
        """Tell that it is there: nobody makes one here."""
        return False

    async def transact(self, work: Callable[[Connection], T], *, keep: bool = True) -> T:
        """Do a piece of work in one transaction."""
        try:
            async with self._engine.connect() as connection, connection.begin() as transaction:
                result = await connection.run_sync(work)
                if not keep:
                    await transaction.rollback()
                return result
        except DBAPIError as error:
            raise self._wrong(getattr(error.orig, "__cause__", None) or error.orig or error) from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise self._wrong(error) from None

    def lock(self, connection: Connection, name: str) -> None:
        """Take the lock of the mirror of this name until the transaction's end."""
        connection.execute(text(f"SET LOCAL lock_timeout = {1000 * PATIENCE:.0f}"))
        key = int.from_bytes(blake2b(f"explo_async mirror {name}".encode(), digest_size=8).digest(), signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def load(self, connection: Connection, table: Table, batches: Iterator[Sequence[tuple[Any, ...]]]) -> None:
        """Put rows into a table by COPY."""
        names = [column.name for column in table.columns]

        async def rows() -> AsyncIterator[tuple[Any, ...]]:
            for batch in batches:
                # The server may be faster than this: others have their turn.
                await asyncio.sleep(0)
                for row in batch:
                    yield row

        async def copy(driver: asyncpg.Connection) -> None:
            await driver.copy_records_to_table(table.name, records=rows(), columns=names)

        # https://docs.sqlalchemy.org/en/20/core/connections.html#accessing-awaitable-only-driver-methods
        adapted: Any = connection.connection.dbapi_connection
        adapted.run_async(copy)
        # Nobody else does it for a table of the moment.
        connection.execute(text(f"ANALYZE {table.name}"))

    async def close(self) -> None:
        """Leave it."""
        await self._engine.dispose()

    def _wrong(self, error: BaseException) -> MirrorError:
        # Its first line: what follows may show a row.
        lines = str(error).splitlines() or [type(error).__name__]
        advice = advise_on_postgres(getattr(error, "sqlstate", None) or ("08" if isinstance(error, OSError) else None))
        return MirrorError(f"{self.address}: {one_line(lines[0])}", database=self.address, advice=advice)
