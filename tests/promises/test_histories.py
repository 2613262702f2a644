"""Each mode against a list that changes between any two events of its requests, judged by just what the mode assumes.

Every request has four moments of its own: sent, counted, read, arrived. The oracle knows whether rows kept their order
(O) and whether an insertion and a deletion cancelled out between two COUNTs (B); ids are never used again (K).
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Listing
from explo_async.errors import ClientClosed, ListingChanged
from tests.helpers.virtual import VirtualLoop
from tests.promises.model_site import Held, Request, Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.engine.listing import Consistency

PLACES = st.integers(0, 10**6)
MOST_REQUESTS = {"off": (1, 0), "checked": (4, 42), "verified": (6, 42), "exact": (22, 225)}
"""Requests a page, and beyond: the first pass, its growth, and what is asked for again.

"exact" sweeps a list that grows to 2n + 20 pages six times, and pages of three rows in the end twice in pages of two
and twice in pages of one: 2 + 2 * 1.5 + 2 * 3 = 11 times as many requests, and five COUNTs.
"""


class Histories(RuleBasedStateMachine):
    """Whatever happens: the list is what its mode promises, or ListingChanged is raised."""

    @initialize(
        total=st.integers(0, 40),
        size=st.integers(1, 7),
        concurrency=st.integers(1, 16),
        consistency=st.sampled_from(["off", "checked", "checked", "checked", "verified", "exact", "exact"]),
        kind=st.sampled_from(["list", "ordered", "unordered"]),
        hint=st.sampled_from([None, None, 30]),
        sorting=st.sampled_from(["unique", "unique", "unique", "ties", "none"]),
        off=st.sampled_from([0, 0, 0, 0, 0, 1, 4]),
        larger=st.booleans(),
    )
    def begin(
        self,
        total: int,
        size: int,
        concurrency: int,
        consistency: Consistency,
        kind: str,
        hint: int | None,
        sorting: str,
        off: int,
        larger: bool,
    ) -> None:
        self.loop = VirtualLoop()
        self.site = Site([f"r{number}" for number in range(total)], sorting=sorting, off=off)
        self.stable = dict.fromkeys(self.site.rows)
        self.consistency = consistency
        self.kind = kind
        self.concurrency = concurrency
        self.listing = Listing(
            page_size=size,
            consistency=consistency,
            expected_total=hint,
            largest_page=20 * size if larger else size,
        )
        self.taken: list[str] = []
        self.failure: ListingChanged | None = None
        self.runs = 0
        self.trusted = True
        self.start()

    def start(self) -> None:
        """Begin a run, after the rows that were taken from a former one."""
        self.transport = Held()
        self.recalled = len(self.taken)
        self.broken_off = False
        self.runs += 1
        self.began = len(self.site.changes)
        listing = Listing(
            page_size=self.listing.page_size,
            consistency=self.listing.consistency,
            expected_total=self.listing.expected_total,
            largest_page=self.listing.largest_page,
            resume_from=tuple(self.taken),
        )
        deliveries: dict[str, Callable[[], Any]] = {"list": Kept, "ordered": InOrder, "unordered": AsTheyCome}
        window = None if self.kind == "list" else self.concurrency

        async def begin() -> Fetch:
            self.pages = self.transport.pages(max_concurrency=self.concurrency)
            self.pages.trusts_order = self.trusted
            return Fetch(self.pages, listing, deliveries[self.kind](), window=window)

        self.fetch = self.loop.run_until_complete(begin())
        self.consumer = self.loop.create_task(self.consume())
        self.settle()

    @precondition(lambda self: self.kind == "ordered" and self.consistency != "off" and not self.consumer.done())
    @rule()
    def break_off(self) -> None:
        """Break the run off, and resume it with another one of the same client."""
        self.broken_off = True
        self.loop.run_until_complete(self.fetch.aclose())
        self.settle()
        self.consumer.result()
        self.judge_requests()
        self.trusted = self.pages.trusts_order
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
        assert self.site.changes or self.site.is_odd or len(self.fetch._delivery) <= 3 * self.concurrency

    def held(self, wanted: Callable[[Request], bool]) -> list[Request]:
        return [request for request in self.transport.held if not request.arrived.done() and wanted(request)]

    def told(self) -> list[Request]:
        """Give the requests whose answers have reached the run."""
        return [each for each in self.transport.held if each.arrived.done() and not each.arrived.cancelled()]

    @rule(at=PLACES, count=st.sampled_from([1, 1, 1, 2, 5, 16]))
    def insert(self, at: int, count: int) -> None:
        """Create customers somewhere."""
        self.site.insert(at % (len(self.site.rows) + 1), count)

    @precondition(lambda self: self.site.rows)
    @rule(at=PLACES, count=st.sampled_from([1, 1, 1, 2, 5, 16, 60]))
    def delete(self, at: int, count: int) -> None:
        """Delete customers somewhere."""
        self.site.delete(at % len(self.site.rows), count)
        for row in self.stable.keys() - set(self.site.rows):
            del self.stable[row]

    @precondition(lambda self: self.site.rows and self.site.sorting == "none")
    @rule(at=PLACES)
    def update(self, at: int) -> None:
        """Change a customer."""
        self.site.update(at % len(self.site.rows))

    @rule(which=PLACES)
    def count(self, which: int) -> None:
        """Take the COUNT of one of the requests that have reached the server."""
        waiting = self.held(lambda request: request.total is None)
        if waiting:
            self.site.count(waiting[which % len(waiting)])

    @rule(which=PLACES)
    def read(self, which: int) -> None:
        """Read the rows of one of the requests that were counted for."""
        waiting = self.held(lambda request: request.total is not None and request.rows is None)
        if waiting:
            self.site.read(waiting[which % len(waiting)])

    @rule(which=PLACES)
    def answer(self, which: int) -> None:
        """Let one of the answers arrive."""
        waiting = self.held(lambda request: request.rows is not None)
        if waiting:
            self.arrive(waiting[which % len(waiting)])

    @rule()
    def go_on(self) -> None:
        """Serve the oldest request at once."""
        for request in self.held(lambda _: True)[:1]:
            self.serve(request)

    @rule()
    def count_all(self) -> None:
        """Take the COUNT of all requests that have reached the server."""
        for request in self.held(lambda request: request.total is None):
            self.site.count(request)

    def serve(self, request: Request) -> None:
        if request.total is None:
            self.site.count(request)
        if request.rows is None:
            self.site.read(request)
        self.arrive(request)

    def arrive(self, request: Request) -> None:
        if not request.arrived.done():
            request.arrived.set_result(request.take())
        self.settle()

    def teardown(self) -> None:
        """Serve the rest without further changes, and judge."""
        if not hasattr(self, "consumer"):
            return
        while not self.consumer.done():
            pending = self.held(lambda _: True)
            assert pending, "everything waits"
            for request in pending:
                self.serve(request)
        self.consumer.result()
        self.loop.run_until_complete(self.fetch.aclose())
        self.loop.close()
        self.judge()

    # The oracle.

    def judge_requests(self) -> None:
        """Judge how much one run has asked for."""
        # Where page 1 was cut short, its rows pass for the page size of the server.
        size, hint = self.fetch._size, self.listing.expected_total or 0
        pages = max(1, ceil((self.fetch.report().totals_seen or (0,))[0] / size))
        requests = len(self.transport.held)
        if self.consistency == "off":
            # It goes after every total, whichever that is.
            pages = max(pages, *(ceil((request.total or 0) / size) for request in self.transport.held))
        a_page, beyond = MOST_REQUESTS[self.consistency]
        assert requests <= a_page * pages + beyond + ceil(hint / size)
        quiet = not (self.site.changes or self.site.is_odd) and self.trusted
        if quiet and not self.recalled and self.consumer.done() and not self.broken_off and self.failure is None:
            least = {"off": 0, "checked": 1 if self.site.rows else 0, "exact": pages + 1}.get(self.consistency)
            if least is not None:
                assert requests <= max(pages, ceil(hint / size)) + least

    def judge(self) -> None:
        report, site = self.fetch.report(), self.site
        assert set(self.taken) <= frozenset().union(*site.states)
        assert len(set(self.taken)) == len(self.taken) or self.consistency == "off"
        self.judge_requests()
        if self.failure:
            assert report.verdict == "incomplete"
            self.judge_failure(self.failure)
            return
        keeps_order = site.sorting == "unique" or (site.sorting == "none" and "update" not in site.changes)
        cancels_out = any(True for _ in site.cancels_out(self.told()))
        missing = [row for row in self.stable if row not in set(self.taken)]
        if self.consistency == "exact":
            assert report.basis == "exact"
            assert frozenset(self.taken) in site.states[self.began :]
        elif self.consistency == "checked" and not cancels_out and (report.basis == "count" or keeps_order):
            assert not missing
        elif self.consistency == "verified" and keeps_order:
            # B is used for the end alone.
            assert not missing or (cancels_out and missing == list(self.stable)[-len(missing) :])
        in_order = self.kind != "unordered" and keeps_order and self.consistency != "off"
        if in_order and not cancels_out and not report.contradictions:
            assert [row for row in self.taken if row in self.stable] == [
                row for row in self.stable if row not in missing
            ]
        if not site.changes and keeps_order and not (site.off and self.consistency != "verified"):
            assert self.taken == site.rows or self.kind == "unordered"

    def judge_failure(self, failure: ListingChanged) -> None:
        """Judge that all that was found is there, in one way or the other."""
        assert self.site.changes or self.site.off or self.site.sorting == "ties"
        assert self.consistency != "off"
        if self.consistency == "exact" and self.kind != "list":
            # Of what was seen once a stream keeps the ids alone.
            return
        if self.listing.expected_total is not None:
            # Pages asked for on a hint are thrown away where page 1 shows another page size than was asked for.
            return
        arrived = [request for request in self.told() if not request.is_past_end]
        # The row that comes with a COUNT was read after it, and counts for nothing.
        arrived = [request for request in arrived if request.size > 1]
        found = {row for request in arrived for row in request.rows or ()}
        assert found <= {*self.taken, *(customer.provided_id for customer in failure.customers)}


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    stateful_step_count=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
