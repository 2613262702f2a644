"""What is measured: how the server behaves, how long the list is, who fetches it and how."""

from __future__ import annotations

from math import ceil
from typing import Any

from attrs import evolve, field, frozen
from contestants import CONCURRENT, EVERYONE, LIMIT, OURS, PEERS
from job import CONCURRENCY

from explo_async.emulator import Quota
from explo_async.emulator.faults import Fault, Randomly, Slow, Status

QUICK_CUSTOMERS = 10_000
WINDOW = 2.0
SLIDING = Quota(30, WINDOW)
FIXED = Quota(30, WINDOW, window="fixed")


@frozen(kw_only=True)
class Scenario:
    """One table of the results. Times are float seconds."""

    name: str
    contestants: tuple[str, ...]
    customers: int = 100_000
    page_size: int = 1000
    streamed: bool = False
    latency: float = 0.0
    gzip: bool = False
    quota: Quota | None = None
    faults: tuple[Fault | Randomly, ...] = field(default=())

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return ceil(self.customers / self.page_size)

    @property
    def ideal(self) -> float | None:
        """The least that the server's latency and quota allow a fetch that knows nothing; None without either."""
        if self.quota:
            return (self.pages - 1) // self.quota.requests * self.quota.per
        return (1 + ceil((self.pages - 1) / CONCURRENCY)) * self.latency or None

    @property
    def server(self) -> dict[str, Any]:
        """The options of a server for it."""
        return {
            "customers": self.customers,
            "prepare": self.page_size,
            "latency": self.latency,
            "gzip": self.gzip,
            "quota": self.quota,
            "faults": self.faults,
        }

    @property
    def server_remembers(self) -> bool:
        """Whether a run leaves something behind at the server that the next one would meet."""
        return self.quota is not None or bool(self.faults)


def quick(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """Cut the lists short, and leave out what would be the same then."""
    names = {"kept, 100 000", "kept, 1 000 000", "streamed, 100 000", "streamed, 1 000 000"}
    return tuple(
        evolve(scenario, customers=min(QUICK_CUSTOMERS, scenario.customers))
        for scenario in scenarios
        if scenario.name not in names
    )


SCENARIOS = (
    Scenario(name="kept, 1 000", customers=1000, contestants=EVERYONE),
    Scenario(name="streamed, 1 000", customers=1000, streamed=True, contestants=(OURS,)),
    Scenario(name="kept, 10 000", customers=10_000, contestants=EVERYONE),
    Scenario(name="streamed, 10 000", customers=10_000, streamed=True, contestants=(OURS, "ids alone")),
    Scenario(name="kept, 100 000", contestants=EVERYONE),
    Scenario(
        name="streamed, 100 000",
        streamed=True,
        contestants=(OURS, LIMIT, "httpx one by one", "dlt", "bytes alone", "ids alone"),
    ),
    Scenario(name="kept, 1 000 000", customers=1_000_000, contestants=(OURS, LIMIT, "aiohttp + json")),
    Scenario(name="streamed, 1 000 000", customers=1_000_000, streamed=True, contestants=(OURS, LIMIT, "ids alone")),
    Scenario(name="gzip", gzip=True, contestants=(OURS, LIMIT, "aiohttp + json", "httpx + pydantic")),
    Scenario(
        name="latency 20 ms",
        latency=0.02,
        contestants=(OURS, LIMIT, "aiohttp + json", "httpx + pydantic", "httpx one by one", "dlt"),
    ),
    Scenario(name="latency 100 ms", latency=0.1, contestants=CONCURRENT),
    Scenario(
        name="latency 100 ms, 10 pages",
        customers=10_000,
        latency=0.1,
        contestants=(OURS, "explo_async, hinted", LIMIT, *PEERS),
    ),
    Scenario(
        name="latency 100 ms, 10 pages of 100",
        customers=1000,
        page_size=100,
        latency=0.1,
        contestants=(OURS, "explo_async, hinted", LIMIT),
    ),
    Scenario(
        name="quota, sliding window",
        customers=2100,
        page_size=30,
        quota=SLIDING,
        contestants=(OURS, "explo_async, no own quota", *PEERS),
    ),
    Scenario(
        name="quota, fixed window",
        customers=2100,
        page_size=30,
        quota=FIXED,
        contestants=(OURS,),
    ),
    Scenario(
        name="one in fifty takes 3 s",
        customers=10_000,
        page_size=100,
        faults=(Slow(3.0, every=50),),
        contestants=(OURS, "explo_async, hedged", LIMIT, "aiohttp + json", "httpx + pydantic"),
    ),
    Scenario(
        name="2 % answer 503",
        customers=10_000,
        page_size=100,
        faults=(Randomly(Status(503), 0.02),),
        contestants=(OURS, "aiohttp + json", "aiohttp-retry", "httpx + pydantic", "dlt"),
    ),
)
