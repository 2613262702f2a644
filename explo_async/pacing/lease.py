"""The right to send one request, what became of it, and how long to wait for one. Pure."""

from __future__ import annotations

from attrs import define, frozen

LONGEST_START = 5.0
"""Seconds from a grant by which its request must begin; a lease that is older is void."""


@frozen
class Wait:
    """There is no slot for so many seconds; `inf` when only an answer can tell, or a change that is told of."""

    seconds: float
    why: str | None = None
    """What the store of the quota is waited for, if it is neither the quota nor the pause of a 429."""
    again: float | None = None
    """Seconds after which to ask again, where that is sooner."""


@frozen(kw_only=True)
class Loss:
    """A request that was lost: its failure speaks of the server. What that means for the page that sent it."""

    counts: bool
    """Whether it is one of the attempts; not if the request was under way already when the outage began."""
    failures: int
    """How often the server has failed to answer in this outage: its beginning, and each probe."""
    is_shared: bool
    """Whether other pages were lost as well: then it is the server that fails, and not one page."""


@define(eq=False)
class Lease:
    """The right to send one request, given at `taken_at`."""

    taken_at: float
    loss: Loss | None = None
    """Set when it was lost."""
    number: int = 0
    """Its name in the window that it is from."""
    granted_at: float = 0.0
    """When that window granted it, on the window's own clock; 0.0 where a store has not heard of it."""
