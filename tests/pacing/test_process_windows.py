"""The windows that the clients of a process share: by origin, across event loops and threads."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from math import inf
from typing import TYPE_CHECKING

import pytest

from explo_async import ExploClient, RateLimit
from explo_async.pacing import process_windows
from explo_async.pacing.lease import Lease, Wait
from explo_async.pacing.open_slots import open_slots
from explo_async.pacing.slots import OwnSlots

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN, OTHER = "https://one.example", "https://other.example"
LIMIT = RateLimit(2, per=60.0)


@pytest.fixture(autouse=True)
def own_windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the windows of other tests alone."""
    monkeypatch.setattr(process_windows, "_windows", {})
    return iter([None])


def join(origin: str = ORIGIN, limit: RateLimit = LIMIT) -> OwnSlots:
    return process_windows.join(origin, limit, hold=35.0)


async def take(slots: OwnSlots) -> Lease:
    got = await slots.take(1)
    assert isinstance(got, Lease), got
    return got


async def test_clients_of_an_origin_share_a_window() -> None:
    """Whoever came later finds in use what the first has used; another origin is another window."""
    one, other = join(), join()
    one.ended(await take(one))
    other.ended(await take(other))
    assert isinstance(await join().take(1), Wait)
    await take(join(OTHER))


async def test_each_goes_by_its_own_limit() -> None:
    """In the same window."""
    one, other = join(), join(limit=RateLimit(3, per=60.0))
    for _ in range(2):
        one.ended(await take(one))
    assert isinstance(await one.take(1), Wait)
    await take(other)


async def test_what_was_sent_counts_when_its_client_is_gone() -> None:
    """One after the other is as one."""
    slots = join()
    for _ in range(2):
        slots.ended(await take(slots))
    await slots.close()
    del slots
    gc.collect()
    join(OTHER)
    assert isinstance(await join().take(1), Wait)


async def test_a_window_that_nobody_has_and_that_holds_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that those who talk to many origins keep little; one with a client, or with something in use, stays."""
    now = 1000.0
    monkeypatch.setattr(process_windows, "clock", lambda: now)
    kept, dropped = join("https://kept.example"), join("https://dropped.example")
    for slots in (kept, dropped):
        slots.ended(await take(slots))
    await dropped.close()
    del dropped, slots
    gc.collect()
    join(OTHER)
    assert len(process_windows._windows) == 3
    now += 60.0
    join("https://a.example")
    gc.collect()
    assert set(process_windows._windows) == {"https://kept.example", "https://a.example"}
    second = join("https://kept.example")
    await take(second)
    await take(kept)
    assert isinstance(await second.take(1), Wait)


async def test_a_pause_keeps_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 429 holds for those who come later."""
    now = 1000.0
    monkeypatch.setattr(process_windows, "clock", lambda: now)
    slots = join()
    slots.throttled(await take(slots), 500.0)
    await slots.close()
    del slots
    gc.collect()
    now += 200.0
    join(OTHER)
    assert join().paused_for == 300.0


def run_in_thread(work: object) -> threading.Thread:
    thread = threading.Thread(target=lambda: asyncio.run(work()))  # type: ignore[operator]
    thread.start()
    return thread


def test_an_answer_in_one_thread_wakes_who_waits_in_another() -> None:
    """Each loop is told in its own thread."""
    is_taken, waits, woken = threading.Event(), threading.Event(), threading.Event()

    async def hold() -> None:
        slots = join(limit=RateLimit(1, per=0.01))
        lease = await take(slots)
        is_taken.set()
        assert await asyncio.to_thread(waits.wait, 60)
        slots.ended(lease)
        await slots.close()

    async def wait() -> None:
        assert await asyncio.to_thread(is_taken.wait, 60)
        slots, changed = join(limit=RateLimit(1, per=0.01)), asyncio.Event()
        slots.listen(changed.set)
        got = await slots.take(1)
        assert isinstance(got, Wait)
        assert got.seconds == inf
        waits.set()
        async with asyncio.timeout(60):
            await changed.wait()
            while isinstance(got := await slots.take(1), Wait):  # noqa: ASYNC110 -- its own slot is told of to nobody
                await asyncio.sleep(got.seconds)
        woken.set()
        await slots.close()

    for thread in [run_in_thread(hold), run_in_thread(wait)]:
        thread.join()
    assert woken.is_set()


async def test_whoever_waits_hears_of_what_others_give_up() -> None:
    """A wait that is withdrawn, a lease that is given back, an answer that is accepted; not of one's own."""
    one, other = join(), join()
    told: list[str] = []
    one.listen(lambda: told.append("one"))
    other.listen(lambda: told.append("other"))
    first, second = await take(one), await take(one)
    assert isinstance(await other.take(1), Wait)
    assert isinstance(await other.take(1), Wait)
    one.give_back(first)
    one.accepted(second)
    await asyncio.sleep(0)
    assert told == ["other"] * 2
    await take(other)
    one.throttled(second, 5.0)
    await asyncio.sleep(0)
    assert told == ["other"] * 2, "who has got something waits no more"
    assert isinstance(await one.take(1), Wait)
    assert isinstance(await other.take(1), Wait)
    one.withdraw()
    other.withdraw()
    await asyncio.sleep(0)
    assert told == ["other"] * 3


def test_a_loop_that_is_closed_waits_for_nothing() -> None:
    """Others are told all the same."""
    one, gone = join(), join()

    async def use_up() -> list[Lease]:
        return [await take(one) for _ in range(2)]

    async def wait() -> None:
        assert isinstance(await gone.take(1), Wait)

    leases = asyncio.run(use_up())
    asyncio.run(wait())
    one.ended(leases[0])
    assert one._home.waiting


async def test_who_waits_does_not_wait_for_one_that_never_comes() -> None:
    """A slot that is kept for a client whose loop is stuck is another's a moment later."""
    stuck, slots = join(limit=RateLimit(1, per=0.01)), join(limit=RateLimit(1, per=0.01))
    lease = await take(slots)
    assert isinstance(await stuck.take(1), Wait)
    slots.ended(lease)
    async with asyncio.timeout(60):
        while isinstance(got := await slots.take(1), Wait):
            assert got.seconds <= 1.0
            await asyncio.sleep(got.seconds)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_that_was_forked_begins_anew() -> None:
    """Its parent's locks may be held, and its parent's requests never end here."""
    slots = join()
    asyncio.run(take(slots))
    process_windows._lock.acquire()
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if not process_windows._windows and join()._home.window.state.holders == [] else 1
        finally:
            os._exit(code)
    process_windows._lock.release()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(process_windows._windows) == [ORIGIN]


def test_what_is_done_in_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, where it can be watched."""
    before = threading.Lock()
    monkeypatch.setattr(process_windows, "_lock", before)
    join()
    process_windows._forget_parent()
    assert process_windows._windows == {}
    assert process_windows._lock is not before


async def test_a_client_may_have_a_window_of_its_own() -> None:
    """One whose limit is not shared, and one without a limit; the others of an origin share theirs."""
    apart = [ExploClient("t", base_url=ORIGIN, rate_limit=limit) for limit in (RateLimit(2, shared=False), None)]
    shared = [ExploClient("t", base_url=url) for url in (ORIGIN, f"{ORIGIN}/path", f"{ORIGIN}:443")]
    homes = []
    for client in [*apart, *shared]:
        origin = str(client._base_url.origin())
        slots = open_slots(client._rate_limit, origin, request_timeout=30.0, draw=lambda: 0.0)
        assert isinstance(slots, OwnSlots)
        homes.append(slots._home)
    assert len({id(home) for home in homes}) == 3
    assert homes[2] is homes[3] is homes[4]
