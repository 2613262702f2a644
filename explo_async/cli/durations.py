"""Spans of time as they are typed: 90, 90s, 15m, 2h."""

from __future__ import annotations

import re

from explo_async.errors import ConfigurationError

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)", re.ASCII)


def read_duration(name: str, text: str) -> float:
    """Return the seconds of a span; a number alone is seconds. Raises `ConfigurationError`, with the option's name."""
    found = _SPAN.fullmatch(text)
    if found is None:
        msg = f"{name} must be seconds, or a number with s, m, h or d, not {text!r:.40}"
        raise ConfigurationError(msg, advice="a quarter of an hour is 15m")
    return float(found[1]) * UNITS[found[2]]
