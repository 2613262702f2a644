"""What the site's process is told and what it answers: one line of JSON each."""

from __future__ import annotations

from msgspec import Struct

from tests.promises.site.history import Kind  # noqa: TC001 - msgspec resolves it at run time


class Hello(Struct, frozen=True):
    """The site is up: the address of each server, and where PostgreSQL listens."""

    addresses: dict[str, str]
    token: str
    database_socket: str


class Restore(Struct, frozen=True, tag=True):
    """Put the table back to so many customers; answered by `Done`."""

    rows: int


class Changes(Struct, frozen=True, tag=True, kw_only=True):
    """Change the table from now on until `Stop`; answered by `Done` at once.

    Either `rate` times a second, at random moments, or with None exactly once, `delay` seconds from now.
    """

    kinds: tuple[Kind, ...]
    rate: float | None
    delay: float = 0.0
    seed: int = 0


class Stop(Struct, frozen=True, tag=True):
    """Stop changing; answered by the `History` since `Changes`."""


class Ask(Struct, frozen=True, tag=True):
    """Say who is in the table, and change nothing; answered by a `History` without changes."""


class Done(Struct, frozen=True):
    """It is done, or has begun."""


Order = Restore | Changes | Stop | Ask
