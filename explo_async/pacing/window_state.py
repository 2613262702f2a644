"""What a window remembers, and what its holders go by. Values only."""

from __future__ import annotations

from math import inf

import msgspec
from attrs import frozen


@frozen
class Terms:
    """What a holder goes by: at most `requests` in any `per` seconds, and how long its requests may take."""

    requests: int | None
    """None: no limit."""
    per: float
    hold: float = inf
    """Seconds from a grant after which the server counts its request no more."""
    margin: float = 0.0
    """Seconds by which the clocks may differ over one window."""


class Holder(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A client that sends, as others see it."""

    id: str
    who: str = ""
    """For people: its process and host."""
    since: float = 0.0
    hold: float | None = None
    leases: list[tuple[int, float]] = msgspec.field(default_factory=list)
    """Number and time of each grant that is not settled, in their order."""
    served: float | None = None
    """When it was granted something last."""
    turn: float = 0.0
    """When its last turn began, which lasts for `GRACE` seconds."""
    got: int = 0
    """How many slots it was granted in that turn."""
    wants: int = 0
    until: float = 0.0
    """By when it asks again, if it still wants something."""


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that a window remembers: what a store keeps."""

    format: int = 1
    epoch: str = ""
    """Names the memory: another one stands for a memory that was lost."""
    born: float | None = None
    """When this memory began, None if nothing was forgotten then."""
    run: str = ""
    """Names the run of the store: in another one something may have been lost."""
    latest: float | None = None
    """The latest time that was told."""
    per: float = 0.0
    margin: float = 0.0
    """The largest that anybody has gone by."""
    holders: list[Holder] = msgspec.field(default_factory=list)
    settled: list[float] = msgspec.field(default_factory=list)
    """When the requests were settled whose slots are not free yet; sorted."""
    opens_at: float | None = None
    """When the pause of the last 429 ends."""
    closed_at: float | None = None
    """When the last 429 of a new volley was met."""
    share: float = 1.0
    """What repeated 429s have left of everybody's limit."""
    recovers_at: float | None = None
    recovers_in: float = 0.0
    ramp: int | None = None
    """Requests that may be in flight in the slow start after a pause."""
    shut_until: float | None = None
    """Until when nothing is sent since it is not known what was sent before."""
    shut_why: str = ""
    lost: int = 0
    """Slots whose holder never settled them."""
