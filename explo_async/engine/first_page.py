"""How a run begins: page 1, what it tells about the list, and the ledger for the rest."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Generic

from attrs import frozen

from explo_async.completeness.exact import ExactSnapshot
from explo_async.completeness.ledger import Ledger
from explo_async.completeness.sightings import fingerprints
from explo_async.completeness.unchecked import UncheckedSweep
from explo_async.decode.page import RowT
from explo_async.errors import ConfigurationError, DecodeError
from explo_async.plan import MAX_PAGES, page_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.completeness.coverage import Coverage
    from explo_async.completeness.handing import Handing
    from explo_async.decode.page import DecodedPage
    from explo_async.engine.listing import Listing
    from explo_async.wire.call import Call
    from explo_async.wire.page_source import PageSource, Trip


@frozen
class FirstPage(Generic[RowT]):
    """Page 1, not entered yet, and what it leads to."""

    page: DecodedPage[RowT]
    coverage: Coverage
    """It knows the rows a page, as the server applies them."""
    swept: int
    """How many pages need not be asked for, since a former run has their rows: all but the last of them."""


async def begin(pages: PageSource, listing: Listing, call: Call[RowT], handing: Handing, trip: Trip) -> FirstPage[RowT]:
    """Get page 1; raises `DecodeError` for a total that makes no sense, and what getting any page raises."""
    page, applied = await pages.first(listing.page_size, call, trip)
    size = applied or listing.page_size
    count = page_count(page.total_count, size)
    if count > MAX_PAGES:
        what = f"total_count {page.total_count} would need {count} pages of {size}, more than {MAX_PAGES}"
        raise DecodeError(what, page=1, path="total_count", advice="check base_url; the total makes no sense")
    if listing.consistency == "verified" and count > 1 and pages.dialect.page_size_name is None:
        what = "the server ignores the page size, so a second pass with another one cannot verify the list"
        raise ConfigurationError(what, advice='use consistency="checked"')
    pages.remember(listing.filters, page.total_count, asked=listing.page_size, applied=size)
    if listing.consistency == "off":
        return FirstPage(page, UncheckedSweep(size), 0)
    recalled = _take(listing.resume_from, size)
    if listing.consistency == "exact":
        exact = ExactSnapshot(size, handing=handing, largest=listing.largest_page)
        for ids in recalled:
            exact.recall(ids)
            await asyncio.sleep(0)
        return FirstPage(page, exact, 0)
    ledger = Ledger(
        size,
        verified=listing.consistency == "verified",
        trusts_order=pages.trusts_order,
        largest=listing.largest_page,
    )
    swept = 0
    for ids in recalled:
        ledger.recall(fingerprints(ids))
        swept += 1
        # A million ids in one piece would hold the loop up.
        await asyncio.sleep(0)
    return FirstPage(page, ledger, swept - 1 if ledger.connected else 0)


def _take(ids: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    rest = iter(ids)
    while taken := tuple(islice(rest, size)):
        yield taken
