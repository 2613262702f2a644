"""Records that cannot be read: raised, or set aside without hiding anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from explo_async.errors import DecodeError, ListingChanged
from tests.helpers.scripted import COUNT, Scripted, ids, listing, reply_of, streaming
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.models import Customer, FetchReport
    from explo_async.wire.answer import Answer


def serve(odd: dict[int, Any], total: int = 25) -> Scripted:
    """Serve a list whose records at some places are something else."""
    rows: list[Any] = [{"provided_id": row} for row in ids(total)]
    for place, record in odd.items():
        rows[place] = record

    def answer(number: int, size: int) -> Answer:
        cut = rows[(number - 1) * size : number * size]
        return reply_of(200, msgspec.json.encode({"total_count": total, "results": {"customers": cut}}))

    return Scripted(answer=answer)


def collect(transport: Scripted, **options: Any) -> tuple[list[Customer], FetchReport]:
    async def main() -> tuple[list[Customer], FetchReport]:
        fetch = listing(transport, invalid="collect", **options)
        try:
            return await fetch.everything(), fetch.report()
        finally:
            await fetch.aclose()

    return run(main())


def test_a_bad_record_is_raised_with_page_row_and_path() -> None:
    """`invalid="raise"` ends the run at the first record that cannot be read, and says where it is."""

    async def main() -> DecodeError:
        fetch = listing(serve({13: {"provided_id": "c13", "emails": "x@example.com"}}))
        with pytest.raises(DecodeError) as raised:
            await fetch.everything()
        await fetch.aclose()
        return raised.value

    error = run(main())
    assert (error.page, error.row, error.provided_id, error.path) == (2, 3, "c13", "emails")
    assert "x@example.com" not in str(error)


def test_a_bad_record_is_set_aside_and_the_rest_is_complete() -> None:
    """`invalid="collect"` keeps all others, costs no further request, and names page, row, id, path and reason."""
    transport = serve({13: {"provided_id": "c13", "name": 7}, 24: {"provided_id": "c24", "emails": [1]}})
    customers, report = collect(transport)
    assert [customer.provided_id for customer in customers] == [row for row in ids(25) if row not in {"c13", "c24"}]
    assert sorted(transport.asked[:-1]) == [1, 2, 3]
    assert transport.queries[-1] == COUNT
    assert report.verdict == "complete"
    assert report.customers == 23
    where = [(record.page, record.row, record.provided_id, record.path) for record in report.invalid]
    assert sorted(where) == [(2, 3, "c13", "name"), (3, 4, "c24", "emails[0]")]


@pytest.mark.parametrize(("consistency", "refetched"), [("verified", 2), ("exact", 3)])
def test_a_set_aside_record_counts_once_however_often_its_page_is_read(consistency: str, refetched: int) -> None:
    """A record whose id can be read is one record, also when a change makes its page be read again."""
    transport = serve({13: {"provided_id": "c13", "name": 7}})
    customers, report = collect(transport, consistency=consistency)
    assert [customer.provided_id for customer in customers] == [row for row in ids(25) if row != "c13"]
    assert [record.provided_id for record in report.invalid] == ["c13"]
    assert report.verdict == consistency
    assert report.stats.refetched == refetched


@pytest.mark.parametrize(("consistency", "places"), [("checked", [3]), ("verified", [3]), ("exact", [3])])
def test_a_record_without_a_readable_id_breaks_the_chain(consistency: str, places: list[int]) -> None:
    """Whose record it is cannot be known, so completeness cannot be shown: ListingChanged, with what was found.

    It is reported once, also where a page of another size shows it again at another place.
    """
    with pytest.raises(ListingChanged, match="without a readable provided_id") as raised:
        collect(serve({13: {"name": "nobody"}}), consistency=consistency)
    assert [record.row for record in raised.value.report.invalid] == places
    assert len(raised.value.customers) == 24
    customers, report = collect(serve({13: {"name": "nobody"}}), consistency="off")
    assert (len(customers), report.verdict) == (24, "unchecked")


@pytest.mark.parametrize("consistency", ["off", "checked", "verified", "exact"])
def test_a_stream_sets_aside_as_well(consistency: str) -> None:
    """A stream delivers the readable rows of a page in order."""

    async def main() -> tuple[list[str], FetchReport]:
        transport = serve({3: {"provided_id": "c3", "token": 1}})
        fetch = streaming(transport, invalid="collect", consistency=consistency)
        rows = []
        while page := await fetch.next_page():
            rows += [customer.provided_id for customer in page.rows]
        await fetch.aclose()
        return rows, fetch.report()

    rows, report = run(main())
    assert rows == [row for row in ids(25) if row != "c3"]
    assert [record.path for record in report.invalid] == ["token"]
