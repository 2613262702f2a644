"""What to do about what a database refuses. Pure."""

from __future__ import annotations

_POSTGRES = (
    ("08", "see whether the server is up, and try again"),
    ("28", "check the user, and the password in PGPASSWORD or ~/.pgpass"),
    ("3D000", "make the database first"),
    ("42501", "the user needs CREATE in the schema and TEMPORARY in the database, or to own the mirror's tables"),
    ("23", "leave the mirror's tables to it alone, or let what refers to them go along"),
    ("53100", "make room on the server's disk"),
    ("53", "try again when the server has room"),
    ("55P03", "another run, or somebody else, holds the mirror's tables: try again"),
    ("57", "see whether the server is up, and try again"),
)
"""By the beginning of the SQLSTATE, the longer ones first: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_SQLITE = {
    "BUSY": "another run, or somebody else, writes into the file: try again",
    "LOCKED": "another run, or somebody else, writes into the file: try again",
    "FULL": "make room on its disk, and on that of temporary files",
    "IOERR": "see whether its disk is whole and has room",
    "READONLY": "make the file and its folder writable",
    "CANTOPEN": "see whether its folder is there and may be written to",
    "PERM": "make the file and its folder writable",
    "NOTADB": "name a file of SQLite, or a new one",
    "CORRUPT": "the file is damaged: keep a copy, and let `sqlite3 FILE .recover` read it",
    "CONSTRAINT": "leave the mirror's tables to it alone, or let what refers to them go along",
}


def advise_on_postgres(state: str | None) -> str | None:
    """Say what to do about an SQLSTATE."""
    return next((advice for code, advice in _POSTGRES if (state or "").startswith(code)), None)


def advise_on_sqlite(name: str | None) -> str | None:
    """Say what to do about an error of SQLite, by its name, as in SQLITE_READONLY_DIRECTORY."""
    words = (name or "").split("_")
    return _SQLITE.get(words[1]) if len(words) > 1 else None
