"""Each mode against a list that changes between any two events of its requests, judged by just what the mode assumes.

Every request has four moments of its own: sent, counted, read, arrived.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from explo_async.decode.page import CUSTOMERS
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Listing
from explo_async.errors import ClientClosed, ListingChanged
from tests.helpers.virtual import VirtualLoop
from tests.promises.model_site import Held, Request, Site
from tests.promises.oracle import Outcome, judge, judge_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.engine.listing import Consistency
    from explo_async.models import Customer

PLACES = st.integers(0, 10**6)


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
        self.size = self.listing.page_size
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

        async def begin() -> Fetch[Customer]:
            self.pages = self.transport.pages(max_concurrency=self.concurrency)
            self.pages.trusts_order = self.trusted
            return Fetch(self.pages, listing, CUSTOMERS, deliveries[self.kind](), window=window)

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
        judge_requests(self.outcome())
        self.trusted = self.pages.trusts_order
        self.start()

    async def consume(self) -> None:
        try:
            if self.kind == "list":
                self.taken += [customer.provided_id for customer in await self.fetch.everything()]
                return
            while (page := await self.fetch.next_page()) is not None:
                self.taken += [customer.provided_id for customer in page.rows]
        except ListingChanged as error:
            self.failure = error
        except ClientClosed:
            assert self.broken_off

    def settle(self) -> None:
        """Let everything that can go on go on."""
        # In virtual time a timer only fires when nothing else can go on.
        self.loop.run_until_complete(asyncio.sleep(1e-9))
        if coverage := self.fetch._intake.coverage:
            self.size = coverage.size
        assert self.site.changes or self.site.is_odd or len(self.fetch._intake.delivery) <= 3 * self.concurrency

    def held(self, wanted: Callable[[Request], bool]) -> list[Request]:
        return [request for request in self.transport.held if not request.arrived.done() and wanted(request)]

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
        judge(self.outcome())

    def outcome(self) -> Outcome:
        """Say all that is judged of the present run."""
        return Outcome(
            site=self.site,
            listing=self.listing,
            kind=self.kind,
            size=self.size,
            report=self.fetch.report(),
            requests=list(self.transport.held),
            taken=self.taken,
            recalled=self.recalled,
            stable=list(self.stable),
            began=self.began,
            trusted=self.trusted,
            is_done=self.consumer.done() and not self.broken_off,
            failure=self.failure,
        )


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    stateful_step_count=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
