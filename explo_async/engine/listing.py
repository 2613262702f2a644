"""What a run over the list is asked to do. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from explo_async.decode.page import decode_page
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explo_async.decode.page import Decode
    from explo_async.progress import Progress

Consistency = Literal["off", "checked", "verified", "exact"]


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
