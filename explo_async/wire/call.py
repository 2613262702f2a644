"""What all requests of one call share: which customers it is about, by when it has to be over. Values only."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from attrs import field, frozen

from explo_async.decode.page import decode_page
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from explo_async.decode.page import Decode


@frozen(kw_only=True)
class Filters:
    """Which customers a listing is about."""

    parent_provided_id: str | None = None
    hierarchy_level_name: str | None = None


@frozen(kw_only=True)
class Call:
    """What all requests of one call share."""

    stats: FetchStats = field(factory=FetchStats)
    filters: Filters = field(factory=Filters)
    deadline: float = inf
    """Loop time by which the call has to be over."""
    collect_invalid: bool = False
    decode: Decode = decode_page
