from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING

import pytest

from explo_async.decode.page import decode_page
from explo_async.endpoint import PATHS
from explo_async.errors import DeadlineExceeded, DecodeError, NotFound, RateLimited, ServerError, TransportError
from explo_async.plan import Ask
from explo_async.wire.call import Call, Filters
from tests.helpers.scripted import Scripted, ids, page_of, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.decode.page import DecodedPage
    from explo_async.models import Customer
    from explo_async.wire.answer import Answer

ELSEWHERE = reply_of(404, b'{"detail": "Not found."}')
THROTTLED = reply_of(429, b'{"detail": "Request was throttled."}')
FAILING = reply_of(500)


def call(**options: object) -> Call[Customer]:
    return Call(decode=decode_page, **options)  # type: ignore[arg-type]


def first(transport: Scripted, size: int = 100, **options: object) -> tuple[DecodedPage[Customer], int | None]:
    async def main() -> tuple[DecodedPage[Customer], int | None]:
        return await transport.pages().first(size, call(**options))

    return run(main())


def test_the_other_spelling_is_tried_when_the_default_20_rows_come() -> None:
    """20 rows where 100 were due mean an unknown spelling: page 1 is asked for once more with `pageSize`."""
    rows = ids(300)
    transport = Scripted(rows)
    transport._answer = lambda number, size: page_of(rows, number, 20 if "page_size" in transport.queries[-1] else size)

    async def main() -> None:
        pages = transport.pages()
        page, applied = await pages.first(100, call())
        assert (len(page.rows), applied) == (100, 100)
        await pages.get(Ask(2, 100), call())
        await pages.first(50, call())

    run(main())
    assert [set(query) - {"page"} for query in transport.queries] == [
        {"page_size"},
        {"pageSize"},
        {"pageSize"},
        {"pageSize"},
    ]


def test_a_server_that_ignores_both_spellings_is_taken_at_20_rows_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When neither spelling works the client goes on with 20 rows a page, and says so once."""
    rows = ids(300)
    transport = Scripted(rows, answer=lambda number, _: page_of(rows, number, 20))

    async def main() -> None:
        pages = transport.pages()
        for _ in range(3):
            _, applied = await pages.first(100, call())
            assert applied == 20

    with caplog.at_level(logging.WARNING, "explo_async"):
        run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "the server ignores the page size: it sends 20 rows a page"
    ]
    assert len(transport.asked) == 4


def test_the_earlier_path_is_found_and_kept() -> None:
    """A 404 for page 1 makes the client try the earlier documented path, which it then keeps."""
    rows = ids(50)
    transport = Scripted(rows)
    transport._answer = lambda number, size: (
        page_of(rows, number, size) if transport.paths[-1] == PATHS[1] else ELSEWHERE
    )

    async def main() -> None:
        pages = transport.pages()
        await pages.first(20, call())
        await pages.get(Ask(2, 20), call())

    run(main())
    assert transport.paths == [PATHS[0], PATHS[1], PATHS[1]]


def test_a_404_everywhere_is_not_found_and_leaves_the_path_as_it_was() -> None:
    """When neither path is there, the error is that of today's documented one, after two requests."""
    transport = Scripted(answer=lambda *_: ELSEWHERE)

    async def main() -> None:
        pages = transport.pages()
        with pytest.raises(NotFound, match="check base_url"):
            await pages.first(20, call())
        assert pages.dialect.path == PATHS[0]

    run(main())
    assert transport.paths == list(PATHS)


def test_a_page_past_the_end_is_none_and_any_other_404_an_error() -> None:
    """'Invalid page.' means the end of the list; another 404 for a later page is an error."""
    transport = Scripted(ids(20), script={4: [ELSEWHERE]})

    async def main() -> None:
        pages = transport.pages()
        assert await pages.get(Ask(3, 10), call()) is None
        with pytest.raises(NotFound):
            await pages.get(Ask(4, 10), call())

    run(main())


def test_both_filters_are_sent() -> None:
    """The filters go into the query of each request, and only those that are given."""
    transport = Scripted(ids(5))
    first(transport, filters=Filters(parent_provided_id="acme", hierarchy_level_name="Level 1"))
    first(transport, filters=Filters(hierarchy_level_name="Level 2"))
    assert transport.queries[0].items() >= {"parent_provided_id": "acme", "hierarchy_level_name": "Level 1"}.items()
    assert "parent_provided_id" not in transport.queries[1]


def test_429s_use_up_no_attempts() -> None:
    """A page that is throttled nine times and fails five times still arrives with six attempts."""
    script = [THROTTLED] * 5 + [FAILING] * 5 + [THROTTLED] * 4
    transport = Scripted(ids(5), script={1: script})
    page, _ = first(transport)
    assert len(page.rows) == 5
    assert len(transport.asked) == 15


def test_429_for_ever_is_given_up_after_the_policys_limit() -> None:
    """A request that meets nothing but 429 for `throttle_limit` seconds ends in RateLimited."""
    transport = Scripted(answer=lambda *_: THROTTLED, latency=100.0)

    async def main() -> float:
        with pytest.raises(RateLimited, match="nothing but 429 for 900 s"):
            await transport.pages().first(10, call())
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(1000.0 + 1000.0)


def test_a_longer_wait_than_allowed_is_not_waited_for() -> None:
    """Retry-After beyond `max_retry_after` raises RateLimited at once, with the seconds on it."""
    transport = Scripted(answer=lambda *_: reply_of(429, retry_after="86400"))
    with pytest.raises(RateLimited, match="86400 s, more than max_retry_after=120") as raised:
        first(transport)
    assert raised.value.retry_after == 86_400.0
    assert len(transport.asked) == 1


def test_waits_grow_and_honour_retry_after() -> None:
    """The waits between attempts double up to the cap, and are never shorter than the server asks."""
    script = [FAILING, FAILING, reply_of(503, retry_after="7"), FAILING]
    transport = Scripted(ids(5), script={1: script})
    first(transport)
    sent = transport.sent_at
    waits = [later - earlier - 0.1 for earlier, later in itertools.pairwise(sent)]
    assert waits == pytest.approx([0.25, 0.5, 7.35, 2.0])


def test_no_wait_crosses_the_deadline() -> None:
    """A failure whose wait would end after the call's timeout ends the call at once, as what the timeout is called."""
    transport = Scripted(answer=lambda *_: reply_of(503, retry_after="5"))

    async def main() -> float:
        with pytest.raises(DeadlineExceeded) as raised:
            await transport.pages().first(10, call(deadline=1004.0))
        assert str(raised.value) == (
            "page 1: the timeout of the call is over before the next attempt; the last one ended so: "
            "the server answered 503 Service Unavailable; raise `timeout`"
        )
        assert isinstance(raised.value.__cause__, ServerError)
        assert (raised.value.attempts, raised.value.__cause__.attempts) == (1, 1)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(1000.1)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (TransportError("reset"), TransportError),
        (reply_of(200, b'{"total_count": 5, "resul'), DecodeError),
        (reply_of(200), DecodeError),
        (reply_of(204), TransportError),
    ],
)
def test_broken_answers_are_asked_for_again(reply: Answer | BaseException, kind: type[Exception]) -> None:
    """A connection that breaks and a body that is not whole are repeated, and raised when that does not help."""
    assert len(first(Scripted(ids(5), script={1: [reply]}))[0].rows) == 5
    with pytest.raises(kind, match="after 6 attempts"):
        first(Scripted(answer=lambda *_: reply))


def test_a_wrong_record_is_not_asked_for_again() -> None:
    """A whole document that is not what was agreed is raised at the first sight."""
    transport = Scripted(answer=lambda *_: reply_of(200, b'{"total_count": 1, "results": {"customers": [{}]}}'))
    with pytest.raises(DecodeError, match="provided_id"):
        first(transport)
    assert len(transport.asked) == 1


@pytest.mark.parametrize("failure", [asyncio.CancelledError(), ZeroDivisionError()], ids=repr)
def test_what_is_not_ours_is_raised_at_once(failure: BaseException) -> None:
    """A cancellation and a bug are no failures to be repeated."""
    transport = Scripted(ids(5), script={1: [failure]})
    with pytest.raises(type(failure)):
        first(transport)
    assert transport.asked == [1]


def test_each_retry_is_logged_with_page_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    """A line at INFO says which page failed how, and when it is asked for again; one at DEBUG after a 429."""
    with caplog.at_level(logging.DEBUG, "explo_async"):
        first(Scripted(ids(5), script={1: [FAILING, reply_of(429)]}))
    own = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "explo_async"]
    assert own == [
        ("INFO", "page 1: the server answered 500 Internal Server Error; asking again in 0.25 s"),
        ("DEBUG", "page 1: the server answered 429 Too Many Requests; asking again in 0.00 s"),
    ]


def test_an_order_that_is_not_stable_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The client trusts no order of that deployment again, and says so in one line."""

    async def main() -> bool:
        pages = Scripted().pages()
        pages.distrust_order()
        pages.distrust_order()
        return pages.trusts_order

    assert run(main()) is False
    assert [record.levelname for record in caplog.records] == ["WARNING"]
