"""How a run begins: what page 1 tells, what it leads to, and what is refused by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.completeness.exact import ExactSnapshot
from explo_async.completeness.ledger import Ledger
from explo_async.completeness.unchecked import UncheckedSweep
from explo_async.decode.page import decode_page
from explo_async.engine.first_page import FirstPage, begin
from explo_async.engine.listing import Listing
from explo_async.errors import ConfigurationError, DecodeError
from explo_async.plan import MAX_PAGES
from explo_async.wire.call import Call, Filters
from explo_async.wire.dialect import Dialect
from explo_async.wire.page_source import PageSource, Trip
from tests.helpers.scripted import Scripted, body_of, ids, page_of, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.models import Customer

SOME = Filters(hierarchy_level_name="Level 1")


def first(transport: Scripted, trip: Trip | None = None, **options: Any) -> FirstPage[Customer]:
    """Get page 1 of a listing of some customers, in pages of ten, and wait for nothing but its answer."""

    async def main() -> FirstPage[Customer]:
        call = Call(decode=decode_page, filters=SOME)
        listing = Listing(**{"filters": SOME, "page_size": 10, **options})
        begun = await begin(transport.pages(), listing, call, "in order", trip or Trip())
        assert asyncio.get_running_loop().time() == pytest.approx(1000.1)
        return begun

    return run(main())


def served(total: int, rows: int = 2) -> Scripted:
    """Serve a list that says of itself that it is so long."""
    return Scripted(answer=lambda *_: reply_of(200, body_of(ids(rows), total)))


@pytest.mark.parametrize(
    ("consistency", "kind"),
    [("off", UncheckedSweep), ("checked", Ledger), ("verified", Ledger), ("exact", ExactSnapshot)],
)
@pytest.mark.parametrize(("asked", "applied"), [(10, 4), (3, 3)])
def test_each_mode_begins_with_the_size_that_the_server_applies(
    consistency: str, kind: type, asked: int, applied: int
) -> None:
    """Page 1 is handed on as it came; no page need be skipped."""
    transport = Scripted(answer=lambda number, size: page_of(ids(30), number, min(size, 4)))
    begun = first(transport, consistency=consistency, page_size=asked)
    assert type(begun.coverage) is kind
    assert (begun.coverage.size, begun.swept) == (applied, 0)
    assert begun.page.provided_ids == tuple(ids(applied))
    assert transport.queries == [{"page": "1", "page_size": str(asked), "hierarchy_level_name": "Level 1"}]


def test_page_1_tells_of_its_way() -> None:
    """When it goes out, and when its answer is there."""
    told: list[str] = []
    first(Scripted(ids(5)), Trip(lambda: told.append("sent"), lambda: told.append("there")))
    assert told == ["sent", "there"]


@pytest.mark.parametrize("consistency", ["checked", "verified"])
def test_the_ledger_knows_what_to_trust(consistency: str) -> None:
    """And how many rows the server gives at once at most."""
    ledger = first(Scripted(ids(5)), consistency=consistency, largest_page=50).coverage
    assert isinstance(ledger, Ledger)
    assert (ledger._verified, ledger._sweeps.largest) == (consistency == "verified", 50)


def test_the_exact_list_knows_when_rows_are_given_out() -> None:
    """And how many rows the server gives at once at most."""
    exact = first(Scripted(ids(5)), consistency="exact", largest_page=50).coverage
    assert isinstance(exact, ExactSnapshot)
    assert (exact._handing_on._handing, exact._sweeps.largest) == ("in order", 50)


def test_a_page_that_shows_no_size_is_of_the_size_that_was_asked_for() -> None:
    """A server may keep rows back."""
    assert first(served(30, rows=0)).coverage.size == 10


def test_the_size_of_the_list_is_remembered() -> None:
    """For the next time that the same customers are asked for, with the rows that the server gives at once."""

    async def main() -> PageSource:
        pages = Scripted(answer=lambda number, size: page_of(ids(25), number, min(size, 4))).pages()
        await begin(pages, Listing(filters=SOME, page_size=10), Call(decode=decode_page), "in order", Trip())
        return pages

    pages = run(main())
    assert (pages.totals, pages.sizes) == ({SOME: 25}, {10: 4})


def test_a_total_that_makes_no_sense_is_refused_before_pages_are_planned() -> None:
    """A million pages are the most that is planned for."""
    transport = served(2 * MAX_PAGES + 1)
    with pytest.raises(DecodeError) as caught:
        first(transport)
    error = caught.value
    assert error.what == "total_count 2000001 would need 1000001 pages of 2, more than 1000000"
    assert error.advice == "check base_url; the total makes no sense"
    assert (error.page, error.path, transport.asked) == (1, "total_count", [1])
    assert first(served(2 * MAX_PAGES)).coverage.size == 2


@pytest.mark.parametrize(
    ("consistency", "rows", "refused"), [("verified", 40, True), ("verified", 20, False), ("exact", 60, False)]
)
def test_verified_needs_a_server_that_heeds_the_page_size(consistency: str, rows: int, *, refused: bool) -> None:
    """A second pass with other pages is impossible where the size is ignored, save for a list of one page."""

    async def main() -> None:
        transport = Scripted(answer=lambda number, _: page_of(ids(rows), number, 20))
        pages = transport.pages()
        pages.dialect = Dialect(page_size_name=None, confirmed=True)
        await begin(pages, Listing(consistency=consistency), Call(decode=decode_page), "in order", Trip())  # type: ignore[arg-type]

    if not refused:
        run(main())
        return
    with pytest.raises(ConfigurationError) as caught:
        run(main())
    what = "the server ignores the page size, so a second pass with another one cannot verify the list"
    assert str(caught.value) == f'{what}; use consistency="checked"'


@pytest.mark.parametrize(("former", "swept"), [(0, 0), (1, 0), (10, 0), (11, 1), (20, 1), (25, 2)])
@pytest.mark.parametrize("consistency", ["checked", "verified"])
def test_pages_of_a_former_run_need_not_be_asked_for(consistency: str, former: int, swept: int) -> None:
    """All but the last of them, which is read again to prove that the rest follows; their rows are not new."""
    begun = first(Scripted(ids(95)), consistency=consistency, resume_from=ids(former))
    assert begun.swept == swept
    assert begun.coverage.unique == former


def test_where_the_order_is_not_stable_all_is_read_again() -> None:
    """Only what came before is not given again."""

    async def main() -> FirstPage[Customer]:
        pages = Scripted(ids(95)).pages()
        pages.distrust_order()
        listing = Listing(page_size=10, resume_from=ids(25))
        return await begin(pages, listing, Call(decode=decode_page), "in order", Trip())

    assert run(main()).swept == 0


@pytest.mark.parametrize(("consistency", "unique"), [("off", 0), ("exact", 25)])
def test_the_other_modes_read_all_of_the_list(consistency: str, unique: int) -> None:
    """An exact list must have all that a former run gave, and reads every page of it again."""
    begun = first(Scripted(ids(95)), consistency=consistency, resume_from=ids(25))
    assert (begun.swept, begun.coverage.unique) == (0, unique)
