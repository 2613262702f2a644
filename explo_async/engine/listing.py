"""What a run over the list is asked to do. Values only: wrong ones are refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from attrs import field, frozen

from explo_async.checks import check_choice, check_count, check_seconds
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explo_async.progress import Progress

Consistency = Literal["off", "checked", "verified", "exact"]
Provable = Literal["checked", "verified", "exact"]
"""What is asked for where a list is to be kept: every `Consistency` but "off", which proves nothing."""
Invalid = Literal["raise", "collect"]


@frozen(kw_only=True)
class Listing:
    """What a run over the list is asked to do; `timeout` in float seconds."""

    filters: Filters = field(factory=Filters)
    page_size: int = MAX_PAGE_SIZE
    consistency: Consistency = "checked"
    expected_total: int | None = None
    timeout: float | None = None
    invalid: Invalid = "raise"
    on_progress: Callable[[Progress], object] | None = None
    resume_from: Sequence[str] = ()
    """The ids that a former run gave, in its order."""
    largest_page: int = MAX_PAGE_SIZE
    """Rows that the server gives at once at most, for what is read again."""

    def __attrs_post_init__(self) -> None:
        check_count("page_size", self.page_size)
        check_choice("consistency", self.consistency, get_args(Consistency))
        check_choice("invalid", self.invalid, get_args(Invalid))
        if self.expected_total is not None:
            check_count("expected_total", self.expected_total, least=0)
        if self.timeout is not None:
            check_seconds("timeout", self.timeout)
