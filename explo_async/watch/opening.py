"""Opens the state of a watch, and refuses one that is of another list."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from explo_async.errors import WatchStateError
from explo_async.watch.database import open_database, ours, read_about, transaction
from explo_async.watch.rows import NAMES
from explo_async.watch.state import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from explo_async.wire.call import Filters


def open_state(path: Path | None, filters: Filters, digest: Callable[[bytes], bytes], *, adopt: bool) -> State:
    """Open the state of the watch over a list; `digest` tells the account from others, by a salt.

    One of another account is taken over where it is to be `adopt`ed. Raises `WatchStateError`.
    """
    connection = open_database(path)
    try:
        with ours(path):
            _check(connection, path, filters, digest, adopt=adopt)
        return State(connection, path)
    except BaseException:
        connection.close()
        raise


def _check(
    connection: sqlite3.Connection,
    path: Path | None,
    filters: Filters,
    digest: Callable[[bytes], bytes],
    *,
    adopt: bool,
) -> None:
    about = read_about(connection)
    wanted = {"filters": _spell(filters), "fields": " ".join(NAMES)}
    if not about.keys() & wanted:
        _note(connection, {**wanted, **_account(digest)})
        return
    advice = "name another file: each list has its own"
    if about["filters"] != wanted["filters"]:
        what = f"{str(path)!r} is the state of a list with the filters {about['filters']}, not {wanted['filters']}"
        raise WatchStateError(what, file=str(path), advice=advice)
    if about["fields"] != wanted["fields"]:
        what = f"{str(path)!r} was written by a version of this package that compares other fields"
        raise WatchStateError(what, file=str(path), advice="use that version, or begin a new state")
    if digest(bytes.fromhex(about["salt"])).hex() == about["account"]:
        return
    if not adopt:
        what = f"{str(path)!r} is the state of another token or address"
        raise WatchStateError(
            what, file=str(path), advice=f"{advice}; where the token was replaced, adopt_state=True goes on"
        )
    _note(connection, _account(digest))


def _account(digest: Callable[[bytes], bytes]) -> dict[str, str]:
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "account": digest(salt).hex()}


def _spell(filters: Filters) -> str:
    asked = {
        "parent_provided_id": filters.parent_provided_id,
        "hierarchy_level_name": filters.hierarchy_level_name,
    }
    return msgspec.json.encode({name: value for name, value in asked.items() if value is not None}).decode()


def _note(connection: sqlite3.Connection, about: dict[str, str]) -> None:
    with transaction(connection):
        connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
