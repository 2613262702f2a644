"""The right to send one request, and what became of it. Pure."""

from __future__ import annotations

from attrs import define, frozen


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
