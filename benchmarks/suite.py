"""Compares explo_async with what people would use instead: `python benchmarks/suite.py --out DIR`.

Every run is a process of its own, which has fetched a list of one customer before it is measured, as some import half
of themselves at the first request. The server is another process and hands out bytes prepared beforehand. The
contestants of a scenario take turns (A B C A B C), so that a busy moment of the machine hits all alike; the figures
are medians over the runs, also as ratios to the limit: aiohttp and msgspec's Struct classes with the garbage collector
off for the whole run, which no service can afford. The gap is the longest time for which nothing else could run in the
event loop.

Who takes part where (`contestants.py`, `scenarios.py`): everyone with 1 000, 10 000 and 100 000 customers kept, no
latency, no compression; with a million kept only ours, the limit and the fastest peer, and streamed ours and the limit,
as the others would take most of the suite's time and gigabytes. The streams beside ours are those that their users
would write: the ones that go page by page. gzip: one peer for each HTTP client. 20 ms with the page-by-page ones, 100
ms without, where they would need 10 s a run; a list of 10 pages at 100 ms has them all, and ours told beforehand how
long the list is (small pages as well: they show the round trips alone). Quota (180 a minute scaled to 30 in 2 s, 70
pages): all peers, heeding Retry-After save for plain aiohttp, which tries nothing again; the limit does not either.
The window that is fixed instead of sliding: ours. One request in fifty slow: whoever sends several at once. 2 % of 503:
those that try again, and plain aiohttp. "bytes alone" decodes nothing and shows what the server can do; "ids alone"
fetches nothing and shows what a stream's ids weigh.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Self

from attrs import asdict
from claims import check_claims, write_claims
from contestants import CONTESTANTS
from facts import gather_facts
from job import Job
from report import write_report
from scenarios import SCENARIOS, Scenario, quick
from server import Server

HERE = Path(__file__).parent
RUN = HERE / "run.py"
# No proxy may come between the contestants and the loopback address.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | {
    "RUNTIME__DLTHUB_TELEMETRY": "false"
}


class Servers:
    """Starts the server of a scenario, or keeps the last one if that will do."""

    def __init__(self) -> None:
        self.warm_up = Server(1)
        """Has one customer, for the first requests of a process."""
        self._stack = ExitStack()
        self._options: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        self.warm_up.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self.warm_up.__exit__(None, None, None)

    def serve(self, scenario: Scenario) -> Server:
        """Return a server that remembers nothing."""
        options = scenario.server
        if options != self._options or scenario.server_remembers:
            self._stack.close()
            self._server = self._stack.enter_context(Server(**options))
            self._options = options
        return self._server


def make_job(scenario: Scenario, name: str, server: Server, warm_up_url: str) -> Job:
    """Tell a contestant what to do."""
    contestant = CONTESTANTS[name]
    quota = scenario.quota if contestant.own_quota else None
    return Job(
        contestant=name,
        url=server.url,
        warm_up_url=warm_up_url,
        token=server.token,
        customers=scenario.customers,
        page_size=scenario.page_size,
        streamed=scenario.streamed,
        quota=quota.requests if quota else None,
        quota_seconds=scenario.quota.per if scenario.quota else 0.0,
        expected_total=scenario.customers if contestant.hinted else None,
        **contestant.settings,
    )


def run_once(scenario: Scenario, name: str, servers: Servers) -> dict[str, Any]:
    """Let a contestant run, and ask the server what that was for it."""
    server = servers.serve(scenario)
    before, cpu_before = server.stats(), server.cpu_seconds()
    command = [sys.executable, str(RUN), json.dumps(asdict(make_job(scenario, name, server, servers.warm_up.url)))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    figures: dict[str, Any] = json.loads(done.stdout)
    after = server.stats()
    return figures | {
        "customers_per_second": scenario.customers / figures["wall_seconds"] if figures["complete"] else None,
        "requests": after.requests - before.requests,
        "rate_limited": after.rate_limited - before.rate_limited,
        "server_cpu_seconds": server.cpu_seconds() - cpu_before,
    }


def run_scenario(scenario: Scenario, runs: int, servers: Servers) -> dict[str, Any]:
    """Let the contestants take turns."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in scenario.contestants}
    for _ in range(runs):
        for name in scenario.contestants:
            results[name].append(run_once(scenario, name, servers))
    return {
        "customers": scenario.customers,
        "page_size": scenario.page_size,
        "streamed": scenario.streamed,
        "latency_seconds": scenario.latency,
        "gzip": scenario.gzip,
        "ideal_seconds": scenario.ideal,
        "contestants": {name: {"median": middle(figures), "runs": figures} for name, figures in results.items()},
    }


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Take the median of each figure; complete is what every run completed."""
    return {
        key: all(run[key] for run in runs)
        if key == "complete"
        else next((run[key] for run in runs if run[key]), None)
        if key == "failure"
        else median(run[key] for run in runs)
        if all(run[key] is not None for run in runs)
        else None
        for key in runs[0]
    }


def run_decoding(*, is_quick: bool) -> dict[str, Any]:
    """Measure the decoder and a kept customer's memory."""
    sizes = ["--rounds", "10", "--customers", "20000"] if is_quick else []
    done = subprocess.check_output([sys.executable, str(HERE / "decode.py"), "--json", *sizes], env=ENVIRONMENT)
    figures: dict[str, Any] = json.loads(done)
    return figures


def main() -> None:
    """Run what was asked for, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), help="folder of what is written")
    parser.add_argument("--runs", type=int, help="runs of each contestant in each scenario (5; with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="a trial: lists of at most 10 000 customers")
    parser.add_argument("--only", action="append", metavar="SCENARIO", help="names that begin so; may be repeated")
    options = parser.parse_args()
    chosen = quick(SCENARIOS) if options.quick else SCENARIOS
    if options.only:
        chosen = tuple(scenario for scenario in chosen if scenario.name.startswith(tuple(options.only)))
    if not chosen:
        parser.error("no such scenario; there are: " + "; ".join(scenario.name for scenario in SCENARIOS))
    runs = options.runs or (1 if options.quick else 5)
    results: dict[str, Any] = {"facts": gather_facts(runs=runs, is_quick=options.quick), "scenarios": {}}
    with Servers() as servers:
        for scenario in chosen:
            print(f"{scenario.name} ...", file=sys.stderr, flush=True)
            results["scenarios"][scenario.name] = run_scenario(scenario, runs, servers)
    if not options.only:
        results["decode"] = run_decoding(is_quick=options.quick)
    results["claims"] = check_claims(results)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    text = write_report(results) + "\n" + write_claims(results["claims"])
    (options.out / "results.md").write_text(text, "utf-8")
    print(text)
    # Only now: the process that starts the runs should be a small one.
    from pictures import draw_pictures  # noqa: PLC0415

    draw_pictures(results, options.out)


if __name__ == "__main__":
    main()
