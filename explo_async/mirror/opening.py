"""Which database an address means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from explo_async.errors import ConfigurationError
from explo_async.extras import install_hint
from explo_async.mirror.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from explo_async.mirror.database import Database

EXAMPLES = "give one such as sqlite:///tenants.db or postgresql://user@host/database"
_POSTGRES = {"postgresql", "postgres", "postgresql+asyncpg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def open_database(url: str, *, secret: bool) -> Database:
    """Return the database of an address; nothing is done there yet. `secret`: a file that is made is closed to others.

    Raises `ConfigurationError` for an address that is none, and where its driver is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError, AttributeError):
        # Not as it was given: it may hold a password.
        msg = "the database's address is none"
        raise ConfigurationError(msg, advice=EXAMPLES) from None
    if parsed.drivername in _SQLITE:
        if parsed.database in {None, "", ":memory:"} or parsed.query or parsed.host:
            msg = "a mirror in SQLite needs the path of a file"
            raise ConfigurationError(msg, advice="give it as sqlite:///tenants.db, or sqlite:////srv/tenants.db")
        return SqliteDatabase(str(parsed.database), secret=secret)
    if parsed.drivername in _POSTGRES:
        try:
            from explo_async.mirror.postgres import PostgresDatabase  # noqa: PLC0415 -- asyncpg may be missing
        except ModuleNotFoundError as error:
            msg = f"a mirror in PostgreSQL needs {error.name}"
            raise ConfigurationError(msg, advice=install_hint("mirror")) from None
        return PostgresDatabase(parsed)
    msg = f"a mirror is kept in SQLite or PostgreSQL, not in {parsed.drivername!r:.40}"
    raise ConfigurationError(msg, advice=EXAMPLES)
