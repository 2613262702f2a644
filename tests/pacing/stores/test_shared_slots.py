"""A client's part in a window that a store keeps, in virtual time, behind the real gate."""

from __future__ import annotations

import asyncio
import random
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from explo_async import DeadlineExceeded, QuotaUnavailable, RateLimit, SharedQuota
from explo_async.pacing.gate import Gate
from explo_async.pacing.outage import Outage
from explo_async.pacing.retry import RetryPolicy
from explo_async.pacing.stores.shared_slots import MOST_LEASES, SharedSlots
from explo_async.pacing.stores.store import StoreFailure
from explo_async.pacing.stores.talks import FLUSH, TELL_AGAIN, TRY_AGAIN
from tests.helpers.memory_store import MemoryStore
from tests.helpers.virtual import run

if TYPE_CHECKING:
    from explo_async.pacing.lease import Lease
    from explo_async.pacing.stores.message import Message, Reply

LIMIT = RateLimit(30, per=10.0)
TIMEOUT = 30.0
MARGIN = LIMIT.per / 240
AWAY = StoreFailure("it is away", "bring it back")


def now() -> float:
    return asyncio.get_running_loop().time() - 1000.0


def slots_of(store: MemoryStore, **options: Any) -> SharedSlots:
    quota = SharedQuota("redis://u:secret@quota/0", **{"limit": LIMIT, **options})
    return SharedSlots(
        quota,
        store,
        request_timeout=TIMEOUT,
        clock=asyncio.get_running_loop().time,
        draw=lambda: 0.0,
    )


def gate_of(slots: SharedSlots) -> Gate:
    clock = asyncio.get_running_loop().time
    return Gate(slots, Outage(RetryPolicy()), clock=clock, draw=lambda: 0.0)


async def send(gate: Gate, seconds: float = 0.1, log: list[float] | None = None) -> None:
    lease = await gate.take(deadline=inf)
    if log is not None:
        log.append(now())
    await asyncio.sleep(seconds)
    gate.ended(lease)
    gate.accepted(lease)


def test_one_message_asks_for_all_that_wait() -> None:
    """Once it is known how many do, sixteen leases come with it; the ends ride along with the next one."""

    async def main() -> None:
        store = MemoryStore(latency=0.02)
        gate = gate_of(slots_of(store))
        await asyncio.gather(*(send(gate, 0.1) for _ in range(20)))
        assert [(message.wants, message.first) for message in store.told[:2]] == [(1, 0), (MOST_LEASES, 1)]
        await gate.close()
        assert len(store.told) <= 5
        assert store.in_flight == 0
        assert store.state is not None
        assert len(store.state.settled) == 20

    run(main())


def test_an_end_is_told_soon_and_ends_together() -> None:
    """Where nothing more is asked for, after a moment, in one message, with its age."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store))
        leases = [await gate.take(deadline=inf) for _ in range(3)]
        before = len(store.told)
        for lease in leases:
            gate.ended(lease)
            await asyncio.sleep(FLUSH / 4)
        await asyncio.sleep(FLUSH)
        assert len(store.told) == before + 1
        assert [age / FLUSH for _, age in store.told[-1].settled] == pytest.approx([1.0, 0.75, 0.5])
        assert store.told[-1].wants == 0
        await gate.close()

    run(main())


def test_several_clients_keep_within_the_window() -> None:
    """Four of them, each greedy, with a store some way off: never more than the limit in any window, and little less."""
    log: list[float] = []

    async def main() -> None:
        store = MemoryStore(latency=0.01)
        gates = [gate_of(slots_of(store)) for _ in range(4)]
        await asyncio.gather(*(send(gate, 0.1, log) for gate in gates for _ in range(30)))
        for gate in gates:
            await gate.close()
        assert store.in_flight == 0

    run(main())
    log.sort()
    assert len(log) == 120
    assert all(later - earlier >= LIMIT.per for earlier, later in zip(log, log[LIMIT.requests :], strict=False))
    assert log[-1] < 3 * (LIMIT.per + 0.1 + MARGIN + FLUSH + 0.1)


def test_a_client_that_wants_one_page_is_not_starved() -> None:
    """Another one that fetches everything leaves it the next slot."""

    async def main() -> float:
        store = MemoryStore(latency=0.01)
        greedy, modest = gate_of(slots_of(store)), gate_of(slots_of(store))
        tasks = [asyncio.create_task(send(greedy)) for _ in range(200)]
        await asyncio.sleep(3.0)
        log: list[float] = []
        await send(modest, log=log)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for gate in (greedy, modest):
            await gate.close()
        return log[0]

    assert run(main()) < LIMIT.per + 0.1 + MARGIN + FLUSH + 0.1


def test_who_is_cancelled_gives_back_what_it_holds() -> None:
    """Also while the message is on its way: nothing is lost, and the others are served."""

    async def main() -> None:
        store = MemoryStore(latency=0.5)
        gate = gate_of(slots_of(store))
        waiting = [asyncio.create_task(gate.take(deadline=inf)) for _ in range(5)]
        await asyncio.sleep(0.1)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        await asyncio.sleep(2.0)
        assert (store.in_flight, len(store.told)) == (0, 2)
        assert store.state is not None
        assert [holder.wants for holder in store.state.holders] == [0]
        await gate.close()

    run(main())


def test_some_that_are_cancelled_leave_their_leases_to_others() -> None:
    """What remains over goes back when nobody waits any more."""

    async def main() -> None:
        store = MemoryStore(latency=0.5)
        gate = gate_of(slots_of(store))
        waiting = [asyncio.create_task(gate.take(deadline=inf)) for _ in range(5)]
        await asyncio.sleep(0.1)
        for task in waiting[:3]:
            task.cancel()
        await asyncio.sleep(2.0)
        assert [task.done() and not task.cancelled() for task in waiting] == [False] * 3 + [True] * 2
        assert store.in_flight == 2
        await gate.close()

    run(main())


def test_a_wait_that_is_given_up_is_told() -> None:
    """The store keeps no part for who wants nothing any more."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, limit=RateLimit(1, per=10.0)))
        await gate.take(deadline=inf)
        waiting = asyncio.create_task(gate.take(deadline=inf))
        await asyncio.sleep(0.1)
        assert store.state is not None
        assert [holder.wants for holder in store.state.holders] == [1]
        waiting.cancel()
        await asyncio.sleep(0.1)
        assert [holder.wants for holder in store.state.holders] == [0]
        await gate.close()

    run(main())


def test_news_that_go_while_somebody_waits_do_not_lose_the_turn() -> None:
    """A message in between says once more what is wanted, and what it brings is handed out at once."""
    log: list[float] = []

    async def main() -> None:
        store = MemoryStore()
        slots = slots_of(store, limit=RateLimit(2, per=10.0))
        gate, other = gate_of(slots), gate_of(slots_of(store, limit=RateLimit(2, per=10.0)))
        lease, unused = await gate.take(deadline=inf), await other.take(deadline=inf)
        waiting = asyncio.create_task(send(gate, log=log))
        await asyncio.sleep(0.1)
        gate.ended(lease)
        await asyncio.sleep(0.1)
        assert store.told[-1].settled
        assert store.told[-1].wants == 1
        slots.give_back(lease)
        other._slots.give_back(unused)
        await asyncio.sleep(0.3)
        gate.ended(lease)
        await waiting
        for each in (gate, other):
            await each.close()

    run(main())
    assert log[0] == pytest.approx(0.2 + 0.3 + FLUSH)


def test_a_lease_that_has_waited_for_too_long_is_void() -> None:
    """One that comes late is given back, and another is asked for."""

    async def main() -> None:
        store = MemoryStore(latency=5.0)
        slots = slots_of(store)
        task = asyncio.create_task(slots.take(1))
        await asyncio.sleep(5.0)
        store.latency = 0.0
        assert not hasattr(await task, "number")
        got: Any = await slots.take(1)
        assert got.number == 1
        await asyncio.sleep(1.0)
        assert store.in_flight == 1
        assert store.told[1].returned == [0]
        slots.ended(got)
        await slots.close()

    run(main())


async def take(gate: Gate) -> Lease:
    return await gate.take(deadline=inf)


def test_a_429_stops_all_and_one_request_of_all_goes_first() -> None:
    """The own client at once, the others with their next message; the pause is told; then one probe for all."""
    log: list[float] = []

    async def main() -> None:
        store = MemoryStore(latency=0.01)
        one, other = gate_of(slots_of(store)), gate_of(slots_of(store))
        lease = await take(one)
        one.ended(lease)
        one.throttled(lease, 7.0)
        assert one.paused_for == 7.0
        begun = now()
        sending = [asyncio.create_task(send(gate, 1.0, log)) for gate in (one, other) for _ in range(4)]
        await asyncio.sleep(0.1)
        assert log == []
        assert other.paused_for == pytest.approx(7.0 - 0.1, abs=0.05)
        assert [message.throttled for message in store.told if message.throttled] == [[(lease.granted_at, 7.0)]]
        await asyncio.gather(*sending)
        for gate in (one, other):
            await gate.close()
        assert begun < 0.1

    run(main())
    # One; then two; then what the slow start allows.
    assert [sum(at < until for at in log) for until in (7.0, 7.9, 8.5)] == [0, 1, 3]
    assert len(log) == 8


def test_a_429_that_comes_while_a_message_is_on_its_way() -> None:
    """What that message brings is not used, and its reply, which knows of no pause, does not end it."""

    async def main() -> None:
        store = MemoryStore(latency=0.2)
        slots = slots_of(store)
        gate = gate_of(slots)
        lease = await take(gate)
        waiting = asyncio.create_task(take(gate))
        await asyncio.sleep(0.15)
        gate.ended(lease)
        gate.throttled(lease, 5.0)
        await asyncio.sleep(0.1)
        assert slots.paused_for == pytest.approx(4.9)
        assert not waiting.done()
        second = await waiting
        assert now() == pytest.approx(0.35 + 5.0, abs=0.5)
        gate.ended(second)
        await gate.close()
        assert store.in_flight == 0

    run(main())


def test_a_store_that_is_shut_says_why_once(caplog: pytest.LogCaptureFixture) -> None:
    """With the seconds, and what opens it if nobody has been sending; a call that has not so much time ends at once."""

    async def main() -> None:
        store = MemoryStore()
        store.up = 5.0
        gate = gate_of(slots_of(store))
        with pytest.raises(
            DeadlineExceeded, match=r"redis://quota/0 has just been started, .*it opens in 40 s: longer"
        ):
            await gate.take(deadline=asyncio.get_running_loop().time() + 10)
        log: list[float] = []
        await send(gate, log=log)
        assert log[0] == pytest.approx(LIMIT.per + MARGIN + 35.0 - 5.0, abs=0.1)
        await gate.close()

    run(main())
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        (
            "nothing is sent for 40 s: the quota's store redis://quota/0 has just been started, and what was sent "
            "before that is not known; if nobody has been sending, `explo-async quota redis://quota/0 --reset` opens it"
        )
    ]


def test_a_store_that_has_lost_its_memory_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Also one that was restarted, and each by its own words."""

    async def main() -> None:
        store = MemoryStore()
        slots = slots_of(store)
        gate = gate_of(slots)
        await send(gate)
        await asyncio.sleep(1.0)
        store.state, store.epoch = None, "two"
        await send(gate)
        store.run = "second"
        await asyncio.sleep(100.0)
        await send(gate)
        await gate.close()

    run(main())
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [text.partition("redis://quota/0 ")[2] for text in told] == [
        "has lost its memory, and what was sent before that is not known",
        "was restarted, or another server has taken over, and what was sent before that is not known",
    ]


def test_lost_slots_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """Those of a client that has died; not what had been lost before one came."""
    caplog.set_level("INFO")

    async def main() -> None:
        store = MemoryStore()
        dead, alive = slots_of(store), gate_of(slots_of(store))
        await dead.take(3)
        await send(alive)
        await asyncio.sleep(100.0)
        await send(alive)
        late = gate_of(slots_of(store))
        await send(late)
        for gate in (alive, late):
            await gate.close()

    run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "3 slots of the quota are free again whose holders never ended them"
    ]


def test_closing_tells_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    """What has ended, what nobody took, and that nothing is wanted; a second time it does nothing."""

    async def main() -> None:
        store = MemoryStore(latency=0.1)
        slots = slots_of(store)
        lease: Any = await slots.take(3)
        slots.ended(lease)
        await slots.close()
        await slots.close()
        assert (store.in_flight, store.closed) == (0, 1)
        # A straggler is not told any more: its slot comes back by itself.
        slots.ended(lease)
        slots.throttled(lease, 1.0)
        await asyncio.sleep(1.0)

    run(main())
    assert caplog.records == []


def test_closing_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    """A store that does not answer is left, and one that does not close as well."""
    caplog.set_level("DEBUG", "explo_async")

    class Stuck(MemoryStore):
        async def close(self) -> None:
            await asyncio.sleep(1000.0)

    async def main() -> float:
        store = Stuck()
        slots = slots_of(store)
        lease: Any = await slots.take(1)
        store.latency = 1000.0
        slots.ended(lease)
        await slots.close()
        return now()

    assert run(main()) == 4.0
    assert caplog.messages[-1] == "the quota's store redis://quota/0 was not closed well"


def test_by_default_a_store_that_is_away_is_an_error() -> None:
    """It names the store, without user and password, and what to do; once it is back all goes on."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store))
        store.failure = AWAY
        with pytest.raises(QuotaUnavailable) as raised:
            await take(gate)
        assert str(raised.value) == "the quota's store redis://quota/0 cannot be used: it is away; bring it back"
        assert raised.value.__suppress_context__
        store.failure = None
        await send(gate)
        await gate.close()
        assert store.in_flight == 0

    run(main())


def test_what_a_store_does_not_hear_it_is_told_later() -> None:
    """The end of a request is told again after a while, though nobody asks for anything."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store))
        lease = await take(gate)
        store.failure = AWAY
        gate.ended(lease)
        await asyncio.sleep(3 * TELL_AGAIN)
        assert store.in_flight == 1
        store.failure = None
        await asyncio.sleep(TELL_AGAIN)
        assert store.in_flight == 0
        tries = store.tries
        await asyncio.sleep(100.0)
        assert store.tries == tries
        await gate.close()

    run(main())


def test_what_tells_nothing_any_more_is_not_tried_for_ever() -> None:
    """Once the store has ended the lease by itself."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store))
        lease = await take(gate)
        store.failure = AWAY
        gate.ended(lease)
        await asyncio.sleep(100.0)
        tries = store.tries
        assert tries < 50
        await asyncio.sleep(100.0)
        assert store.tries == tries
        await gate.close()

    run(main())


def test_a_connection_that_was_broken_off_is_made_anew_at_once() -> None:
    """An idle connection may have been closed; only a second failure speaks of the store."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store))
        store.failure, store.fails_until = StoreFailure("broken off", "check it", is_broken_off=True), 1
        assert (await take(gate)).number == 1
        store.fails_until = inf
        with pytest.raises(QuotaUnavailable):
            await take(gate)
        assert store.tries == 4
        store.failure = None
        await gate.close()

    run(main())


def test_a_reply_that_was_lost_costs_nothing_for_long() -> None:
    """What it granted is given back, and what its message told may be told again."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, unavailable="wait"))
        lease = await take(gate)
        gate.ended(lease)
        store.lost_replies = 2
        second = await take(gate)
        assert now() == pytest.approx(2 * TRY_AGAIN)
        assert store.in_flight == 1
        assert store.state is not None
        assert len(store.state.settled) == 1
        gate.ended(second)
        await gate.close()

    run(main())


def test_a_store_that_is_away_can_be_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """It is told when it goes and when it is back, and nothing is sent between."""
    log: list[float] = []

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, unavailable="wait"))
        store.failure = AWAY
        waiting = [asyncio.create_task(send(gate, log=log)) for _ in range(3)]
        await asyncio.sleep(10.5)
        assert log == []
        store.failure = None
        await asyncio.gather(*waiting)
        await gate.close()
        assert store.tries < 20

    run(main())
    assert log == pytest.approx([11.0] * 3)
    assert [record.getMessage() for record in caplog.records] == [
        "the quota's store redis://quota/0 cannot be used: it is away; waiting for it (bring it back)",
        "the quota's store redis://quota/0 can be used again, after 11.0 s",
    ]


def test_what_waiting_does_not_mend_is_an_error() -> None:
    """As a file of a newer version."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, unavailable="wait"))
        store.failure = StoreFailure("it is newer", "upgrade", for_good=True)
        with pytest.raises(QuotaUnavailable, match="it is newer"):
            await take(gate)
        await gate.close()

    run(main())


def test_a_smaller_limit_of_its_own_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """It counts what was sent before, and what was sent then the store hears of when it is back."""
    log: list[float] = []

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, unavailable=RateLimit(4, per=10.0)))
        await asyncio.gather(*(send(gate, 0.0, log) for _ in range(2)))
        await asyncio.sleep(0.5)
        store.failure = AWAY
        sending = [asyncio.create_task(send(gate, 3.0, log)) for _ in range(4)]
        await asyncio.sleep(2.0)
        assert len(log) == 4
        under_way = store.tries
        await asyncio.sleep(9.0)
        assert len(log) == 6
        assert store.tries - under_way <= 10
        store.failure = None
        await asyncio.gather(*sending)
        await asyncio.sleep(1.0)
        assert store.state is not None
        assert store.in_flight == 0
        # Those of the last ten seconds.
        assert len(store.state.settled) == 4
        await gate.close()
        told = [message for message in store.told if message.used or message.adopted]
        assert [len(message.adopted) for message in told] == [2]
        assert [len(message.used) for message in told] == [2]

    run(main())
    assert log[4:] == pytest.approx([10.0, 10.0], abs=0.1)
    assert caplog.records[0].getMessage().endswith("; going on with 4 requests in 10 s (bring it back)")
    assert "can be used again" in caplog.records[-1].getMessage()


def test_a_429_while_the_store_is_away_is_heeded(caplog: pytest.LogCaptureFixture) -> None:
    """Those of one volley are one, whatever the store's clock shows; what is left of the pause is told later."""

    async def main() -> None:
        store = MemoryStore()
        slots = slots_of(store, unavailable=RateLimit(10, per=10.0))
        gate = gate_of(slots)
        store.failure = AWAY
        leases = [await take(gate) for _ in range(4)]
        gate._slots.give_back(leases[3])
        for lease in leases[:3]:
            gate.ended(lease)
            gate.throttled(lease, 6.0)
        await asyncio.sleep(2.0)
        assert gate.paused_for == 4.0
        store.failure = None
        lease = await take(gate)
        assert 6.0 <= now() < 7.1
        gate.ended(lease)
        gate.accepted(lease)
        await asyncio.sleep(0.1)
        (told,) = [message.throttled for message in store.told if message.throttled]
        assert [pause for _, pause in told] == [pytest.approx(6.0 - 2.0 - 0.0, abs=1.1)] * 3
        assert store.state is not None
        assert store.state.share == 1.0
        await gate.close()

    run(main())
    assert caplog.records


def test_429s_of_one_volley_are_one_for_the_limit_of_ones_own() -> None:
    """It goes by its own clock, though the store had granted the requests by another."""

    async def main() -> None:
        slots = slots_of(MemoryStore(), unavailable=RateLimit(10, per=10.0))
        gate = gate_of(slots)
        for lease in [await take(gate) for _ in range(3)]:
            gate.ended(lease)
            gate.throttled(lease, 6.0)
        assert slots._away._alone is not None
        assert slots._away._alone.window.state.share == 1.0
        await gate.close()

    run(main())


def test_the_time_for_more_is_that_of_all() -> None:
    """By the window as the last message showed it; before the first by the limit alone."""

    async def main() -> None:
        store = MemoryStore()
        gate = gate_of(slots_of(store, reserve=10))
        assert [gate.time_for(requests) for requests in (0, 20, 21, 60)] == [0.0, 0.0, 10.0, 20.0]
        other = gate_of(slots_of(store, reserve=10))
        await asyncio.gather(*(send(other, 0.0) for _ in range(15)))
        await asyncio.sleep(1.5)
        await send(gate, 0.0)
        assert gate.time_for(4) == 0.0
        assert gate.time_for(5) == pytest.approx(LIMIT.per + MARGIN - 1.5)
        lease = await take(other)
        other.ended(lease)
        other.throttled(lease, 50.0)
        assert other.time_for(1) == 50.0
        for each in (gate, other):
            await each.close()

    run(main())


def test_who_knows_no_reason_says_that_it_is_shut(caplog: pytest.LogCaptureFixture) -> None:
    """A newer version may have shut a window for a reason of its own."""

    async def main() -> None:
        store = MemoryStore()
        await store.exchange(await message_of(store))
        assert store.state is not None
        store.state.shut_until, store.state.shut_why = 1_001_020.0, "war"
        slots = slots_of(store)
        wait: Any = await slots.take(1)
        assert (wait.seconds, wait.why) == (20.0, "the quota's store redis://quota/0 is shut; it opens in 20 s")
        assert wait.again <= 5.1
        await slots.close()

    run(main())
    assert caplog.records[0].getMessage() == "nothing is sent for 20 s: the quota's store redis://quota/0 is shut"


async def message_of(store: MemoryStore) -> Any:
    """Have a client say something, and return its message."""
    slots = slots_of(store)
    await slots.take(1)
    return store.told[-1]


def test_an_error_that_nobody_expects_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks gets it; one of a message in the background is in the log."""

    class Broken(MemoryStore):
        async def exchange(self, message: Message) -> Reply:  # noqa: ARG002
            raise ZeroDivisionError

    async def main() -> None:
        slots = slots_of(Broken())
        with pytest.raises(ZeroDivisionError):
            await slots.take(1)
        await slots.close()

    run(main())
    assert {record.getMessage() for record in caplog.records} == {"the quota's store was not told"}


@pytest.mark.parametrize("seed", range(8))
def test_no_lease_is_ever_lost_or_doubled(seed: int) -> None:
    """Whatever is cancelled, refused, delayed or lost on the way: in the end the store holds none, and none too many went."""
    chance = random.Random(seed)
    log: list[float] = []

    async def one(gate: Gate) -> None:
        await asyncio.sleep(chance.uniform(0, 40))
        lease = await gate.take(deadline=inf)
        log.append(now())
        try:
            await asyncio.sleep(chance.choice([0.0, 0.1, 2.0]))
        finally:
            gate.ended(lease)
        if chance.random() < 0.02:
            gate.throttled(lease, chance.uniform(0, 5))
        else:
            gate.accepted(lease)

    async def disturb(store: MemoryStore, tasks: list[asyncio.Task[None]]) -> None:
        while True:
            await asyncio.sleep(chance.uniform(0, 3))
            store.latency = chance.choice([0.0, 0.01, 0.5])
            store.failure = chance.choice([None, None, AWAY, StoreFailure("x", "y", is_broken_off=True)])
            store.lost_replies = chance.choice([0, 0, 1])
            chance.choice(tasks).cancel()

    async def main() -> None:
        store = MemoryStore()
        gates = [gate_of(slots_of(store, unavailable="wait")) for _ in range(3)]
        tasks = [asyncio.create_task(one(chance.choice(gates))) for _ in range(150)]
        trouble = asyncio.create_task(disturb(store, tasks))
        await asyncio.gather(*tasks, return_exceptions=True)
        trouble.cancel()
        store.failure, store.lost_replies = None, 0
        await asyncio.sleep(2 * TELL_AGAIN)
        for gate in gates:
            await gate.close()
        assert store.in_flight == 0
        assert store.state is not None
        assert store.state.lost == 0

    run(main())
    log.sort()
    assert len(log) > 100
    assert all(later - earlier >= LIMIT.per for earlier, later in zip(log, log[LIMIT.requests :], strict=False))
