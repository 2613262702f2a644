"""The stores decide as the reference does: `message.answer`, SQLite and Redis through the same random histories."""

from __future__ import annotations

import asyncio
import copy
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
from attrs import frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from explo_async.pacing.stores import file as file_module
from explo_async.pacing.stores import redis as redis_module
from explo_async.pacing.stores.file import FileStore
from explo_async.pacing.stores.message import Message, Reply, answer
from explo_async.pacing.stores.redis import RedisStore

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.pacing.window_state import State
    from tests.helpers.redis_server import RedisServer

T = TypeVar("T")
CLIENTS = "abc"
AT_ONCE = 500
"""Histories after which hypothesis begins anew: it keeps in memory which ones it has tried."""
seconds = st.sampled_from([0.0, 0.001, 0.25, 0.5, 1.0, 3.7, 11.0])


@frozen(kw_only=True)
class Talk:
    """What a client tells, `after` seconds; what it asks for."""

    after: float
    client: str
    wants: int
    ends: list[str]
    age: float
    accepted: list[float]
    throttled: list[tuple[float, float]]
    alone: float | None
    used: float | None
    is_repeated: bool


def rarely(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """Give None five times of six."""
    return st.integers(0, 5).flatmap(lambda number: st.none() if number else strategy)


talks = st.builds(
    Talk,
    after=seconds,
    client=st.sampled_from(CLIENTS),
    wants=st.sampled_from([0, 1, 3, 9]),
    ends=st.lists(st.sampled_from(["answer", "answer", "return", "keep"]), max_size=9),
    age=seconds,
    accepted=st.lists(seconds, max_size=2),
    throttled=rarely(st.tuples(seconds, seconds)).map(lambda found: [] if found is None else [found]),
    alone=rarely(seconds),
    used=rarely(seconds),
    is_repeated=rarely(st.just(True)).map(bool),
)


class Kept:
    """A store with its reference: they are given the same messages."""

    def __init__(self, store: FileStore | RedisStore, *, clock_goes_on: bool) -> None:
        self.store = store
        self.clock_goes_on = clock_goes_on
        self.state: State | None = None
        self.clock = 1000.0
        self.run = "first"
        self.up = 1e6

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock += seconds
        self.up += seconds

    def expect(self, message: Message, epoch: str) -> Reply:
        """Return what the reference replies, its state as it is at this moment."""
        up = self.up
        if isinstance(self.store, FileStore):
            is_volatile = self.store._kind == "tmpfs"
            up = self.clock if is_volatile or self.state is not None else float("inf")
        self.state, reply = answer(
            self.state,
            message,
            clock=self.clock,
            run=self.run,
            up=up,
            epoch=epoch,
            clock_goes_on=self.clock_goes_on,
        )
        return copy.deepcopy(reply)


class Histories(RuleBasedStateMachine):
    """Three clients talk to a store in a file and to one in Redis."""

    def __init__(self, runner: asyncio.Runner, stores: tuple[FileStore, RedisStore], names: dict[str, str]) -> None:
        super().__init__()
        self.runner = runner
        self.file_store, self.redis_store = stores
        self.names = names
        self.in_file = Kept(self.file_store, clock_goes_on=False)
        self.in_redis = Kept(self.redis_store, clock_goes_on=True)
        self.memories = 0
        self.numbers = 0
        self.held: dict[str, list[int]] = {client: [] for client in CLIENTS}
        self.known = dict.fromkeys(CLIENTS, "")

    @initialize(
        limits=st.lists(st.integers(1, 12), min_size=2, max_size=2),
        per=st.sampled_from([2.0, 7.0]),
        kind=st.sampled_from(["ext4", "tmpfs"]),
        up=st.sampled_from([3.0, 1e6]),
    )
    def begin(self, limits: list[int], per: float, kind: str, up: float) -> None:
        """Nothing is kept yet."""
        self.limits, self.per = limits, per
        self.file_store._kind = kind
        self.in_redis.up = up
        if up < 10:
            self.in_file.clock = up
        self.forget()

    @rule(talks=st.lists(talks, min_size=1, max_size=6))
    def talk(self, talks: list[Talk]) -> None:
        """Let clients tell what has become of their requests, and ask; twice, if the reply is lost."""
        for each in talks:
            self.in_file.wait(each.after)
            self.in_redis.wait(each.after)
            self._talk(each)

    def _talk(self, talk: Talk) -> None:
        client, held = talk.client, self.held[talk.client]
        ended = dict(zip(held, talk.ends, strict=False))
        adopted = [] if talk.alone is None else [(self._next_numbers(1), talk.alone)]
        told = Message(
            holder=client,
            who=f"{client}@host",
            requests=self.limits[client == "a"],
            per=self.per,
            hold=6.0 if client == "b" else 3.0,
            margin=self.per / 240,
            epoch=self.known[client],
            wants=talk.wants,
            settled=[(number, talk.age) for number, end in ended.items() if end == "answer"],
            returned=[number for number, end in ended.items() if end == "return"],
            adopted=adopted,
            used=[] if talk.used is None else [talk.used],
            details=True,
        )
        self.held[client] = [number for number in held if ended.get(number, "keep") == "keep"]
        self.held[client] += [number for number, _ in adopted]
        for _ in range(1 + talk.is_repeated):
            told.first = self._next_numbers(talk.wants)
            for each in (self.in_file, self.in_redis):
                message = copy.deepcopy(told)
                # These are told by the store's own clock.
                message.accepted = [each.clock - ago for ago in talk.accepted]
                message.throttled = [(each.clock - ago, pause) for ago, pause in talk.throttled]
                self.known[client] = self._exchange(each, message, client)

    def _exchange(self, each: Kept, message: Message, client: str) -> str:
        self.names["epoch"] = f"memory {self.memories}"
        expected = each.expect(message, self.names["epoch"])
        if isinstance(each.store, RedisStore):
            each.store.world = each.clock, each.run, each.up
        else:
            each.store._clock = lambda: each.clock
            each.store._run = each.run
        reply = self.runner.run(each.store.exchange(message))
        assert reply.state == each.state
        expected.state = reply.state
        assert reply == expected
        granted = range(message.first, message.first + reply.granted)
        self.held[client] += [number for number in granted if number not in self.held[client]]
        return reply.epoch

    def _next_numbers(self, count: int) -> int:
        first = self.numbers
        self.numbers += count
        return first

    @rule(
        what=st.sampled_from(["nothing"] * 5 + ["set back", "forget", "restart"]), up=st.sampled_from([0.0, 4.0, 1e3])
    )
    def disturb(self, what: str, up: float) -> None:
        """Set the clock of Redis back, lose what is kept, or start the servers anew, the file's with a new clock."""
        if what == "set back":
            self.in_redis.clock -= 3.0
        elif what == "forget":
            self.forget()
        elif what == "restart":
            for each in (self.in_file, self.in_redis):
                each.run += "'"
            self.in_redis.up = up
            self.in_file.clock = up

    def forget(self) -> None:
        """Lose what is kept."""
        self.memories += 1
        for each in (self.in_file, self.in_redis):
            each.state = None
        self.runner.run(self._forget())

    async def _forget(self) -> None:
        await self.redis_store._redis.delete(self.redis_store._key)
        connection = self.file_store._connect
        await self.file_store._in_thread(
            lambda: connection().execute("DELETE FROM windows WHERE name = ?", (self.file_store._key,)).close()
        )


@pytest.mark.long
def test_all_stores_decide_alike(redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same replies, and the same state is kept, after each message of random histories."""
    names = {"epoch": ""}
    for module in (file_module, redis_module):
        monkeypatch.setattr(module, "token_hex", lambda _: names["epoch"])
    # Without the checks of dev mode, which would take most of the time.
    with asyncio.Runner(debug=False) as runner:
        stores = FileStore(tmp_path / "quota.sqlite", "alike"), RedisStore(redis_server.url, "alike")
        most = settings().max_examples
        for begun in range(0, most, AT_ONCE):
            run_state_machine_as_test(
                partial(Histories, runner, stores, names),  # type: ignore[arg-type]  # whatever makes one
                settings=settings(max_examples=min(AT_ONCE, most - begun), stateful_step_count=10),
            )
        for store in stores:
            runner.run(store.close())
