"""What Python's cyclic garbage collector costs a fetch of 100 000 customers, kept and streamed.

A full collection that falls into a fetch is its longest event-loop gap: most of it goes through what the process held
before, so its time for the idle process is printed beside. `python benchmarks/collector.py`
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections import defaultdict

from measure import LoopWatch

from explo_async import ExploClient
from explo_async.emulator.process import EmulatorProcess

CUSTOMERS = 100_000


class Passes:
    """Times each pass of the collector, by generation, in seconds."""

    def __init__(self) -> None:
        self.seconds: defaultdict[int, list[float]] = defaultdict(list)
        self._began = 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Be called by the collector."""
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds[info["generation"]].append(time.perf_counter() - self._began)


async def fetch(server: EmulatorProcess, *, kept: bool, collecting: bool) -> str:
    """Fetch once and say what it took."""
    async with ExploClient(server.token, base_url=server.url, rate_limit=None) as explo:
        await explo.customers.list(page_size=1, parent_provided_id="nobody")
        began = time.perf_counter()
        gc.collect()
        idle = time.perf_counter() - began
        passes = Passes()
        gc.callbacks.append(passes)
        if not collecting:
            gc.disable()
        began = time.process_time()
        with LoopWatch() as watch:
            if kept:
                customers = await explo.customers.list()
                assert len(customers) == CUSTOMERS
            else:
                async for _ in explo.customers.stream():
                    pass
        cpu = time.process_time() - began
        gc.callbacks.remove(passes)
    spent = ", ".join(
        f"{len(times)} of generation {generation}: {sum(times) * 1e3:.0f} ms, longest {max(times) * 1e3:.1f}"
        for generation, times in sorted(passes.seconds.items())
    )
    how = "kept" if kept else "streamed"
    full = f"idle full collection {idle * 1e3:.1f} ms"
    return f"{how}: CPU {cpu:.3f} s, gap {watch.longest * 1e3:.1f} ms; {full}; {spent or 'no passes'}"


def main() -> None:
    """Run each case in a process of its own."""
    if len(sys.argv) > 1:
        with EmulatorProcess(CUSTOMERS, prepare=1000) as server:
            print(asyncio.run(fetch(server, kept="kept" in sys.argv, collecting="off" not in sys.argv)))
        return
    for case in (["kept"], ["kept", "off"], ["streamed"], ["streamed", "off"]) * 3:
        subprocess.run([sys.executable, __file__, *case], check=True)


if __name__ == "__main__":
    main()
