"""Tries what processes and hosts that share a quota do, at full size, and says how it went; a broken promise fails.

`python -m tests.promises.fleet.trials`, or `nox -s fleet -- pace --store file`. About ten minutes in all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from explo_async.emulator import Quota
from explo_async.emulator.faults import Status
from explo_async.emulator.process import EmulatorProcess
from explo_async.emulator.thread import EmulatorThread
from tests.helpers.redis_server import RedisServer
from tests.promises.fleet.hosts import ADDRESS, hosts, what_is_missing
from tests.promises.fleet.processes import Fleet, running
from tests.promises.fleet.trial import Chaos, hold_of, look, pace, reset
from tests.promises.fleet.worker import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.promises.fleet.processes import Place

LIMIT, PER = 30, 2.0
LATENCY, JITTER = 0.05, 0.02
LONG, VARIED = 0.3, 0.3
"""The same where processes are killed: many requests are on their way then."""
PASSWORD = "of-the-trial"


@frozen(kw_only=True)
class Setting:
    """Where processes share what."""

    emulator: EmulatorProcess
    fleet: Fleet
    job: Job
    redis: RedisServer | None
    places: Sequence[Place]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    options = _parser().parse_args(arguments)
    for trial in TRIALS if "all" in options.trials else options.trials:
        TRIALS[trial](options)


def try_pace(options: argparse.Namespace) -> None:
    """Let four processes fetch 400 pages."""
    for store in options.store:
        for window in options.window:
            with _setting(store, window, pages=options.pages // 4) as setting:
                _tell_pace(f"pace, {store}, {window}", setting, options.pages)


def try_hosts(options: argparse.Namespace) -> None:
    """Let three hosts do so, whose clocks are an hour apart."""
    if missing := what_is_missing():
        print(f"hosts: left out, since {missing}", flush=True)
        return
    for window in options.window:
        with _setting("redis", window, pages=options.pages // 4, on_hosts=True) as setting:
            # The fourth process is on the first host too.
            _tell_pace(f"hosts, redis, {window}", setting, options.pages)
            clocks = ", ".join(f"{worker.ahead:+.0f}" for worker in setting.fleet.workers)
            print(f"  clocks of the processes against ours: {clocks} s", flush=True)
    with _setting("redis", "sliding", pages=20, on_hosts=True, endless=True) as setting:
        _tell_chaos("hosts in chaos, redis", setting, options)


def try_chaos(options: argparse.Namespace) -> None:
    """Kill and freeze processes at random, and restart Redis empty in between."""
    for store in options.store:
        for window in options.window:
            with _setting(store, window, pages=20, endless=True) as setting:
                _tell_chaos(f"chaos, {store}, {window}", setting, options)


def try_429(options: argparse.Namespace) -> None:
    """Let one of four processes meet a 429, and see what the others send after that."""
    for store in options.store:
        latency = 0.2
        fault = Status(429, headers={"Retry-After": "3"}, page=20, times=1)
        with (
            tempfile.TemporaryDirectory() as folder,
            EmulatorThread(600, latency=latency, faults=[fault]) as emulator,
            running(Path(folder, "fleet.log")) as fleet,
            _store(store, Path(folder)) as (place, _),
        ):
            jobs = [
                Job(url=emulator.url, token=emulator.token, store=place, requests=1000, per=1.0, page_size=size)
                for size in (5, 6, 7, 8)
            ]
            reset(jobs[0])
            for worker in fleet.start(*jobs):
                worker.wait()
            told = next(seen for seen in emulator.log if seen.status == 429).at + latency
            after = [seen.at - told for seen in emulator.log if seen.at > told]
        before = [at for at in after if at < 2.5]
        probe, second = [at for at in after if at >= 2.5][:2]
        last = f"{before[-1] * 1000:.0f} ms" if before else "0 ms"
        print(
            f"429, {store}: {len(before)} requests after the 429 was told, the last of them {last} after it; "
            f"the probe after {probe:.3f} s, the second request {second - probe:.3f} s after that",
            flush=True,
        )
        _promise(probe >= 3.0, "nothing is sent in the pause")
        _promise(second - probe >= latency, "one request goes first")


TRIALS: dict[str, Callable[[argparse.Namespace], None]] = {
    "pace": try_pace,
    "429": try_429,
    "chaos": try_chaos,
    "hosts": try_hosts,
}


def _tell_pace(name: str, setting: Setting, pages: int) -> None:
    places = [setting.places[number % len(setting.places)] for number in range(4)] if setting.places else []
    found = pace(setting.fleet, setting.emulator, setting.job, places)
    print(
        f"{name}: {found.pages} pages in {found.seconds:.2f} s, {found.ratio:.3f} of the ideal; "
        f"{found.stats.rate_limited} 429s, fullest window {found.stats.fullest_window}, "
        f"fixed {found.stats.fullest_fixed_window}",
        flush=True,
    )
    _promise(all(not each.failed and each.rate_limited == 0 for each in found.said), "each list is complete")
    _promise(found.pages == pages, "all pages have been read")
    _promise(found.stats.rate_limited == 0, "no 429")
    _promise(found.stats.fullest_window <= LIMIT, "no window over the limit")


def _tell_chaos(name: str, setting: Setting, options: argparse.Namespace) -> None:
    job, emulator = setting.job, setting.emulator
    chaos = Chaos(setting.fleet, job, Random(options.seed), places=setting.places)
    began = time.monotonic()
    chaos.begin()
    restarts = 0
    for number in range(1, options.strokes + 1):
        chaos.strike()
        # Twice, with time between them for what was forgotten to count no more.
        if setting.redis is not None and number in {options.strokes // 3, 2 * options.strokes // 3}:
            setting.redis.restart()
            restarts += 1
            before = emulator.stats().requests
            chaos.go_on(hold_of(job) - 1.0)
            shut = emulator.stats().requests - before
            chaos.go_on(3.0)
            print(f"  Redis restarted: {shut} requests in {hold_of(job) - 1.0:.1f} s, then on", flush=True)
            _promise(shut <= 4 * 16, "nothing new is sent before it is known that nothing else counts")
    chaos.go_on(chaos.frozen_for)
    _promise(_is_going_on(chaos, emulator), "it goes on")
    state, _ = look(job)
    lost = state.lost
    chaos.kill_all()
    state, now = look(job)
    dead = sum(len(holder.leases) for holder in state.holders)
    last = max((at + hold_of(job) for holder in state.holders for _, at in holder.leases), default=now)
    stats = emulator.stats()
    # One that looks on, and is told.
    (witness,) = setting.fleet.start(job, place=setting.places[0] if setting.places else None)
    time.sleep(hold_of(job) + 0.5)
    state, _ = look(job)
    witness.kill()
    left = sum(at <= now for holder in state.holders for _, at in holder.leases)
    told = setting.fleet.log.count("slots of the quota are free again")
    stats = emulator.stats()
    print(
        f"{name}: {chaos.killed} killed, {chaos.frozen} frozen, {restarts} restarts in "
        f"{time.monotonic() - began:.0f} s; {stats.requests} requests, {stats.rate_limited} 429s, "
        f"fullest window {stats.fullest_window}, fixed {stats.fullest_fixed_window}; "
        f"slots lost {lost} before the end and {dead} at it, the last of them free within {last - now:.2f} s "
        f"(at most {hold_of(job):.2f}), {left} left then; told {told} times",
        flush=True,
    )
    _promise(stats.rate_limited == 0, "no 429")
    _promise(stats.fullest_window <= LIMIT, "no window over the limit")
    _promise(left == 0, "what was lost has come back")
    _promise(told > 0 or lost + dead == 0, "and was told")


def _is_going_on(chaos: Chaos, emulator: EmulatorProcess) -> bool:
    before = emulator.stats().requests
    chaos.go_on(2 * PER)
    return emulator.stats().requests > before


def _promise(is_kept: bool, what: str) -> None:
    if not is_kept:
        sys.exit(f"NOT KEPT: {what}")


@contextmanager
def _setting(
    store: str, window: Literal["sliding", "fixed"], *, pages: int, on_hosts: bool = False, endless: bool = False
) -> Iterator[Setting]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # All from one address, as hosts behind a NAT.
        quota = Quota(LIMIT, PER, window=window, per_address=False)
        latency, jitter = (LONG, VARIED) if endless else (LATENCY, JITTER)
        emulator = stack.enter_context(
            EmulatorProcess(pages * 10, prepare=10, latency=latency, jitter=jitter, quota=quota)
        )
        url = emulator.url
        places: Sequence[Place] = ()
        if on_hosts:
            url, places = stack.enter_context(hosts(folder, int(url.rpartition(":")[2])))
        place, redis = stack.enter_context(_store(store, folder, on_hosts=on_hosts))
        fleet = stack.enter_context(running(folder / "fleet.log"))
        job = Job(
            url=url,
            token=emulator.token,
            store=place,
            requests=LIMIT,
            per=PER,
            lists=None if endless else 1,
            # What a process had that was killed is lost for a shorter time.
            request_timeout=1.0 if endless else 10.0,
            unavailable="wait" if endless else "raise",
        )
        reset(job)
        try:
            yield Setting(emulator=emulator, fleet=fleet, job=job, redis=redis, places=places)
        except BaseException:
            print(fleet.log, file=sys.stderr)
            raise


@contextmanager
def _store(kind: str, folder: Path, *, on_hosts: bool = False) -> Iterator[tuple[str, RedisServer | None]]:
    if kind == "file":
        yield str(folder / "quota.sqlite"), None
        return
    bind = f"127.0.0.1 {ADDRESS}" if on_hosts else "127.0.0.1"
    with RedisServer(folder, password=PASSWORD, bind=bind) as server:
        host = ADDRESS if on_hosts else "127.0.0.1"
        yield server.url.replace("127.0.0.1", host), server


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", choices=[*TRIALS, "all"], default="all")
    parser.add_argument("--store", nargs="+", choices=["file", "redis"], default=["file", "redis"])
    parser.add_argument("--window", nargs="+", choices=["sliding", "fixed"], default=["sliding", "fixed"])
    parser.add_argument("--pages", type=int, default=400, help="of all processes together")
    parser.add_argument("--strokes", type=int, default=50, help="kills and freezes of each run")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
