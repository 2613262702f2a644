"""The promise of completeness against a list that changes between any two requests, in any interleaving."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Any

from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from scripted import Scripted, page_of
from virtual import VirtualLoop

from explo_async.delivery import AsTheyCome, Kept
from explo_async.errors import ClientClosed, ListingChanged
from explo_async.fetch import Fetch
from explo_async.held import InOrder
from explo_async.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from explo_async.answer import Answer
    from explo_async.listing import Consistency
    from explo_async.progress import FetchStats

PLACES = st.integers(0, 10**6)


@define(eq=False)
class Request:
    """A request under way: `answer` is None until the server has cut its page."""

    number: int
    size: int
    arrived: asyncio.Future[Answer]
    answer: Answer | None = None


class Held(Scripted):
    """Holds every request until the machine says that its page is cut, and that its answer arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Request] = []

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        page: int,
        stats: FetchStats,
        deadline: float,
        on_sent: Callable[[], None],
    ) -> Answer:
        """Wait for the machine."""
        del path, deadline, on_sent
        stats.requests += 1
        request = Request(page, int(query["page_size"]), asyncio.get_running_loop().create_future())
        self.held.append(request)
        return await request.arrived


class ChangingList(RuleBasedStateMachine):
    """Whatever happens: each row that lived through the run comes once and in order, or ListingChanged is raised."""

    @initialize(
        total=st.integers(0, 60),
        size=st.integers(1, 7),
        concurrency=st.integers(1, 6),
        consistency=st.sampled_from(["checked", "checked", "verified"]),
        kind=st.sampled_from(["list", "ordered", "unordered"]),
        hint=st.sampled_from([None, 30]),
    )
    def begin(
        self, total: int, size: int, concurrency: int, consistency: Consistency, kind: str, hint: int | None
    ) -> None:
        self.loop = VirtualLoop()
        self.rows = [f"r{number}" for number in range(total)]
        self.stable = dict.fromkeys(self.rows)
        self.ever = set(self.rows)
        self.size = size
        self.consistency = consistency
        self.kind = kind
        self.hint = hint
        self.cuts: dict[int, tuple[str, ...]] = {}
        self.totals_lied = False
        self.changed = False
        self.taken: list[str] = []
        self.failure: ListingChanged | None = None
        self.concurrency = concurrency
        self.start()

    def start(self) -> None:
        """Begin a run, after the rows that were taken from a former one."""
        self.transport = Held()
        self.recalled = len(self.taken)
        self.broken_off = False
        listing = Listing(
            page_size=self.size, consistency=self.consistency, expected_total=self.hint, resume_from=tuple(self.taken)
        )
        deliveries: dict[str, Callable[[], Any]] = {"list": Kept, "ordered": InOrder, "unordered": AsTheyCome}
        window = None if self.kind == "list" else self.concurrency

        async def begin() -> Fetch:
            pages = self.transport.pages(max_concurrency=self.concurrency)
            return Fetch(pages, listing, deliveries[self.kind](), window=window)

        self.fetch = self.loop.run_until_complete(begin())
        self.consumer = self.loop.create_task(self.consume())
        self.settle()

    @precondition(lambda self: self.kind == "ordered" and not self.consumer.done())
    @rule()
    def break_off(self) -> None:
        """Break the run off, and resume it with another one."""
        self.broken_off = True
        self.loop.run_until_complete(self.fetch.aclose())
        self.settle()
        self.consumer.result()
        self.judge_requests()
        # The totals of two runs are never compared.
        self.cuts.clear()
        self.start()

    async def consume(self) -> None:
        try:
            if self.kind == "list":
                self.taken += [customer.provided_id for customer in await self.fetch.everything()]
                return
            while (page := await self.fetch.next_page()) is not None:
                self.taken += [customer.provided_id for customer in page.customers]
        except ListingChanged as error:
            self.failure = error
        except ClientClosed:
            assert self.broken_off

    def settle(self) -> None:
        """Let everything that can go on go on."""
        # In virtual time a timer only fires when nothing else can go on.
        self.loop.run_until_complete(asyncio.sleep(1e-9))

    def held(self, wanted: Callable[[Request], bool]) -> list[Request]:
        return [request for request in self.transport.held if not request.arrived.done() and wanted(request)]

    @rule(at=PLACES, count=st.sampled_from([1, 1, 1, 2, 5, 16]))
    def insert(self, at: int, count: int) -> None:
        """Create customers somewhere, one after another in one place."""
        place = at % (len(self.rows) + 1)
        new = [f"n{len(self.ever) + number}" for number in range(count)]
        self.rows[place:place] = new
        self.ever.update(new)
        self.changed = True

    @precondition(lambda self: self.rows)
    @rule(at=PLACES, count=st.sampled_from([1, 1, 1, 2, 5, 16, 60]))
    def delete(self, at: int, count: int) -> None:
        """Delete customers, one after another in one place."""
        place = at % len(self.rows)
        for row in self.rows[place : place + count]:
            self.stable.pop(row, None)
        del self.rows[place : place + count]
        self.changed = True

    @rule(which=PLACES)
    def cut(self, which: int) -> None:
        """Cut the page of one of the requests that have reached the server."""
        uncut = self.held(lambda request: request.answer is None)
        if uncut:
            self.cut_page(uncut[which % len(uncut)])

    @rule(which=PLACES)
    def answer(self, which: int) -> None:
        """Let one of the answers arrive."""
        cut = self.held(lambda request: request.answer is not None)
        if cut:
            self.arrive(cut[which % len(cut)])

    @rule()
    def go_on(self) -> None:
        """Serve the oldest request at once."""
        for request in self.held(lambda _: True)[:1]:
            self.cut_page(request)
            self.arrive(request)

    def cut_page(self, request: Request) -> None:
        if request.answer is None:
            request.answer = page_of(self.rows, request.number, request.size)
            seen = tuple(self.rows)
            self.totals_lied = self.totals_lied or self.cuts.setdefault(len(seen), seen) != seen

    def arrive(self, request: Request) -> None:
        assert request.answer is not None
        if not request.arrived.done():
            request.arrived.set_result(request.answer)
        self.settle()

    def teardown(self) -> None:
        """Serve the rest without further changes, and judge."""
        if not hasattr(self, "consumer"):
            return
        while not self.consumer.done():
            pending = self.held(lambda _: True)
            assert pending, "everything waits"
            for request in pending:
                self.cut_page(request)
                self.arrive(request)
        self.consumer.result()
        self.loop.run_until_complete(self.fetch.aclose())
        self.loop.close()
        self.judge()

    def judge_requests(self) -> None:
        """Judge how much one run has asked for."""
        totals = self.fetch.report().totals_seen or (0,)
        pages = max(1, ceil(totals[0] / self.size))
        most = (6 if self.consistency == "verified" else 4) * pages + 40 + ceil((self.hint or 0) / self.size)
        requests = len(self.transport.held)
        assert requests <= most
        if not self.changed and self.consistency == "checked":
            to_come = ceil((len(self.rows) - self.recalled) / self.size) + 2 if self.recalled else pages
            assert requests <= max(to_come, ceil((self.hint or 0) / self.size))

    def judge(self) -> None:
        assert len(set(self.taken)) == len(self.taken)
        assert set(self.taken) <= self.ever
        self.judge_requests()
        if not self.changed:
            assert self.failure is None
            assert self.taken == self.rows or self.kind == "unordered"
            if self.consistency == "checked":
                # A resumed run reads page 1 and the page at the end of what is there once more.
                assert len(self.transport.held) >= ceil((len(self.rows) - self.recalled) / self.size)
        if self.failure:
            assert self.failure.report.verdict == "incomplete"
            return
        if self.totals_lied and self.consistency == "checked":
            return
        assert set(self.stable) <= set(self.taken)
        if self.kind != "unordered":
            assert [row for row in self.taken if row in self.stable] == list(self.stable)


TestChangingList = ChangingList.TestCase
TestChangingList.settings = settings(
    stateful_step_count=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
