"""The time that the emulator goes by."""

from __future__ import annotations

import asyncio
import time


def now() -> float:
    """Return the time of the event loop; that of its usual clock where none runs yet."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()
