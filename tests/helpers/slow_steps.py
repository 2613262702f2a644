"""What a busy machine adds to the standard error of a process in dev mode."""

from __future__ import annotations


def without_slow_steps(errors: bytes) -> bytes:
    """Leave out the lines in which asyncio's debug mode tells of each step of a loop that took long."""
    return b"".join(line for line in errors.splitlines(keepends=True) if not line.startswith(b"Executing <"))
