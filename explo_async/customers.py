"""`client.customers`: the list of a team's customers, whole, as a stream, page by page, or only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.checks import check_count
from explo_async.decode.page import CUSTOMERS, RowKind, RowT
from explo_async.delivery.as_they_come import AsTheyCome
from explo_async.delivery.in_order import InOrder
from explo_async.delivery.kept import Kept
from explo_async.endpoint import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from explo_async.engine.fetch import Fetch
from explo_async.engine.listing import Consistency, Invalid, Listing
from explo_async.errors import ConfigurationError
from explo_async.models import Customer, CustomerList
from explo_async.removals import MAX_DELETE_SHARE, MAX_DELETES
from explo_async.single import SingleCustomers
from explo_async.stream import CustomerStream
from explo_async.wire.call import Filters
from explo_async.wire.deadline import in_time
from explo_async.wire.one_page import get_page, make_call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from explo_async.delivery.arrival import Delivery
    from explo_async.engine.run import Stoppable
    from explo_async.models import CustomerPage
    from explo_async.progress import Progress
    from explo_async.watch import Watch
    from explo_async.watch.settings import Initial
    from explo_async.wire.page_source import PageSource
    from explo_async.wire.verb_source import VerbSource


class Customers(SingleCustomers):
    """The customers of the team whose token the client has."""

    def __init__(
        self,
        open_pages: Callable[[], PageSource],
        open_verbs: Callable[[], VerbSource],
        keep: Callable[[Stoppable], object],
        digest: Callable[[bytes], bytes],
    ) -> None:
        super().__init__(open_pages, open_verbs)
        self._keep = keep
        self._digest = digest

    async def list(
        self,
        *,
        parent_provided_id: str | None = None,
        hierarchy_level_name: str | None = None,
        page_size: int = MAX_PAGE_SIZE,
        consistency: Consistency = "checked",
        expected_total: int | None = None,
        timeout: float | None = None,
        invalid: Invalid = "raise",
        on_progress: Callable[[Progress], object] | None = None,
    ) -> CustomerList:
        """Return all customers, each once, in listing order, with the `report` of the run.

        `consistency` says what to prove. "checked": everybody is there who exists from the first request to the last,
        for one small request more than the pages while nothing changes; it relies on totals between which nothing
        cancels out, and on the order where `report.basis` says so. "verified": the same from the order alone, for
        twice the requests. "exact": the list as it was at one moment, `report.moment`, from two sweeps that rely on
        unique ids alone: what to delete by. "off" proves nothing.
        `expected_total` is the size remembered from last time: the pages it implies are asked for together with
        page 1. `timeout` in seconds for the whole call. `invalid="collect"` sets records that cannot be read aside
        in the report in place of raising. `on_progress` is called with a `Progress`, in the loop: after each page, when
        requests begin to wait for the quota, and each second while they do.

        Raises an `ExploError`, which carries what had been read by then.
        """
        listing = Listing(
            filters=Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
            page_size=page_size,
            consistency=consistency,
            expected_total=expected_total,
            timeout=timeout,
            invalid=invalid,
            on_progress=on_progress,
        )
        fetch = Fetch(self._open(), listing, CUSTOMERS, Kept[Customer](), window=None)
        self._keep(fetch)
        try:
            customers = await fetch.everything()
            return CustomerList(customers, fetch.report())
        finally:
            await fetch.aclose()

    def stream(
        self,
        *,
        parent_provided_id: str | None = None,
        hierarchy_level_name: str | None = None,
        page_size: int = MAX_PAGE_SIZE,
        consistency: Consistency = "checked",
        expected_total: int | None = None,
        timeout: float | None = None,
        invalid: Invalid = "raise",
        on_progress: Callable[[Progress], object] | None = None,
        ordered: bool = True,
        resume_from: Sequence[str] = (),
    ) -> CustomerStream:
        """Return the same customers as a stream that keeps at most `max_concurrency` pages for a slow consumer.

        In listing order, or with `ordered=False` as pages arrive. A slow consumer slows the fetch down; while one
        waits, up to three times as many pages may be on their way or wait for their proof. The stream raises what
        `list` raises, and only at its end what only the end can tell (`ListingChanged`): until then what came is
        provisional. An "exact" stream gives customers during its second sweep, those that were in the first as well,
        and fails if one of them is deleted after that.

        `resume_from` goes on where an ordered stream broke off: the `provided_id`s of all customers that it gave while
        its `report` was None, in its order. They are not given again; a page at their end is read again, to prove that
        nothing is missing between them and the rest. It needs a proof, so not `consistency="off"`, and the order.
        """
        listing = Listing(
            filters=Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
            page_size=page_size,
            consistency=consistency,
            expected_total=expected_total,
            timeout=timeout,
            invalid=invalid,
            on_progress=on_progress,
            resume_from=tuple(resume_from),
        )
        if listing.resume_from and (consistency == "off" or not ordered):
            msg = 'resume_from proves nothing with consistency="off" or ordered=False'
            raise ConfigurationError(msg, advice="leave these two at their defaults")

        def begin(kind: RowKind[RowT]) -> Fetch[RowT]:
            pages = self._open()
            delivery: Delivery[RowT] = InOrder() if ordered else AsTheyCome()
            fetch = Fetch(pages, listing, kind, delivery, window=pages.max_concurrency)
            self._keep(fetch)
            return fetch

        return CustomerStream(begin)

    def watch(
        self,
        *,
        every: float = 900.0,
        state: str | PathLike[str] | None = None,
        confirm_removals: int = 2,
        initial: Initial = "emit",
        max_deletes: int = MAX_DELETES,
        max_delete_share: float = MAX_DELETE_SHARE,
        allow_deletes: int | None = None,
        parent_provided_id: str | None = None,
        hierarchy_level_name: str | None = None,
        page_size: int = MAX_PAGE_SIZE,
        timeout: float | None = None,
        adopt_state: bool = False,
    ) -> Watch:
        """Return what tells of each customer that is added, changed or removed: `async with` it, then `async for`.

        `every` so many seconds, up to a tenth more or less, the whole list is read, proved, and compared with what was
        acknowledged by `done()` of an event; what differs is told. `state` is a file that keeps what was acknowledged:
        whatever happens to the process, each change that lasts is told at least once. Without it, and in a new file,
        everybody is `Added` first, or with `initial="skip"` taken as known.

        A removal is told once so many exact lists running as `confirm_removals` lacked the customer. More of them than
        `max_deletes` that are also a larger share than `max_delete_share` are `Held`; `allow_deletes` lets a number of
        them. `timeout` in seconds for each list. `adopt_state` takes over a state of another token.

        Raises `ConfigurationError`; entering it raises `WatchStateError` for a state that cannot be used.
        """
        # What stands above the client is imported by whoever asks for it.
        from explo_async.watch.begin import begin_watch  # noqa: PLC0415
        from explo_async.watch.settings import Settings  # noqa: PLC0415

        return begin_watch(
            self,
            Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
            Settings(
                every=every,
                confirm_removals=confirm_removals,
                initial=initial,
                max_deletes=max_deletes,
                max_delete_share=max_delete_share,
                allow_deletes=allow_deletes,
            ),
            state=state,
            page_size=page_size,
            timeout=timeout,
            adopt_state=adopt_state,
            digest=self._digest,
            observer=lambda: self._open().gate.observer,
            keep=self._keep,
        )

    async def page(
        self,
        number: int = 1,
        *,
        page_size: int = DEFAULT_PAGE_SIZE,
        parent_provided_id: str | None = None,
        hierarchy_level_name: str | None = None,
        timeout: float | None = None,
    ) -> CustomerPage:
        """Return one page, from 1. `timeout` in seconds for the whole call.

        Raises `NotFound` for a page past the end, and what `list` raises.
        """
        check_count("number", number)
        check_count("page_size", page_size)
        call = make_call(parent_provided_id, hierarchy_level_name, timeout)
        pages = self._open()
        async with in_time(pages.gate, timeout):
            return await get_page(pages, number, page_size, call)

    async def count(
        self,
        *,
        parent_provided_id: str | None = None,
        hierarchy_level_name: str | None = None,
        timeout: float | None = None,
    ) -> int:
        """Return how many customers there are, in one request. `timeout` in seconds for the whole call.

        Raises what `list` raises.
        """
        call = make_call(parent_provided_id, hierarchy_level_name, timeout)
        pages = self._open()
        async with in_time(pages.gate, timeout):
            page, _ = await pages.first(1, call, only_total=True)
        return page.total_count
