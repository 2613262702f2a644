"""What answers a request that is let through: a page of the list, or another endpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from explo_async.emulator.clock import now
from explo_async.emulator.dialect import check_filters
from explo_async.emulator.failures import Refused, tell
from explo_async.emulator.refusals import LIST

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator.access import Token
    from explo_async.emulator.answers import Answer
    from explo_async.emulator.api import Api
    from explo_async.emulator.arrival import Arrival
    from explo_async.emulator.behaviour import Behaviour
    from explo_async.emulator.dialect import Dialect
    from explo_async.emulator.queries import Queries
    from explo_async.emulator.request_log import Seen
    from explo_async.endpoint import Endpoint


class Answering:
    """Reads a page at once, and leaves every other endpoint to be asked when its turn comes."""

    def __init__(self, queries: Queries, api: Api, dialect: Dialect, behaviour: Behaviour) -> None:
        self._queries = queries
        self._api = api
        self._dialect = dialect
        self._behaviour = behaviour

    async def prepare(
        self, endpoint: Endpoint, access: Token, arrival: Arrival, seen: Seen, on_rows: Callable[[Seen], object] | None
    ) -> Callable[[], Answer]:
        """Return what does the request and gives its answer."""
        if endpoint != LIST:
            return lambda: self._api.answer(endpoint, arrival.body, access, now(), time.time())
        page = await self._page(arrival, seen, on_rows)
        return lambda: page

    async def _page(self, arrival: Arrival, seen: Seen, on_rows: Callable[[Seen], object] | None) -> Answer:
        try:
            check_filters(seen.query, self._dialect.filters, self._behaviour)
        except Refused as refused:
            return tell(refused, self._behaviour)
        return await self._queries.ask(arrival.listing, seen, on_rows, compressed=arrival.reads_gzip)
