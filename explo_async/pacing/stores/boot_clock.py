"""The clock that all processes of a host share, and that counts its sleep."""

from __future__ import annotations

import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

if hasattr(time, "CLOCK_BOOTTIME"):

    def boot_clock() -> float:
        """Return the seconds since the host was started, those that it slept included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:  # pragma: no cover -- where Linux is not

    def boot_clock() -> float:
        """Return the seconds of the clock that all processes of the host share."""
        return time.monotonic()


def boot_id() -> str | None:
    """Return what names this start of the host, None where it has no name."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return None
