"""What all requests of one call share: which customers it is about, by when it has to be over. Values only."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Generic

from attrs import asdict, field, frozen

from explo_async.checks import check_filter
from explo_async.decode.page import RowT
from explo_async.progress import FetchStats

if TYPE_CHECKING:
    from explo_async.decode.page import Decode


@frozen(kw_only=True)
class Filters:
    """Which customers a listing is about."""

    parent_provided_id: str | None = None
    hierarchy_level_name: str | None = None

    def __attrs_post_init__(self) -> None:
        check_filter("parent_provided_id", self.parent_provided_id)
        check_filter("hierarchy_level_name", self.hierarchy_level_name)

    def __str__(self) -> str:
        shown = " and ".join([f"{name}={value!r}" for name, value in self.given.items()])
        return f"with {shown}" if shown else "without filters"

    @property
    def given(self) -> dict[str, str]:
        """Those that were given, by the names of the arguments."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@frozen(kw_only=True)
class Call(Generic[RowT]):
    """What all requests of one call share."""

    decode: Decode[RowT]
    stats: FetchStats = field(factory=FetchStats)
    filters: Filters = field(factory=Filters)
    deadline: float = inf
    """Loop time by which the call has to be over."""
    collect_invalid: bool = False
