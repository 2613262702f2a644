from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest

import explo_async
from explo_async import ClientClosed, ConfigurationError, CustomerList, ExploClient, NotFound, RateLimit, RetryPolicy
from explo_async.emulator import Dialect, Emulator, Quota
from explo_async.emulator.faults import Hang
from tests.helpers.tasks import ours


async def test_list_returns_the_whole_list_in_order_with_its_report(explo: ExploClient, emulator: Emulator) -> None:
    """`list` gives every customer once in the server's order, and a report that says complete."""
    customers = await explo.customers.list(page_size=100)
    assert isinstance(customers, CustomerList)
    assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
    report = customers.report
    assert (report.verdict, report.total_count, report.totals_seen, report.customers) == (
        "complete",
        2345,
        (2345,),
        2345,
    )
    # 24 pages and the COUNT after them, which is no page.
    assert (report.stats.requests, report.stats.pages, emulator.requests) == (25, 24, 25)
    assert (emulator.log[-1].page, emulator.log[-1].page_size) == (1, 1)
    assert (report.basis, report.stats.refetched, report.pages_asked_again) == ("count", 0, ())
    assert report.stats.bytes_received > 2345 * 400
    assert report.stats.elapsed > 0


async def test_stream_gives_the_same_customers(explo: ExploClient) -> None:
    """`stream` gives what `list` gives, one by one or page by page, and a report once it has ended."""
    whole = await explo.customers.list(page_size=300)
    stream = explo.customers.stream(page_size=300)
    assert (stream.total_count, stream.report, stream.stats.pages) == (None, None, 0)
    assert [customer async for customer in stream] == whole
    assert stream.total_count == 2345
    assert stream.report is not None
    assert stream.report.verdict == "complete"
    assert (stream.stats.pages, stream.stats.requests) == (8, 9)
    pages = [page async for page in explo.customers.stream(page_size=300).pages()]
    assert [page.number for page in pages] == list(range(1, 9))
    assert [customer for page in pages for customer in page.customers] == whole
    shuffled = [customer async for customer in explo.customers.stream(page_size=300, ordered=False)]
    assert sorted(shuffled, key=lambda customer: customer.provided_id) == whole


async def test_page_and_count_take_one_request(explo: ExploClient, emulator: Emulator) -> None:
    """`page` gives one page as the server cut it, `count` the number of customers."""
    assert await explo.customers.count() == 2345
    page = await explo.customers.page()
    assert (page.number, page.page_size, page.total_count, len(page.customers)) == (1, 20, 2345, 20)
    assert emulator.requests == 2
    last = await explo.customers.page(118)
    assert (last.number, last.page_size, len(last.customers)) == (118, 20, 5)
    third = await explo.customers.page(3, page_size=7)
    assert [customer.provided_id for customer in third.customers] == list(emulator.provided_ids[14:21])


async def test_a_single_page_past_the_end_is_not_found(explo: ExploClient) -> None:
    """`page` says that the list is shorter."""
    with pytest.raises(NotFound, match="page 119: .*no such page"):
        await explo.customers.page(119)


async def test_filters_narrow_the_list(explo: ExploClient) -> None:
    """Both filters reach the server and narrow all four calls alike."""
    whole = await explo.customers.list()
    level = next(customer.hierarchy_level for customer in whole if customer.hierarchy_level)
    expected = [customer for customer in whole if customer.hierarchy_level == level]
    assert 0 < len(expected) < len(whole)
    assert await explo.customers.list(hierarchy_level_name=level) == expected
    assert await explo.customers.count(hierarchy_level_name=level) == len(expected)
    assert (await explo.customers.page(hierarchy_level_name=level)).total_count == len(expected)
    assert [one async for one in explo.customers.stream(hierarchy_level_name=level)] == expected
    assert await explo.customers.count(parent_provided_id="nobody") == 0


@pytest.mark.parametrize("page_size_name", ["page_size", "pageSize", None])
@pytest.mark.parametrize("keys", ["snake", "camel"])
@pytest.mark.parametrize("past_end", ["404", "empty"])
async def test_every_dialect_gives_the_same_list(page_size_name: str | None, keys: str, past_end: str) -> None:
    """Whatever a deployment spells, the list is the same, for its pages, a request for each guess, and the COUNT."""
    dialect = Dialect(keys=keys, page_size_name=page_size_name, past_end=past_end, next_links=keys == "camel")  # type: ignore[arg-type]
    async with Emulator(130, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        customers = await explo.customers.list(page_size=50)
        assert tuple(customer.provided_id for customer in customers) == emulator.provided_ids
        assert emulator.requests == {"page_size": 4, "pageSize": 5, None: 9}[page_size_name]


async def test_the_earlier_path_and_a_clamped_page_size() -> None:
    """A deployment at the earlier path that clamps pages at 37 rows is understood."""
    dialect = Dialect(path="/api/v2/customers/", max_page_size=37)
    async with Emulator(130, dialect=dialect) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list()) == 130


async def test_leaving_a_stream_leaves_nothing(explo: ExploClient, emulator: Emulator) -> None:
    """Breaking out of the loop ends every task of the stream, also when the stream itself is still held."""
    stream = explo.customers.stream(page_size=20)
    seen = 0
    async for _ in stream:
        seen += 1
        assert ours(asyncio.all_tasks())
        if seen == 10:
            break
    await asyncio.sleep(0)
    await emulator.drain()
    assert not ours(asyncio.all_tasks())
    assert emulator.requests < 40


async def test_async_with_ends_a_stream_before_the_block_is_left(emulator: Emulator, explo: ExploClient) -> None:
    """`async with stream` has cancelled and awaited everything when the block is over."""
    async with explo.customers.stream(page_size=20) as stream:
        async for _ in stream:
            assert ours(asyncio.all_tasks())
            break
    assert not ours(asyncio.all_tasks())
    assert emulator.requests < 40
    async with explo.customers.stream() as unused:
        assert unused.stats.requests == 0


async def test_a_stream_is_gone_through_once(explo: ExploClient) -> None:
    """A second loop over the same stream is a clear error."""
    stream = explo.customers.stream()
    async for _ in stream:
        break
    with pytest.raises(RuntimeError, match="begun before"):
        aiter(stream)
    assert aiter(pages := explo.customers.stream().pages()) is pages
    assert aiter(one := aiter(explo.customers.stream())) is one


async def test_cancelling_a_list_leaves_nothing() -> None:
    """A list cancelled in the middle has ended all its requests when the cancellation is through."""
    async with Emulator(1000, latency=30.0) as slow, ExploClient(slow.token, base_url=slow.url) as client:
        arrived = asyncio.Event()
        slow.on_request = lambda _: arrived.set()
        task = asyncio.create_task(client.customers.list())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await slow.drain()
        assert slow.open_connections == 0


async def test_closing_the_client_ends_what_runs() -> None:
    """`close` during a list and a stream ends both with ClientClosed, and closes every connection."""
    async with Emulator(1000, faults=[Hang(page=3)]) as emulator:
        client = ExploClient(emulator.token, base_url=emulator.url)
        hanging = asyncio.Event()
        emulator.on_request = lambda seen: hanging.set() if seen.page == 3 else None
        listing = asyncio.create_task(client.customers.list(page_size=100))
        await hanging.wait()
        stream = client.customers.stream(page_size=100)
        assert (await anext(aiter(stream))).provided_id
        await client.close()
        with pytest.raises(ClientClosed, match="closed while"):
            await listing
        with pytest.raises(ClientClosed, match="is closed"):
            await client.customers.count()
        await emulator.drain()
        assert emulator.open_connections == 0
        await client.close()


async def test_a_borrowed_session_is_used_and_left_open(emulator: Emulator) -> None:
    """A session that was given is not closed, and its own middlewares still run."""
    seen: list[str] = []

    async def watch(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        seen.append(request.method)
        return await handler(request)

    async with aiohttp.ClientSession(middlewares=[watch]) as session:
        async with ExploClient(emulator.token, base_url=emulator.url, session=session) as explo:
            assert await explo.customers.count() == 2345
        assert not session.closed
        assert seen == ["GET"]


async def test_a_session_that_does_not_decompress_is_asked_for_plain_bodies() -> None:
    """A borrowed session with `auto_decompress=False` asks the server not to compress."""
    async with (
        Emulator(30, gzip=True) as emulator,
        aiohttp.ClientSession(auto_decompress=False) as session,
        ExploClient(emulator.token, base_url=emulator.url, session=session) as explo,
    ):
        assert len(await explo.customers.list()) == 30


async def test_gzip_is_understood() -> None:
    """Compressed pages give the same list."""
    async with Emulator(300, gzip=True) as emulator, ExploClient(emulator.token, base_url=emulator.url) as explo:
        assert len(await explo.customers.list(page_size=100)) == 300


async def test_another_loop_is_refused(emulator: Emulator) -> None:
    """A client used in another event loop than its own says so before anything is sent."""
    async with ExploClient(emulator.token, base_url=emulator.url) as explo:
        with ThreadPoolExecutor(1) as threads, pytest.raises(ClientClosed, match="another event loop"):
            await asyncio.get_running_loop().run_in_executor(threads, lambda: asyncio.run(explo.customers.count()))


async def test_another_process_is_refused(explo: ExploClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client taken along by a fork says so before it writes into its parent's connections."""
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(ClientClosed, match="another process"):
        await explo.customers.count()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_concurrency": 0}, "max_concurrency must be an int of at least 1, not 0"),
        ({"request_timeout": 0}, "request_timeout must be a number of seconds above 0, not 0"),
        ({"max_response_bytes": -1}, "max_response_bytes"),
        ({"rate_limit": 180}, "rate_limit must be a RateLimit or None, not of type int"),
        ({"retry": 3}, "retry must be a RetryPolicy or None"),
        ({"token": ""}, "the argument `token` is empty"),
        ({"token": "abc\n"}, "position 3"),
        ({"base_url": "http://api.explo.co"}, "unencrypted"),
    ],
)
def test_wrong_arguments_of_the_client_are_refused(options: dict[str, object], message: str) -> None:
    """What cannot work is a ConfigurationError, before any request."""
    with pytest.raises(ConfigurationError, match=message):
        ExploClient(**({"token": "abc"} | options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page_size": 0}, "page_size must be an int of at least 1, not 0"),
        ({"page_size": True}, "page_size"),
        ({"consistency": "maybe"}, "consistency must be one of 'off', 'checked', 'verified', 'exact', not 'maybe'"),
        ({"invalid": "drop"}, "invalid must be one of 'raise', 'collect'"),
        ({"expected_total": -1}, "expected_total must be an int of at least 0"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"parent_provided_id": ""}, "parent_provided_id must be a non-empty string"),
        ({"hierarchy_level_name": "a\ud800"}, "hierarchy_level_name has characters"),
    ],
)
async def test_wrong_arguments_of_a_call_are_refused(
    explo: ExploClient, emulator: Emulator, options: dict[str, object], message: str
) -> None:
    """The same for the calls, of `list` and `stream` alike."""
    with pytest.raises(ConfigurationError, match=message):
        await explo.customers.list(**options)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=message):
        explo.customers.stream(**options)  # type: ignore[arg-type]
    assert emulator.requests == 0


@pytest.mark.parametrize(("number", "size"), [(0, 20), (-1, 20), (1, 0), ("1", 20)])
async def test_a_page_that_cannot_be_is_refused(explo: ExploClient, number: int, size: int) -> None:
    """Page numbers and sizes begin at 1."""
    with pytest.raises(ConfigurationError):
        await explo.customers.page(number, page_size=size)


async def test_the_environment_names_token_and_server(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """EXPLO_TOKEN and EXPLO_BASE_URL stand in for the arguments."""
    monkeypatch.setenv("EXPLO_TOKEN", emulator.token)
    monkeypatch.setenv("EXPLO_BASE_URL", emulator.url)
    async with ExploClient() as explo:
        assert await explo.customers.count() == 2345


def test_the_repr_shows_no_token() -> None:
    """`repr` shows where the client points, and nothing of its token."""
    assert repr(ExploClient("s3cret")) == "ExploClient(base_url='https://api.explo.co/', max_concurrency=16)"


async def test_the_repr_of_a_closed_client_says_so() -> None:
    """A closed client shows it."""
    client = ExploClient("s3cret")
    await client.close()
    assert repr(client).endswith("closed)")


@pytest.mark.parametrize("window", ["sliding", "fixed"])
async def test_the_quota_is_kept(window: str) -> None:
    """With the server's own limit in the client there is no 429, whether the window slides or is fixed."""
    quota = Quota(10, 0.3, window=window)  # type: ignore[arg-type]
    async with (
        Emulator(350, quota=quota, latency=0.01, jitter=0.02) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=RateLimit(10, 0.3)) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 350
        assert emulator.rate_limited == 0
        stats = customers.report.stats
        # Seconds of the clock, though many requests wait at once.
        assert 0 < stats.quota_wait <= stats.elapsed


async def test_a_stream_tells_how_long_the_quota_holds_it_up() -> None:
    """While requests wait for the quota the stream knows for how long still; at its end none does."""
    async with (
        Emulator(350) as emulator,
        ExploClient(emulator.token, base_url=emulator.url, rate_limit=RateLimit(2, 60.0)) as explo,
    ):
        stream = explo.customers.stream(page_size=100)
        assert stream.quota_left is None
        async with stream:
            step = asyncio.ensure_future(anext(stream.pages()))
            while stream.quota_left is None:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0)
            assert 50 < stream.quota_left <= 60
            step.cancel()
        assert stream.quota_left is None
        assert stream.stats.quota_wait > 0


async def test_without_a_quota_of_its_own_the_client_heeds_each_429() -> None:
    """With `rate_limit=None` everything arrives, and no window sees more 429s than requests may be on their way."""
    quota = Quota(10, 0.3, retry_after=False, message=False)
    async with (
        Emulator(350, quota=quota) as emulator,
        ExploClient(
            emulator.token,
            base_url=emulator.url,
            rate_limit=None,
            max_concurrency=4,
            retry=RetryPolicy(throttle_wait=0.3),
        ) as explo,
    ):
        customers = await explo.customers.list(page_size=10)
        assert len(customers) == 350
        throttled = [seen.at for seen in emulator.log if seen.status == 429]
        assert throttled
        assert all(sum(start <= at < start + 0.3 for at in throttled) <= 4 for start in throttled)
        assert customers.report.stats.rate_limited == len(throttled)


def test_the_version_is_looked_up_on_demand() -> None:
    """`explo_async.__version__` is that of the installed package; other names are no attributes."""
    assert explo_async.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = explo_async.nothing


async def test_the_digest_of_an_account_tells_tokens_and_addresses_apart() -> None:
    """The same token, address and salt give the same digest; another of them another one."""
    seen = {
        ExploClient(token, base_url=base_url).account_digest(salt)
        for token in ("one", "two")
        for base_url in ("https://explo.invalid", "https://other.invalid")
        for salt in (b"a", b"b")
    }
    assert len(seen) == 8
    assert ExploClient("one", base_url="https://explo.invalid/").account_digest(b"a") in seen
    assert {len(digest) for digest in seen} == {16}
