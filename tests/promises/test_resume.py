"""Streams that go on from where another one broke off: nothing twice, nothing missing, whatever happened meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from explo_async import ConfigurationError, ExploClient, ListingChanged
from explo_async.emulator import Emulator, Seen
from tests.helpers.clients import client_of

SIZE = 10


async def take(explo: ExploClient, customers: int | None = None, **options: Any) -> list[str]:
    """Take the ids that a stream gives, at most so many."""
    ids: list[str] = []
    async with explo.customers.stream(page_size=SIZE, **options) as stream:
        async for page in stream.pages():
            ids += [customer.provided_id for customer in page.customers]
            if customers is not None and len(ids) >= customers:
                break
    return ids


async def resume(emulator: Emulator, explo: ExploClient, former: list[str], **options: Any) -> tuple[list[str], int]:
    """Resume a stream; return what it gives and what it costs."""
    before = emulator.requests
    return await take(explo, resume_from=former, **options), emulator.requests - before


@pytest.mark.parametrize("consistency", ["checked", "verified", "exact"])
async def test_a_resumed_stream_gives_the_rest(consistency: str) -> None:
    """What was given is not given again, and only page 1 and the page at its end are read once more.

    "Exact" has no order to go by: it reads the whole list twice, and gives what was not given before.
    """
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        assert former == list(emulator.provided_ids[:50])
        rest, cost = await resume(emulator, explo, former, consistency=consistency)
        assert former + rest == list(emulator.provided_ids)
        # Pages 6 to 10 are new, and a COUNT closes them; where totals are not trusted, the five boundaries from page 5
        # on are read once more instead.
        assert cost == {"checked": 2 + 5 + 1, "verified": 2 + 5 + 5, "exact": 10 + 1 + 10}[consistency]


@pytest.mark.parametrize("consistency", ["checked", "verified", "exact"])
@pytest.mark.parametrize("taken", [1, 9, 10, 11, 94, 95])
async def test_any_number_of_customers_can_be_resumed_from(taken: int, consistency: str) -> None:
    """What was written need not end with a page; a list that was read to its end is proved once more."""
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        rest, _ = await resume(emulator, explo, list(emulator.provided_ids[:taken]), consistency=consistency)
        assert rest == list(emulator.provided_ids[taken:])


async def test_no_customer_is_lost_at_the_seam() -> None:
    """One deleted before the seam and one created behind it, so that no total tells: who moved across it still comes."""
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        stable = [*emulator.provided_ids[:3], *emulator.provided_ids[4:]]
        emulator.delete_at(3)
        emulator.add()
        rest, cost = await resume(emulator, explo, former)
        assert emulator.total_count == 95
        assert [provided_id for provided_id in former + rest if provided_id in stable] == stable
        assert cost == 2 + 5 + 1


@pytest.mark.parametrize("deleted", [1, 10, 35, 49])
async def test_customers_deleted_before_the_seam_move_it(deleted: int) -> None:
    """The pages before the seam are read again, back to one that shares a customer with what was there."""
    async with Emulator(195) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        stable = list(emulator.provided_ids[deleted:])
        for _ in range(deleted):
            emulator.delete_at(0)
        rest, cost = await resume(emulator, explo, former)
        assert former[deleted:] + rest == stable
        assert cost <= 2 * 15 + deleted // SIZE


async def test_what_was_given_and_deleted_since_cannot_be_part_of_an_exact_list() -> None:
    """The list that a former run began was of no moment at which what it gave was all there: that is no exact list."""
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        emulator.delete_at(3)
        with pytest.raises(ListingChanged) as raised:
            await resume(emulator, explo, former, consistency="exact")
    assert (raised.value.report.verdict, raised.value.report.moment) == ("incomplete", None)


async def test_customers_created_before_the_seam_come_as_well() -> None:
    """They come when page 1 is read again, after those that were given before: their place has been passed."""
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        stable = list(emulator.provided_ids)
        new = emulator.add(index=0)["provided_id"]
        rest, _ = await resume(emulator, explo, former)
        assert [provided_id for provided_id in former + rest if provided_id != new] == stable
        assert rest.count(new) == 1


@pytest.mark.parametrize("left", [0, 4, 10, 25])
async def test_a_list_that_shrank_is_resumed(left: int) -> None:
    """Where nothing is left behind the seam, nothing comes."""
    async with Emulator(95) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 50)
        while emulator.total_count > left:
            emulator.delete_at(left)
        assert (await resume(emulator, explo, former))[0] == []


async def test_a_list_that_changes_without_end_is_not_resumed() -> None:
    """A seam that moves with every request is given up, with what was seen, within four requests a page and 40."""
    async with Emulator(3000) as emulator, client_of(emulator, rate_limit=None) as explo:
        former = await take(explo, 500)
        before = emulator.requests

        def move_two_pages(_: Seen) -> None:
            for _moved in range(2 * SIZE):
                emulator.delete_at(0)
            # One less than went: the totals tell that there is no rest, and the list does not come to its end.
            for _moved in range(2 * SIZE - 1):
                emulator.add()

        emulator.on_request = move_two_pages
        with pytest.raises(ListingChanged, match="changed faster than it could be read"):
            await resume(emulator, explo, former)
        assert emulator.requests - before <= 4 * 300 + 40


@pytest.mark.parametrize("options", [{"consistency": "off"}, {"ordered": False}])
async def test_resuming_needs_a_proof(explo: ExploClient, options: dict[str, Any]) -> None:
    """Where nothing is proved, or no order kept, there is nothing to go on from."""
    with pytest.raises(ConfigurationError, match="resume_from proves nothing"):
        explo.customers.stream(resume_from=["a"], **options)


async def test_a_resumed_stream_counts_what_it_gives(explo: ExploClient, emulator: Emulator) -> None:
    """The counters and the report are those of this run, the customers given before left out."""
    former = list(emulator.provided_ids[:2000])
    stream = explo.customers.stream(page_size=500, resume_from=former)
    assert len([customer async for customer in stream]) == 345
    assert stream.report is not None
    assert (stream.report.customers, stream.report.verdict) == (345, "complete")
    # Page 1 and page 4 came again; the COUNT is no page, and its customer does not count.
    assert (stream.report.duplicates, stream.stats.pages, stream.stats.requests) == (1000, 3, 4)
