"""What a client needs of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from explo_async.pacing.stores.message import Message, Reply
    from explo_async.pacing.window_state import State

FORMAT = 1
"""Of what is kept; a larger number was written by a version that knows more than this one."""


class StoreFailure(Exception):
    """A store cannot be used: why, without its address, and what to do."""

    def __init__(self, why: str, advice: str, *, for_good: bool = False, is_broken_off: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.advice = advice
        self.for_good = for_good
        """Whether it will not pass by waiting."""
        self.is_broken_off = is_broken_off
        """Whether a new connection may help at once."""


@frozen(kw_only=True)
class Look:
    """A store as it is found: for people."""

    state: State | None
    """None where nobody has used it yet."""
    clock: float
    """The store's time."""
    kind: str
    up: float
    """Seconds for which the store, or the host of a file, is up."""
    wall_clock: float | None = None
    """The store's time of the day, where its clock tells it: seconds since 1970."""
    warnings: list[str] = field(factory=list)
    """What may go wrong one day."""


class Store(Protocol):
    """Keeps a window for several processes. For one event loop; every method raises `StoreFailure`."""

    async def exchange(self, message: Message) -> Reply:
        """Take a message in and answer it, in one step."""
        ...

    async def look(self) -> Look:
        """Read what is kept, and change nothing."""
        ...

    async def reset(self) -> None:
        """Forget everything: nobody has been sending."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
