"""The promises, each with the figure of this run beside its bound: `python benchmarks/claims.py DIR/results.json`."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contestants import LIMIT, OURS, PEERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Claim = tuple[str, float, float]
"""What is promised, the figure, and the most that it may be."""

Results = dict[str, Any]
KEYS = {
    "wall time": "wall_seconds",
    "CPU time": "cpu_seconds",
    "peak memory": "peak_memory_bytes",
    "event-loop gap": "longest_gap_seconds",
}


def check_claims(results: Results) -> list[dict[str, Any]]:
    """Compare every promise whose figures are there."""
    checked = []
    for promise in PROMISES:
        try:
            claims = list(promise(results))
        except KeyError:
            continue  # not measured this time
        checked += [
            {"claim": text, "figure": figure, "bound": bound, "holds": figure <= bound}
            for text, figure, bound in claims
        ]
    return checked


def write_claims(checked: list[dict[str, Any]]) -> str:
    """Write them as a table."""
    if not checked:
        return ""
    lines = ["### What must hold", "", "| | measured | at most | |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {claim['claim']} | {claim['figure']:.3g} | {claim['bound']:.3g} | {'yes' if claim['holds'] else '**no**'} |"
        for claim in checked
    ]
    return "\n".join([*lines, ""])


def _figure(results: Results, scenario: str, contestant: str, key: str) -> float:
    figures = results["scenarios"][scenario]["contestants"][contestant]["median"]
    value = figures[key]
    return float("nan") if value is None or not figures["complete"] else float(value)


def _cpu(results: Results) -> Iterator[Claim]:
    figure = partial(_figure, results, "kept, 100 000", key="cpu_seconds")
    yield "100 000 kept: CPU time, x limit", figure(OURS) / figure(LIMIT), 1.6


def _ahead(results: Results) -> Iterator[Claim]:
    """Ours over the best peer's; the gap only of those that have an event loop."""
    for what, key in KEYS.items():
        figures = {peer: _figure(results, "kept, 100 000", peer, key) for peer in PEERS}
        known = {peer: value for peer, value in figures.items() if value == value}  # noqa: PLR0124 - NaN
        best = min(known, key=known.__getitem__)
        ours = _figure(results, "kept, 100 000", OURS, key)
        yield f"100 000 kept: {what}, x the best peer's ({best})", ours / known[best], 1.0


def _gaps(results: Results) -> Iterator[Claim]:
    kept = _figure(results, "kept, 100 000", OURS, "longest_gap_seconds")
    yield "100 000 kept: longest event-loop gap, ms", kept * 1e3, 40.0
    streamed = _figure(results, "streamed, 100 000", OURS, "longest_gap_seconds")
    yield "100 000 streamed: longest event-loop gap, ms", streamed * 1e3, 15.0


def _flat(results: Results) -> Iterator[Claim]:
    def growth(contestant: str) -> float:
        large, small = (
            _figure(results, f"streamed, {size}", contestant, "peak_memory_bytes") for size in ("1 000 000", "10 000")
        )
        return large - small

    more = (growth(OURS) - growth("ids alone")) / 1e6
    yield "streamed, 10 000 to 1 000 000: more memory beside the ids, MB", more, 20.0


def _latency(results: Results) -> Iterator[Claim]:
    name = "latency 100 ms"
    ideal, rows = results["scenarios"][name]["ideal_seconds"], results["scenarios"][name]["customers"]
    decoding = rows / 1000 * results["decode"]["seconds_per_page"]["decode_page, usual page"]
    wall = _figure(results, name, OURS, "wall_seconds")
    yield (
        f"{name}: seconds (1.10 x {ideal:.1f} s of rounds, and {decoding:.2f} s of decoding)",
        wall,
        (1.10 * ideal + decoding),
    )


def _hint(results: Results) -> Iterator[Claim]:
    """Ten answers of 1000 rows arrive together, so that reading them comes on top of the round trip."""
    for name in ("latency 100 ms, 10 pages of 100", "latency 100 ms, 10 pages"):
        trip = results["scenarios"][name]["latency_seconds"]
        wall = _figure(results, name, "explo_async, hinted", "wall_seconds")
        yield f"{name}, told how many: round trips", wall / trip, 1.3


def _quota(results: Results) -> Iterator[Claim]:
    for name in ("quota, sliding window", "quota, fixed window"):
        ideal = results["scenarios"][name]["ideal_seconds"]
        yield f"{name}: x ideal", _figure(results, name, OURS, "wall_seconds") / ideal, 1.05
        yield f"{name}: 429s", _figure(results, name, OURS, "rate_limited"), 0


def _decoding(results: Results) -> Iterator[Claim]:
    seconds = results["decode"]["seconds_per_page"]
    limit = seconds["limit: msgspec Struct"]
    yield "usual page of 1000: x msgspec Struct", seconds["decode_page, usual page"] / limit, 2.0
    for name in ("camelCase", "a key more", "last row odd"):
        yield f"page of 1000, {name}: ms", seconds[f"decode_page, {name}"] * 1e3, 8.0


def _memory(results: Results) -> Iterator[Claim]:
    each = results["decode"]["bytes_per_kept_customer"]
    yield "memory of a kept customer, x the dict of json.loads", each["Customer"] / each["json.loads dict"], 1.0


PROMISES: tuple[Callable[[Results], Iterator[Claim]], ...] = (
    _cpu,
    _ahead,
    _gaps,
    _flat,
    _latency,
    _hint,
    _quota,
    _decoding,
    _memory,
)


if __name__ == "__main__":
    print(write_claims(check_claims(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
