"""Where the log lines of a run go: above the bar, to standard error, or nowhere."""

from __future__ import annotations

import contextlib
import logging
import re
from math import inf
from typing import TYPE_CHECKING

from explo_async.cli.advice import unname_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Writer = Callable[[str], object]


SAME_KIND_EVERY = 1.0
"""Seconds between two lines that differ only in their numbers: all requests under way may fail at once."""


class _Lines(logging.Handler):
    def __init__(self, write: Writer) -> None:
        super().__init__(logging.WARNING)
        self._write = write
        self._written_at: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        kind = re.sub(r"[\d.]+", "#", text)
        if not 0 <= record.created - self._written_at.get(kind, -inf) < SAME_KIND_EVERY:
            self._written_at[kind] = record.created
            self._write(f"{record.levelname.lower()}: {unname_settings(text)}")


@contextlib.contextmanager
def log_lines_to(write: Writer | None) -> Iterator[None]:
    """Give the package's warnings to `write`, one by one, while the block runs; None drops them."""
    logger = logging.getLogger("explo_async")
    lines = logging.NullHandler() if write is None else _Lines(write)
    propagate = logger.propagate
    logger.addHandler(lines)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(lines)
