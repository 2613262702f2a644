"""What a run asks of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds to wait for a connection, and for another run that is at its end."""


class Database(Protocol):
    """A database, and what is its own in the way of a run."""

    @property
    def address(self) -> str:
        """Where it is, without a password."""

    @property
    def insert_or_update(self) -> Callable[..., Any]:
        """SQLAlchemy's INSERT that may say what is done where the key is there."""

    @property
    def holds_nul(self) -> bool:
        """Whether a text may have a NUL character in it."""

    def is_missing(self) -> bool:
        """Tell whether it has to be made first. Raises `MirrorError` where that cannot be done."""

    async def transact(self, work: Callable[[Connection], T], *, keep: bool = True) -> T:
        """Do a piece of work in one transaction, and keep what it did, or nothing of it; nothing of what raises.

        Raises what the work raises, and `MirrorError` for what the database refuses.
        """

    def lock(self, connection: Connection, name: str) -> None:
        """Wait until no other run is in a transaction on the mirror of this name, and keep others out until its end."""

    def load(self, connection: Connection, table: Table, batches: Iterator[Sequence[tuple[Any, ...]]]) -> None:
        """Put rows into a table, their cells in the order of its columns."""

    async def close(self) -> None:
        """Leave it."""
