"""One run in a process of its own: `python benchmarks/run.py JOB`, the job as JSON; prints the figures as JSON."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from typing import Any

from attrs import evolve
from contestants import CONTESTANTS
from job import Job
from measure import Meter


def run(job: Job) -> dict[str, Any]:
    """Let the contestant fetch, and look at what it has got."""
    peer = importlib.import_module(f"peers.{CONTESTANTS[job.contestant].module}")
    fetch = peer.stream if job.streamed else peer.keep
    meter = Meter()
    failure = None
    result: Any = 0
    try:
        _finish(fetch(evolve(job, url=job.warm_up_url, customers=1, expected_total=None), Meter()))
        result = _finish(fetch(job, meter))
    except Exception as error:  # noqa: BLE001 - a contestant that fails is a result too
        failure = f"{type(error).__name__}: {error}"
    return meter.figures() | {"complete": _count(result) == job.customers, "failure": failure}


def _finish(work: Any) -> Any:
    return asyncio.run(work) if asyncio.iscoroutine(work) else work


def _count(result: Any) -> int:
    if isinstance(result, int):
        return result
    return len({row["provided_id"] if isinstance(row, dict) else row.provided_id for row in result})


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(json.dumps(run(Job(**json.loads(sys.argv[1])))))
