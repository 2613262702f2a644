"""The two queries behind a page: a Django site asks its database for a COUNT first, and then for the rows."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.answers import Answer
    from explo_async.emulator.dialect import PageQuery
    from explo_async.emulator.lagging import Lagging
    from explo_async.emulator.page_cutter import PageCutter
    from explo_async.emulator.request_log import Seen


class Queries:
    """Asks twice, `between` seconds apart; in `one_snapshot` the second query finds what was there at the first."""

    def __init__(
        self, cutter: PageCutter, listed: Lagging, *, between: float = 0.0, one_snapshot: bool = False
    ) -> None:
        if not 0 <= between < math.inf:
            msg = f"between has to be seconds, 0 or more, not {between!r}"
            raise ValueError(msg)
        self._cutter = cutter
        self._listed = listed
        self._between = between
        self._one_snapshot = one_snapshot

    async def ask(
        self, listing: PageQuery, seen: Seen, on_rows: Callable[[Seen], object] | None, *, compressed: bool
    ) -> Answer:
        """Count now, and return the page that is found later; by the count alone it may be one that does not exist."""
        loop = asyncio.get_running_loop()
        self._listed.catch_up(loop.time())
        count = self._cutter.count(listing)
        answer = self._cutter.refuse(listing, count)
        if answer is not None:
            return answer
        if self._one_snapshot:
            answer = self._cutter.cut(listing, count, compressed=compressed)
        # 0 lets others have a turn as well.
        await asyncio.sleep(self._between)
        if on_rows is not None:
            on_rows(seen)
        self._listed.catch_up(loop.time())
        return answer or self._cutter.cut(listing, count, compressed=compressed)
