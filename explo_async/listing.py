"""What a run over the list is asked to do, and the pages that one call asks for together. Values only."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import field, frozen

from explo_async.decode import decode_page
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explo_async.decode import DecodedPage
    from explo_async.progress import Progress

Consistency = Literal["off", "checked", "verified", "exact"]


class Decode(Protocol):
    """Reads a body: `decode_page`, or what reads its rows as something else that has a `provided_id`."""

    def __call__(self, body: bytes, *, page: int, collect_invalid: bool) -> DecodedPage:
        """Return the page; raises `DecodeError`."""


@frozen(kw_only=True)
class Filters:
    """Which customers a listing is about."""

    parent_provided_id: str | None = None
    hierarchy_level_name: str | None = None


@frozen(kw_only=True)
class Listing:
    """What a run over the list is asked to do; `timeout` in float seconds."""

    filters: Filters = field(factory=Filters)
    page_size: int = MAX_PAGE_SIZE
    consistency: Consistency = "checked"
    expected_total: int | None = None
    timeout: float | None = None
    collect_invalid: bool = False
    on_progress: Callable[[Progress], object] | None = None
    resume_from: Sequence[str] = ()
    """The ids that a former run gave, in its order."""
    decode: Decode = decode_page
    largest_page: int = MAX_PAGE_SIZE
    """Rows that the server gives at once at most, for what is read again."""


@frozen(kw_only=True)
class Call:
    """What all requests of one call share."""

    stats: FetchStats = field(factory=FetchStats)
    filters: Filters = field(factory=Filters)
    deadline: float = inf
    """Loop time by which the call has to be over."""
    collect_invalid: bool = False
    decode: Decode = decode_page
