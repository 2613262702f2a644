"""The tasks of a run: who hears of their end, and which answers had come when a request went out."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from explo_async.engine.tasks import Asked, Tasks
from explo_async.plan import COUNT, Ask


class Ends:
    """Notes which pages have ended, and how."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str]] = []

    def __call__(self, asked: Asked, task: asyncio.Task[str]) -> None:
        how = "cancelled" if task.cancelled() else repr(task.exception() or task.result())
        self.seen.append((asked.ask.number, how))


async def bring(what: str, when: asyncio.Event) -> str:
    await when.wait()
    return what


async def fail(when: asyncio.Event) -> str:
    await when.wait()
    msg = "broken"
    raise ValueError(msg)


def asked(number: int) -> Asked:
    """Make a page to ask for."""
    return Asked(Ask(number, 10))


async def test_each_end_is_heard_of_once() -> None:
    """Whether it brings a page or fails, and its page is asked for until then."""
    ends, now = Ends(), asyncio.Event()
    tasks = Tasks(ends)
    tasks.start(asked(1), bring("page", now))
    tasks.start(asked(2), fail(now))
    assert (len(tasks), tasks.asks(), tasks.out) == (2, {Ask(1, 10), Ask(2, 10)}, 2)
    now.set()
    await tasks.wait()
    assert ends.seen == [(1, "'page'"), (2, "ValueError('broken')")]
    assert (len(tasks), tasks.asks(), tasks.out, tasks.oldest) == (0, set(), 0, None)


async def test_what_is_cancelled_is_heard_of() -> None:
    """Waiting for all of them is over when they have ended, and raises nothing."""
    ends = Ends()
    tasks = Tasks(ends)
    for number in (1, 2):
        tasks.start(asked(number), bring("page", asyncio.Event()))
    tasks.cancel()
    await tasks.wait()
    assert ends.seen == [(1, "cancelled"), (2, "cancelled")]


async def test_what_is_dropped_is_not(caplog: pytest.LogCaptureFixture) -> None:
    """It is cancelled, and counts no more; it is waited for, and its failure is not lost in the log of the loop."""
    ends, now = Ends(), asyncio.Event()
    tasks = Tasks(ends)
    tasks.start(asked(1), bring("page", asyncio.Event()))
    tasks.start(asked(2), fail(now))
    tasks.start(asked(3), bring("page", now))
    # The last two end in this very turn: cancelling comes too late.
    now.set()
    await asyncio.sleep(0)
    tasks.drop()
    assert (len(tasks), tasks.asks()) == (0, set())
    await tasks.wait()
    assert (ends.seen, tasks._dropped) == ([], set())
    tasks.start(asked(4), bring("page", now))
    await tasks.wait()
    assert ends.seen == [(4, "'page'")]
    gc.collect()
    assert caplog.records == []


def test_a_page_that_was_asked_for() -> None:
    """It is on its way at first, has brought nothing, and is no count."""
    page = Asked(COUNT, is_count=True)
    assert (page.is_first, page.is_count, page.is_out) == (False, True, True)
    assert (page.sent, page.started, page.arrived, page.at) == (None, 0, -1, 0.0)
    assert not asked(1).is_count
    assert Asked(COUNT) != Asked(COUNT)


@pytest.mark.parametrize(("sent", "sent_at"), [(None, 3), (0, 0), (5, 5)])
def test_what_was_never_seen_going_out_counts_from_its_start(sent: int | None, sent_at: int) -> None:
    """A request certainly went out after it was decided to ask."""
    assert Asked(COUNT, sent=sent, started=3).sent_at == sent_at


async def test_answers_are_counted_as_they_arrive() -> None:
    """Each request knows how many had come when it was decided on, when it went out, and before its own answer."""
    tasks = Tasks(Ends())
    pages = [asked(number) for number in (1, 2, 3)]
    for page in pages[:2]:
        tasks.start(page, bring("page", asyncio.Event()))
        tasks.note_sent(page)
    tasks.note_arrival(pages[1])
    tasks.start(pages[2], bring("page", asyncio.Event()))
    tasks.note_arrival(pages[0])
    tasks.note_sent(pages[2])
    assert [(page.started, page.sent, page.arrived) for page in pages] == [(0, 0, 1), (0, 0, 0), (1, 2, -1)]
    assert [page.is_out for page in pages] == [False, False, True]
    assert tasks.out == 1
    tasks.drop()
    await tasks.wait()


async def test_a_request_goes_out_when_it_is_sent_last() -> None:
    """A second one for the same attempt changes nothing; after a failure the repeat counts, with its own time."""
    tasks = Tasks(Ends())
    page, other = asked(1), asked(2)
    before = time.time()
    tasks.note_sent(page)
    assert before <= page.at <= time.time()
    page.at = 0.0
    tasks.note_sent(other)
    tasks.note_arrival(other)
    tasks.note_sent(page)
    assert (page.sent, page.at) == (0, 0.0)
    tasks.note_arrival(page)
    tasks.note_sent(page)
    assert page.sent == 2
    assert page.is_out
    assert page.at >= before


async def test_the_oldest_request_is_the_one_that_knew_least() -> None:
    """Only what is known to be out counts, as long as the session tells of what it sends."""
    tasks = Tasks(Ends())
    first, second, third = asked(1), asked(2), asked(3)
    for page in (first, second, third):
        tasks.start(page, bring("page", asyncio.Event()))
    assert [tasks.oldest] == [None]
    tasks.note_sent(first)
    tasks.note_arrival(first)
    tasks.note_sent(second)
    assert (second.sent, tasks.oldest) == (1, 0)
    first.sent = 4
    assert tasks.oldest == 1
    tasks.drop()
    await tasks.wait()


async def test_a_session_that_tells_of_no_sending_makes_every_request_count() -> None:
    """Mocks answer by themselves: then each request may have gone out when it was decided on."""
    tasks = Tasks(Ends())
    first, second = asked(1), asked(2)
    tasks.start(first, bring("page", asyncio.Event()))
    tasks.start(second, bring("page", asyncio.Event()))
    second.started = 7
    assert [tasks.oldest] == [None]
    tasks.note_arrival(first)
    first.started = 9
    assert tasks.oldest == 7
    tasks.note_sent(second)
    tasks.note_arrival(second)
    assert tasks.oldest == 1
    tasks.drop()
    await tasks.wait()
