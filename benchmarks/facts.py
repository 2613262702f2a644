"""Under which circumstances the figures came about."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("explo-async", "aiohttp", "msgspec", "httpx", "pydantic", "aiohttp-retry", "dlt")


def gather_facts(*, runs: int, is_quick: bool) -> dict[str, Any]:
    """Collect what the reader of a figure wants to know."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "runs": runs,
        "quick": is_quick,
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
