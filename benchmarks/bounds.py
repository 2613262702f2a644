"""A kept list and a stream of 100 000 customers beside the limit, in half a minute: `python benchmarks/bounds.py`.

The three take turns, each run in a process of its own as in `suite.py`. CPU time is what the process used; of it and of
the event loop's longest gap there is the median and, since a busy machine only ever adds, the least. Both are ratios to
the limit's own, save the gap.
"""

from __future__ import annotations

import argparse
from statistics import median

from contestants import LIMIT, OURS
from scenarios import Scenario
from suite import Servers, run_once

KEPT = Scenario(name="kept", contestants=(OURS, LIMIT))
STREAMED = Scenario(name="streamed", contestants=(OURS,), streamed=True)
CASES = {"limit, kept": (KEPT, LIMIT), "kept": (KEPT, OURS), "streamed": (STREAMED, OURS)}


def main() -> None:
    """Let them take turns, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="runs of each")
    runs = parser.parse_args().runs
    cpu: dict[str, list[float]] = {case: [] for case in CASES}
    gaps: dict[str, list[float]] = {case: [] for case in CASES}
    with Servers() as servers:
        for _ in range(runs):
            for case, (scenario, contestant) in CASES.items():
                figures = run_once(scenario, contestant, servers)
                cpu[case].append(figures["cpu_seconds"])
                gaps[case].append(figures["longest_gap_seconds"] * 1e3)
    print(f"{'':12}{'CPU s':>8}{'least':>8}{'x limit':>9}{'least':>8}{'gap ms':>8}{'least':>8}")
    limit = cpu["limit, kept"]
    for case, spent in cpu.items():
        ratios = f"{median(spent) / median(limit):9.2f}{min(spent) / min(limit):8.2f}"
        print(f"{case:12}{median(spent):8.3f}{min(spent):8.3f}{ratios}{median(gaps[case]):8.1f}{min(gaps[case]):8.1f}")


if __name__ == "__main__":
    main()
