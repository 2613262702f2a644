"""A transport that answers from a script, and the engine's parts around it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from multidict import CIMultiDict

from explo_async.decode.page import CUSTOMERS
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Listing
from explo_async.pacing.gate import Gate
from explo_async.pacing.lease import Lease
from explo_async.pacing.outage import AWAY_STATUSES, Outage
from explo_async.pacing.quota import Quota
from explo_async.pacing.retry import RetryBudget, RetryPolicy
from explo_async.pacing.slots import OwnSlots
from explo_async.wire.answer import Answer, read_answer
from explo_async.wire.attempts import Repeating
from explo_async.wire.page_source import PageSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explo_async.delivery.arrival import Delivery
    from explo_async.models import Customer
    from explo_async.pacing.slots import Slots
    from explo_async.progress import FetchStats

Reply = Answer | BaseException

COUNT = {"page": "1", "page_size": "1"}
"""The query of the small request that tells the total once all pages have come."""


def ids(total: int) -> list[str]:
    """Make up the ids of a list."""
    return [f"c{number}" for number in range(total)]


def reply_of(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Make an answer; the names of headers have _ for -."""
    given = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return read_answer(status, given, body, datetime.now(UTC))


def body_of(rows: Sequence[str], total: int) -> bytes:
    """Encode a page with customers that have an id only."""
    customers = [{"provided_id": row} for row in rows]
    return msgspec.json.encode({"total_count": total, "results": {"customers": customers}})


def page_of(rows: Sequence[str], number: int, size: int) -> Answer:
    """Cut a page of a list, as the server would."""
    cut = rows[(number - 1) * size : number * size]
    if not cut and number > 1:
        return reply_of(404, b'{"detail": "Invalid page."}')
    return reply_of(200, body_of(cut, len(rows)))


class Scripted:
    """Answers each request after `latency` seconds; `script` holds replies to the first asks for a page, in order."""

    def __init__(
        self,
        rows: Sequence[str] = (),
        *,
        latency: float = 0.1,
        latencies: Mapping[int, float] | None = None,
        script: Mapping[int, Sequence[Reply]] | None = None,
        answer: Callable[[int, int], Reply] | None = None,
    ) -> None:
        self.rows = rows
        self.asked: list[int] = []
        self.queries: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.sent_at: list[float] = []
        self.in_flight = 0
        self.peak = 0
        self.gate: Gate | None = None
        self._latency = latency
        self._latencies = latencies or {}
        self._script = {page: list(replies) for page, replies in (script or {}).items()}
        self._answer = answer or (lambda number, size: page_of(self.rows, number, size))

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        page: int,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[Lease], None],
    ) -> Answer:
        """Answer as scripted."""
        if self.gate is None:
            lease = Lease(0.0)
        else:
            with self.gate.waits.counted(stats):
                lease = await self.gate.take(deadline=deadline)
        on_sent(lease)
        stats.requests += 1
        self.paths.append(path)
        self.queries.append(dict(query))
        self.asked.append(page)
        self.sent_at.append(asyncio.get_running_loop().time())
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        size = int(query.get("page_size") or query.get("pageSize") or 20)
        replies = self._script.get(page)
        reply = replies.pop(0) if replies else self._answer(page, size)
        try:
            await asyncio.sleep(self._latencies.get(page, self._latency))
            self._tell(lease, reply)
        finally:
            self.in_flight -= 1
            if self.gate is not None:
                self.gate.ended(lease)
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def _tell(self, lease: Lease, reply: Reply) -> None:
        if self.gate is None:
            return
        if isinstance(reply, BaseException):
            self.gate.lost(lease)
        elif reply.status in AWAY_STATUSES:
            self.gate.lost(lease, asked=reply.retry_after)
        else:
            self.gate.answered(lease)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self.gate.throttled(lease, reply.retry_after or 0.0)
            else:
                self.gate.accepted(lease)

    def pages(
        self,
        *,
        max_concurrency: int = 4,
        draw: float = 0.5,
        is_gated: bool = False,
        slots: Slots | None = None,
        **policy: Any,
    ) -> PageSource:
        """Build the way to the pages over this transport; one that is gated, or has slots, heeds outages and pauses."""
        loop = asyncio.get_running_loop()
        retry = RetryPolicy(**policy)
        places = OwnSlots(Quota(None), loop.time) if slots is None else slots
        gate = Gate(places, Outage(retry), clock=loop.time, draw=lambda: draw)
        self.gate = gate if is_gated or slots is not None else None
        return PageSource(
            transport=self,
            repeating=Repeating(
                policy=retry,
                budget=RetryBudget(retry.budget),
                gate=gate,
                clock=loop.time,
                draw=lambda: draw,
            ),
            max_concurrency=max_concurrency,
        )


def listing(
    transport: Scripted, *, max_concurrency: int = 4, slots: Slots | None = None, **options: Any
) -> Fetch[Customer]:
    """Begin a run whose rows are kept."""
    options.setdefault("page_size", 10)
    pages = transport.pages(max_concurrency=max_concurrency, slots=slots)
    return Fetch(pages, Listing(**options), CUSTOMERS, Kept(), window=None)


def streaming(
    transport: Scripted, *, max_concurrency: int = 4, ordered: bool = True, **options: Any
) -> Fetch[Customer]:
    """Begin a run whose rows are delivered as they come."""
    options.setdefault("page_size", 10)
    pages = transport.pages(max_concurrency=max_concurrency)
    delivery: Delivery[Customer] = InOrder() if ordered else AsTheyCome()
    return Fetch(pages, Listing(**options), CUSTOMERS, delivery, window=max_concurrency)


async def drain(fetch: Fetch[Customer]) -> list[str]:
    """Take everything that a run delivers."""
    rows: list[str] = []
    while (page := await fetch.next_page()) is not None:
        rows += [customer.provided_id for customer in page.rows]
    return rows


async def everything(transport: Scripted, **options: Any) -> list[str]:
    """Fetch the ids of the whole list."""
    fetch = listing(transport, **options)
    try:
        return [customer.provided_id for customer in await fetch.everything()]
    finally:
        await fetch.aclose()
