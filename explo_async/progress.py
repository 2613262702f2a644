"""What a fetch has done so far. Values only: who counts and when is the engine's business."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import define, frozen

WaitingFor: TypeAlias = Literal["quota", "pause", "store"]
"""What requests wait for: a slot of the quota, the end of the pause after a 429, or the store of a shared quota."""


@define(kw_only=True)
class FetchStats:
    """Counters of one call. All times are float seconds."""

    requests: int = 0
    """Requests sent, repeats included."""
    pages: int = 0
    """Pages read, re-reads included."""
    customers: int = 0
    """Distinct customers read."""
    retries: int = 0
    rate_limited: int = 0
    """429 answers met."""
    refetched: int = 0
    """Pages asked for again to prove completeness."""
    duplicates: int = 0
    """Rows that had been read before."""
    bytes_received: int = 0
    """Body bytes after decompression."""
    quota_wait: float = 0.0
    """Seconds during which at least one request waited for the quota."""
    elapsed: float = 0.0


@frozen(kw_only=True)
class Progress(FetchStats):
    """`FetchStats` as they stand, with where the fetch is going and what holds it up. Given to `on_progress=`."""

    pages_total: int | None = None
    """Pages that the list has as far as is known; None before the first answer."""
    total_count: int | None = None
    eta: float | None = None
    """Seconds until the end at the pace so far, and never less than the quota allows; None when unknown."""
    waiting_for: WaitingFor | None = None
    """What the next request waits for: "quota", the "pause" after a 429, or the "store" of a shared quota that is shut
    or cannot be used. None when none waits."""
    wait_left: float | None = None
    """Seconds until it may go out; None when none waits, or when that is not known."""
