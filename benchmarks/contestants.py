"""Who takes part: the name in the tables, the file in `peers/`, and what of its options is used."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen
class Contestant:
    """A way to fetch the list."""

    module: str
    settings: dict[str, Any] = field(factory=dict)
    """Fields of the job that this one has otherwise than the scenario."""
    own_quota: bool = True
    """Knows the server's quota beforehand; only ours has a use for it."""
    hinted: bool = False
    """Is told how many customers there were last time; only ours has a use for it."""


CONTESTANTS = {
    "explo_async": Contestant("ours"),
    "explo_async, hinted": Contestant("ours", hinted=True),
    "explo_async, hedged": Contestant("ours", {"hedge_after": 0.5}),
    "explo_async, no own quota": Contestant("ours", own_quota=False),
    "limit": Contestant("limit"),
    "aiohttp + json": Contestant("aiohttp_json"),
    "aiohttp-retry": Contestant("aiohttp_retrying"),
    "httpx + pydantic": Contestant("httpx_pydantic"),
    "httpx one by one": Contestant("httpx_one_by_one"),
    "dlt": Contestant("dlt_rest"),
    "bytes alone": Contestant("bytes_alone"),
    "ids alone": Contestant("ids_alone"),
}

OURS, LIMIT = "explo_async", "limit"
CONCURRENT = ("explo_async", "limit", "aiohttp + json", "aiohttp-retry", "httpx + pydantic")
PEERS = ("aiohttp + json", "aiohttp-retry", "httpx + pydantic", "httpx one by one", "dlt")
EVERYONE = ("explo_async", "limit", *PEERS)
