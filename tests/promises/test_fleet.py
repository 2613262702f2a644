"""Processes that share a quota keep it together, whatever becomes of one of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from explo_async.emulator import Quota
from explo_async.emulator.faults import Status
from explo_async.emulator.process import EmulatorProcess
from explo_async.emulator.thread import EmulatorThread
from tests.helpers.redis_server import RedisServer
from tests.promises.fleet.processes import running
from tests.promises.fleet.trial import Chaos, look, pace, reset, wait_until
from tests.promises.fleet.worker import Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.promises.fleet.processes import Fleet

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="the processes read their input as a pipe of POSIX"),
]

LIMIT = 30
PER = 0.5
LATENCY = 0.1
PATIENCE = 60.0
SEED = 8
"""Of two kills and two freezes, in turns."""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Give a fleet without processes yet."""
    with running(tmp_path / "fleet.log") as fleet:
        yield fleet


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a place where the quota is kept."""
    if request.param == "file":
        return str(tmp_path / "quota.sqlite")
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.mark.parametrize(("store", "window"), [("file", "sliding"), ("redis", "fixed")], indirect=["store"])
def test_processes_that_share_a_quota_keep_it(fleet: Fleet, store: str, window: str) -> None:
    """Four processes with 16 requests at once each: no 429, complete lists, and no window beyond the limit."""
    quota = Quota(LIMIT, PER, window=window)  # type: ignore[arg-type]
    with EmulatorProcess(200, latency=0.05, jitter=0.02, quota=quota) as emulator:
        job = Job(url=emulator.url, token=emulator.token, store=store, requests=LIMIT, per=PER)
        reset(job)
        found = pace(fleet, emulator, job)
    assert [each.failed for each in found.said] == [""] * 4
    assert [each.customers for each in found.said] == [200] * 4
    assert found.stats.rate_limited == 0
    # Whether it slides or is fixed: each fixed window is one of those that slide.
    assert found.stats.fullest_window <= LIMIT


@pytest.mark.parametrize("store", ["file"], indirect=True)
def test_no_window_is_too_full_while_processes_are_killed_and_frozen(fleet: Fleet, store: str) -> None:
    """What a dead process had is held for it, and one that wakes up sends nothing that it had no right to any more."""
    with EmulatorProcess(200, latency=0.2, jitter=0.2, quota=Quota(LIMIT, PER)) as emulator:
        job = Job(
            url=emulator.url,
            token=emulator.token,
            store=store,
            requests=LIMIT,
            per=PER,
            lists=None,
            unavailable="wait",
        )
        reset(job)
        chaos = Chaos(fleet, job, Random(SEED), frozen_for=PER, between=0.2)
        chaos.begin()
        for _ in range(4):
            chaos.strike()
        chaos.go_on(PER)
        chaos.kill_all()
        stats = emulator.stats()
        assert chaos.killed
        assert chaos.frozen
        assert stats.rate_limited == 0
        assert stats.fullest_window <= LIMIT


def test_a_redis_that_forgets_everything_lets_nothing_out_for_a_while(
    fleet: Fleet, redis_can_run: None, tmp_path: Path
) -> None:
    """It is not known what was sent before: until that counts no more, nothing is sent, and the log says why."""
    del redis_can_run
    with (
        RedisServer(tmp_path) as server,
        EmulatorProcess(200, latency=0.05, jitter=0.02, quota=Quota(LIMIT, PER)) as emulator,
    ):
        job = Job(
            url=emulator.url,
            token=emulator.token,
            store=server.url,
            requests=LIMIT,
            per=PER,
            lists=None,
            unavailable="wait",
        )
        reset(job)
        fleet.start(job, job)
        wait_until(lambda: emulator.stats().requests > LIMIT, PATIENCE)
        server.restart()
        wait_until(lambda: "nothing is sent for" in fleet.log, PATIENCE)
        # Longer than a window: what is sent now would be too much if it were let out.
        before = emulator.stats().requests
        wait_until(lambda: _age(job) > 2 * PER, PATIENCE)
        stats = emulator.stats()
        assert stats.requests - before <= 2 * 16
        assert stats.rate_limited == 0
        assert stats.fullest_window <= LIMIT
        state, now = look(job)
        assert state.shut_until is not None
        assert state.shut_until - now > job.request_timeout


def _age(job: Job) -> float:
    state, now = look(job)
    return now - (state.born or now)


@pytest.mark.parametrize("store", ["redis"], indirect=True)
def test_a_429_that_one_process_meets_stops_all_and_one_request_goes_first(fleet: Fleet, store: str) -> None:
    """The others learn of it when they ask next; after the pause one of all processes tries the water."""
    fault = Status(429, headers={"Retry-After": "3"}, page=20, times=1)
    with EmulatorThread(300, latency=LATENCY, faults=[fault]) as emulator:
        # The size of its pages tells which process has sent a request.
        jobs = [
            Job(url=emulator.url, token=emulator.token, store=store, requests=1000, per=1.0, page_size=size)
            for size in (6, 7, 8)
        ]
        reset(jobs[0])
        workers = fleet.start(*jobs)
        assert [said.customers for worker in workers for said in worker.wait()] == [300] * 3
        log = emulator.log
    refused = next(seen for seen in log if seen.status == 429)
    told = refused.at + LATENCY
    assert len({seen.page_size for seen in log if seen.at < told}) == 3, "all were sending"
    # What was on its way when the 429 came has long arrived.
    later = [seen.at for seen in log if seen.at > told + 1.5]
    assert later[0] >= told + 3.0
    assert later[1] >= later[0] + LATENCY, "the second one goes when the first one is answered"


_SERVICE = """
import os
from contextlib import asynccontextmanager

from fastapi import FastAPI

from explo_async import ExploClient, RateLimit, SharedQuota

QUOTA = SharedQuota("quota.sqlite", limit=RateLimit(30, per=0.5))


@asynccontextmanager
async def lifespan(app):
    async with ExploClient(rate_limit=QUOTA) as app.state.explo:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/customers")
async def count_customers():
    customers = await app.state.explo.customers.list(page_size=10)
    return {"worker": os.getpid(), "customers": len(customers)}
"""


def test_a_service_of_four_workers_shares_a_quota(tmp_path: Path) -> None:
    """As uvicorn runs it: whichever worker is asked, all together keep within the quota."""
    (tmp_path / "service.py").write_text(_SERVICE, "utf-8")
    words = [sys.executable, "-m", "uvicorn", "--workers", "4", "--port", "0", "service:app"]
    with EmulatorProcess(150, latency=0.05, jitter=0.02, quota=Quota(30, 0.5)) as emulator:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDEVMODE"},
            "EXPLO_TOKEN": emulator.token,
            "EXPLO_BASE_URL": emulator.url,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                log = iter(process.stderr.readline, "")
                address = next(found[1] for line in log if (found := re.search(r"running on (http://\S+)", line)))
                ready = 0
                while ready < 4:
                    ready += "startup complete" in next(log)
                answers: list[dict[str, int]] = []
                with ThreadPoolExecutor(8) as asking:
                    # Chance has a hand in which worker gets a connection.
                    while len({answer["worker"] for answer in answers}) < 2:
                        answers += asking.map(_ask, [f"{address}/customers"] * 8)
            finally:
                process.terminate()
                process.stderr.read()
        stats = emulator.stats()
    assert {answer["customers"] for answer in answers} == {150}
    assert stats.rate_limited == 0
    assert stats.fullest_window <= 30


def _ask(address: str) -> dict[str, int]:
    with urlopen(address, timeout=PATIENCE) as answer:
        found: dict[str, int] = json.load(answer)
    return found
