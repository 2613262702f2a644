"""Decode times of a page and the memory of a kept customer: `python benchmarks/decode.py [--json]`.

The ways take turns within each round, so that a busy moment of the machine hits all of them alike; each figure is the
median over the rounds. The limit is msgspec decoding straight into its own Struct classes, which are no attrs classes
and lose unknown keys. The collector is off while a way is timed, for all of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from explo_async.decode.page import decode_page

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1000


class Record(msgspec.Struct, gc=False):
    """The limit's record: one documented customer."""

    token: str
    name: str
    provided_id: str
    is_demo_group: bool
    emails: tuple[str, ...]
    group_tags: tuple[str, ...]
    properties: dict[str, Any]
    computed_properties: dict[str, Any]
    access_group: str
    parent_schema_datasource_mapping: dict[str, str]
    computed_parent_schema_datasource_mapping: dict[str, str]
    hierarchy_level: str


class Results(msgspec.Struct, gc=False):
    """The limit's inner envelope."""

    customers: list[Record]


class Envelope(msgspec.Struct, gc=False):
    """The limit's envelope."""

    total_count: int
    results: Results


def make_record(number: int) -> dict[str, Any]:
    """Make a documented customer of about 620 bytes."""
    properties = {"region": "eu-west-1", "plan": "business", "seats": number % 50, "active": number % 3 > 0}
    return {
        "token": f"{number:040x}",
        "name": f"Example Customer {number} Incorporated",
        "provided_id": f"tenant-{number:08d}",
        "is_demo_group": number % 10 == 0,
        "emails": [f"user{number}@example.com", f"admin{number}@example.com"],
        "group_tags": ["designers", "engineers"],
        "properties": properties,
        "computed_properties": properties | {"currency": "EUR"},
        "access_group": "Production",
        "parent_schema_datasource_mapping": {"40": "213", "134": "386"},
        "computed_parent_schema_datasource_mapping": {"40": "213", "134": "386"},
        "hierarchy_level": "Level 1",
    }


def camel(key: str) -> str:
    """Spell a key in the earlier way."""
    head, *tail = key.split("_")
    return head + "".join(map(str.capitalize, tail))


def make_body(records: list[dict[str, Any]]) -> bytes:
    """Write a page as the API does."""
    return msgspec.json.encode({"total_count": 10**6, "results": {"customers": records}})


def measure_times(rounds: int) -> dict[str, float]:
    """Take the median seconds of each way."""
    records = [make_record(number) for number in range(ROWS)]
    usual = make_body(records)
    bare_ids = {"parent_schema_datasource_mapping": {"40": 213}}
    bodies = {
        "decode_page, usual page": usual,
        "decode_page, camelCase": make_body([{camel(key): item[key] for key in item} for item in records]),
        "decode_page, a key more": make_body([item | {"new": 1} for item in records]),
        "decode_page, last row odd": make_body([*records[:-1], records[-1] | bare_ids]),
    }
    limit = msgspec.json.Decoder(Envelope)
    ways: dict[str, Callable[[], object]] = {
        "limit: msgspec Struct": lambda: limit.decode(usual),
        **{name: partial(decode_page, body, page=1) for name, body in bodies.items()},
        "msgspec, untyped": lambda: msgspec.json.decode(usual),
        "json.loads": lambda: json.loads(usual),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            result = way()
            seconds[name].append(time.perf_counter() - start)
            gc.enable()
            del result
    return {name: median(times) for name, times in seconds.items()}


KEPT: dict[str, Callable[[bytes], Any]] = {
    "Customer": lambda body: decode_page(body, page=1).rows,
    "json.loads dict": lambda body: json.loads(body)["results"]["customers"],
    "msgspec dict": lambda body: msgspec.json.decode(body)["results"]["customers"],
}


def resident_bytes() -> int:
    """Read this process's resident memory (Linux)."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def keep(way: str, count: int) -> float:
    """Keep so many customers and give the resident bytes of each."""
    kept: list[Any] = []
    numbers = range(0, count, ROWS)
    kept.extend(KEPT[way](make_body([make_record(number) for number in range(ROWS)])))
    gc.collect()
    before = resident_bytes()
    for first in numbers:
        kept.extend(KEPT[way](make_body([make_record(number) for number in range(first, first + ROWS)])))
    gc.collect()
    return (resident_bytes() - before) / count


def measure_memory(count: int) -> dict[str, float]:
    """Measure each way in a process of its own."""
    command = [sys.executable, __file__, "--customers", str(count), "--keep"]
    return {way: float(subprocess.check_output([*command, way])) for way in KEPT}


def main() -> None:
    """Print both tables, or one JSON document."""
    parser = argparse.ArgumentParser(description="Decode times of a page and the memory of a kept customer.")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--customers", type=int, default=200_000, help="customers kept for the memory figures")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--keep", choices=tuple(KEPT), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keep:
        print(keep(options.keep, options.customers))
        return
    times = measure_times(options.rounds)
    memory = measure_memory(options.customers) if sys.platform == "linux" else {}
    size = len(make_body([make_record(number) for number in range(ROWS)])) / ROWS
    if options.json:
        facts = {"python": platform.python_version(), "msgspec": msgspec.__version__, "bytes_per_record": size}
        print(json.dumps({**facts, "seconds_per_page": times, "bytes_per_kept_customer": memory}, indent=2))
        return
    print(f"Python {platform.python_version()}, msgspec {msgspec.__version__}, {ROWS} rows of {size:.0f} bytes\n")
    limit = times["limit: msgspec Struct"]
    for name, seconds in times.items():
        print(f"{name:27}{seconds * 1e3:8.2f} ms  x {seconds / limit:5.2f}")
    print(f"\nresident bytes for each of {options.customers} customers kept")
    for way, figure in memory.items():
        print(f"{way:27}{figure:8.0f}")


if __name__ == "__main__":
    main()
