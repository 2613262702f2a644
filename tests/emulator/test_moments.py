"""The two moments of a page: a COUNT, and the rows later."""

from __future__ import annotations

import asyncio
import gzip
import math
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from explo_async.emulator import Dialect, Emulator, Quota
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.dialect import PageQuery
from explo_async.emulator.faults import ContentType, Status
from explo_async.emulator.page_cutter import PageCutter
from tests.helpers.emulator_client import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from explo_async.emulator import Seen
    from tests.helpers.emulator_client import Asker

EIGHT = [{"provided_id": letter} for letter in "abcdefgh"]


async def read(ask: Asker, page: int, page_size: int = 2) -> tuple[int, str]:
    """Ask for a page and return its total and the letters on it."""
    reply = await ask(page=page, page_size=page_size)
    return reply.json()["total_count"], "".join(reply.provided_ids)


def at_page(page: int, change: Callable[[], object]) -> Callable[[Seen], None]:
    """Return a hook that makes this change at a request for this page."""

    def hook(seen: Seen) -> None:
        if seen.page == page:
            change()

    return hook


async def test_a_deletion_between_the_queries_hides_a_row_that_no_total_tells_of() -> None:
    """`a b | c d | e f | g h`: a goes between COUNT and rows of page 3, which tells 8 as page 2 did; e is on none."""
    async with Emulator(EIGHT) as emulator, asking(emulator) as ask:
        emulator.on_rows = at_page(3, lambda: emulator.delete("a"))
        assert [await read(ask, page) for page in (1, 2, 3, 4)] == [(8, "ab"), (8, "cd"), (8, "fg"), (7, "h")]


async def test_an_insertion_between_the_queries_shows_a_row_twice() -> None:
    """One row more at the front between COUNT and rows of page 3: it tells 8 and begins with the row before its own."""
    async with Emulator(EIGHT) as emulator, asking(emulator) as ask:
        emulator.on_rows = at_page(3, lambda: emulator.add({"provided_id": "x"}, 0))
        assert [await read(ask, page) for page in (2, 3, 4)] == [(8, "cd"), (8, "de"), (9, "fg")]


@pytest.mark.parametrize(("page", "page_size", "rows"), [(4, 2, "fg"), (1, 8, "xabcdefg"), (1, 20, "xabcdefg")])
async def test_a_stale_count_hides_the_last_row(page: int, page_size: int, rows: str) -> None:
    """After one row more at the front the last page still ends at the count: h is not on it."""
    async with Emulator(EIGHT) as emulator, asking(emulator) as ask:
        emulator.on_rows = lambda _: emulator.add({"provided_id": "x"}, 0)
        assert await read(ask, page, page_size) == (8, rows)


@pytest.mark.parametrize(("gone", "rows"), [(1, "h"), (2, ""), (3, ""), (8, "")])
async def test_a_page_that_existed_at_the_count_is_answered(gone: int, rows: str) -> None:
    """When the list has shrunk below a page since the COUNT, it has fewer rows or none, and the total of the COUNT."""
    async with Emulator(EIGHT) as emulator, asking(emulator) as ask:

        def shrink(_seen: Seen) -> None:
            for _ in range(gone):
                emulator.delete_at(0)

        emulator.on_rows = shrink
        assert await read(ask, 4) == (8, rows)


async def test_the_end_is_decided_by_the_count_alone() -> None:
    """No rows are read of a page past the end, nor of what is no page, so nothing comes between."""
    async with (
        asyncio.timeout(5),
        Emulator(EIGHT, between=3600, quota=Quota(2, 60)) as emulator,
        asking(emulator) as ask,
    ):
        emulator.on_rows = lambda _: emulator.delete_at(0)
        assert (await ask(token="wrong")).status == 401
        assert [(await ask(page=page, page_size=2)).status for page in (5, "abc", 1)] == [404, 404, 429]
        assert emulator.total_count == 8


async def test_an_empty_page_past_the_end_stays_empty() -> None:
    """With `past_end="empty"` rows that came after the COUNT are not on a page that was past the end."""
    async with Emulator(EIGHT, dialect=Dialect(past_end="empty")) as emulator, asking(emulator) as ask:
        emulator.on_rows = lambda _: emulator.add()
        assert await read(ask, 5) == (8, "")


async def test_in_one_snapshot_the_rows_are_those_of_the_count() -> None:
    """With `one_snapshot` a change after the COUNT is in the next answer, with a rest between the queries as well."""
    async with Emulator(EIGHT, one_snapshot=True, between=0.01) as emulator, asking(emulator) as ask:
        emulator.on_rows = at_page(3, lambda: emulator.delete("a"))
        assert [await read(ask, page) for page in (3, 4)] == [(8, "ef"), (7, "h")]


async def test_by_default_others_have_a_turn_between_the_queries() -> None:
    """What waits for the loop when a request arrives comes before its rows."""
    async with Emulator(EIGHT) as emulator, asking(emulator) as ask:
        emulator.on_request = lambda _: asyncio.get_running_loop().call_soon(emulator.delete, "a")
        assert await read(ask, 1, 8) == (8, "bcdefgh")


async def test_the_rest_between_the_queries_is_on_top_of_the_latency() -> None:
    """A change within `between` reaches the rows, one after it does not, and both waits are part of the answer's time."""
    async with Emulator(EIGHT, between=0.05, latency=0.05) as emulator, asking(emulator) as ask:
        loop = asyncio.get_running_loop()

        def soon(_: Seen) -> None:
            loop.call_later(0.02, emulator.delete, "a")
            loop.call_later(0.08, emulator.delete, "b")

        emulator.on_request = soon
        started = loop.time()
        assert await read(ask, 1, 8) == (8, "bcdefgh")
        assert loop.time() - started >= 0.1
        assert emulator.total_count == 6


async def test_a_client_that_leaves_between_the_queries_ends_its_request() -> None:
    """Nobody waits for rows that nobody will read."""
    async with Emulator(1, between=3600) as emulator:
        async with asking(emulator, timeout=aiohttp.ClientTimeout(total=0.05)) as ask:
            with pytest.raises(TimeoutError):
                await ask()
        await emulator.drain()
        assert (emulator.in_flight, emulator.log[0].status) == (0, None)


async def test_a_fault_meets_the_page_of_two_moments() -> None:
    """What a fault makes of the good answer has the count of the arrival and the later rows."""
    async with Emulator(EIGHT, faults=[ContentType("text/plain")]) as emulator, asking(emulator) as ask:
        emulator.on_rows = lambda _: emulator.delete_at(0)
        reply = await ask()
        assert reply.headers["Content-Type"] == "text/plain"
        assert (reply.json()["total_count"], len(reply.provided_ids)) == (8, 7)


async def test_which_request_meets_a_fault_is_settled_at_arrival() -> None:
    """A request that still waits for its rows has taken its fault from one that is answered before it."""
    async with Emulator(EIGHT, faults=[Status(503, times=1)], between=0.05) as emulator, asking(emulator) as ask:
        arrived = asyncio.Event()
        emulator.on_request = lambda _: arrived.set()
        first = asyncio.ensure_future(ask())
        await arrived.wait()
        assert (await ask(page=9)).status == 404
        assert not first.done()
        assert (await first).status == 503


async def test_a_page_of_two_moments_is_compressed_as_any() -> None:
    """With `gzip` the compressed body is the page under the count of its arrival."""
    async with Emulator(EIGHT, gzip=True) as emulator, asking(emulator, auto_decompress=False) as ask:
        emulator.on_rows = lambda _: emulator.delete("a")
        packed = await ask(accept="gzip")
        emulator.on_rows = lambda _: emulator.add({"provided_id": "a"}, 0)
        assert b'"total_count":8' in gzip.decompress(packed.body)
        assert b'"a"' not in gzip.decompress(packed.body)
        assert await read(ask, 1, 8) == (7, "abcdefg")


async def test_prepared_pages_are_for_both_moments() -> None:
    """What was prepared is handed out when nothing came between the queries, and only then."""
    async with Emulator(45) as emulator, asking(emulator) as ask:
        before = (await ask(page=2, page_size=20)).body
        emulator.prepare(20)
        emulator._book.seed = 1  # What is made from now on would differ.
        assert (await ask(page=2, page_size=20)).body == before
        emulator.on_rows = lambda _: emulator.delete_at(0)
        after = await ask(page=2, page_size=20)
        assert (after.json()["total_count"], after.provided_ids[0]) == (45, "customer-0000021")


def test_pages_are_kept_for_each_count() -> None:
    """The same rows under another count are another body, and each is encoded once."""
    cutter = PageCutter(CustomerBook(45), Dialect())
    listing = PageQuery(page=3, page_size=20)
    right, stale = cutter.cut(listing, 45), cutter.cut(listing, 44)
    assert right.body.startswith(b'{"total_count":45')
    assert stale.body.startswith(b'{"total_count":44')
    assert cutter.cut(listing, 45).body is right.body
    assert cutter.cut(listing, 44).body is stale.body


async def test_a_filter_has_two_moments_as_well() -> None:
    """Count and rows are those of the part that was asked for."""
    async with Emulator(EIGHT, parents=dict.fromkeys("bdf", "a")) as emulator, asking(emulator) as ask:
        emulator.on_rows = lambda _: emulator.delete("b")
        reply = await ask(parent_provided_id="a")
        assert (reply.json()["total_count"], reply.provided_ids) == (3, ["d", "f"])


async def test_links_go_by_the_count() -> None:
    """Whether there is a next page is what the count says."""
    async with Emulator(EIGHT, dialect=Dialect(next_links=True)) as emulator, asking(emulator) as ask:
        emulator.on_rows = lambda _: emulator.add()
        assert (await ask(page=4, page_size=2)).json()["next"] is None
        assert (await ask(page=4, page_size=2)).json()["next"] is not None


@pytest.mark.parametrize(
    ("total_error", "pages", "past_end"),
    [
        (3, [(11, "abc"), (11, "def"), (11, "gh"), (11, "")], 5),
        (-3, [(5, "abc"), (5, "de")], 3),
        (-8, [(0, "")], 2),
        (-9, [(0, "")], 2),
    ],
)
async def test_a_total_can_be_wrong_for_good(total_error: int, pages: list[tuple[int, str]], past_end: int) -> None:
    """`total_error` is added to every count, down to 0, and rows and pages end where that count says."""
    async with Emulator(EIGHT, total_error=total_error) as emulator, asking(emulator) as ask:
        emulator.prepare(3)
        assert [await read(ask, page + 1, 3) for page in range(len(pages))] == pages
        assert (await ask(page=past_end, page_size=3)).status == 404
        assert emulator.total_count == 8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"between": -0.1}, "between has to be seconds, 0 or more, not -0.1"),
        ({"between": math.nan}, "between has to be seconds, 0 or more, not nan"),
        ({"between": math.inf}, "between has to be seconds, 0 or more, not inf"),
        ({"order": "name"}, "order has to be 'unique', 'ties' or 'none', not 'name'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], words: str) -> None:
    """A wrong value is an error where the emulator is made, and the message says what would be right."""
    with pytest.raises(ValueError, match=words):
        Emulator(1, **options)
