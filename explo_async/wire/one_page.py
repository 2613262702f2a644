"""One page of customers as the server cut it, whatever its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.decode.page import CUSTOMERS
from explo_async.errors import NotFound
from explo_async.models import CustomerPage
from explo_async.plan import Ask
from explo_async.wire.call import Call, Filters
from explo_async.wire.deadline import deadline_after
from explo_async.wire.dialect import applied_size

if TYPE_CHECKING:
    from explo_async.models import Customer
    from explo_async.wire.page_source import PageSource


async def get_page(pages: PageSource, number: int, page_size: int, call: Call[Customer]) -> CustomerPage:
    """Return one page as the server cut it. Raises `NotFound` for one past the end."""
    applied = pages.sizes.get(page_size)
    if number == 1 or not pages.dialect.confirmed:
        page, applied = await pages.first(page_size, call)
    if number > 1:
        found = await pages.get(Ask(number, page_size), call)
        if found is None:
            what = "the server has no such page"
            advice = "the list is shorter; page 1 tells its total_count"
            raise NotFound(what, status=404, detail=None, page=number, advice=advice)
        page = found
    rows, total = len(page.provided_ids), page.total_count
    if applied is None:
        applied = applied_size(page_size, number=number, rows=rows, total_count=total)
    return CustomerPage(
        number=number,
        page_size=max(applied, rows),
        total_count=total,
        customers=page.rows,
    )


def make_call(
    parent_provided_id: str | None, hierarchy_level_name: str | None, timeout: float | None
) -> Call[Customer]:
    """Return what a call for pages of customers has in common, its deadline in so many seconds from now."""
    filters = Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name)
    return Call(decode=CUSTOMERS.decode, filters=filters, deadline=deadline_after(timeout))
