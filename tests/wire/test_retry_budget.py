"""The repeats that a client has in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explo_async.decode.page import decode_page
from explo_async.errors import ServerError
from explo_async.plan import Ask
from explo_async.wire.call import Call
from tests.helpers.scripted import Scripted, body_of, ids, reply_of
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.models import Customer

ELSEWHERE = reply_of(404, b'{"detail": "Not found."}')
THROTTLED = reply_of(429, b'{"detail": "Request was throttled."}')
FAILING = reply_of(500)


def call(**options: object) -> Call[Customer]:
    return Call(decode=decode_page, **options)  # type: ignore[arg-type]


def test_a_repeat_that_succeeds_gives_its_budget_back() -> None:
    """A page that arrives returns what its repeats cost, so that a server that often fails is still read."""
    transport = Scripted(ids(400), script={page: [FAILING] for page in range(1, 41)})

    async def main() -> int:
        pages = transport.pages(budget=3)
        for number in range(1, 41):
            assert await pages.get(Ask(number, 10), call()) is not None
        return pages.repeating.budget.left

    assert run(main()) == 3


def test_a_spent_budget_ends_the_attempts() -> None:
    """Without budget a failure is raised at once, and says why."""
    transport = Scripted(answer=lambda *_: reply_of(502, body_of([], 0)))

    async def main() -> None:
        with pytest.raises(ServerError, match="retry budget"):
            await transport.pages(budget=2).first(10, call())

    run(main())
    assert len(transport.asked) == 3
