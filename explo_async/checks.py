"""What arguments may be; each check raises a `ConfigurationError` that names the argument and shows its value. Pure."""

from __future__ import annotations

from math import inf, log10
from typing import TYPE_CHECKING

from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_THINGS = 10**12
"""More than there are of anything that is counted here; Python itself refuses to write much larger ints out."""
MOST_SECONDS = 1e9
"""Thirty years; larger ints do not fit where the event loop counts."""


def check_count(name: str, value: object, *, least: int = 1) -> None:
    """Refuse what is not an int of at least `least`, and at most `MOST_THINGS`."""
    if type(value) is not int or value < least:
        msg = f"{name} must be an int of at least {least}, not {_show(value)}"
        raise ConfigurationError(msg)
    if value > MOST_THINGS:
        msg = f"{name} must be an int of at most {MOST_THINGS}, not {_show(value)}"
        raise ConfigurationError(msg)


def check_seconds(name: str, value: object, *, or_zero: bool = False) -> None:
    """Refuse what is not a number of seconds above 0, or 0 where that says something, and at most `MOST_SECONDS`."""
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not (0 < value < inf or (or_zero and value == 0))
    ):
        msg = f"{name} must be a number of seconds {'of at least' if or_zero else 'above'} 0, not {_show(value)}"
        raise ConfigurationError(msg)
    if value > MOST_SECONDS:
        msg = f"{name} must be at most {MOST_SECONDS:.0f} seconds, not {_show(value)}"
        raise ConfigurationError(msg)


def check_kind(name: str, value: object, *kinds: type) -> None:
    """Refuse what is neither None nor of one of these classes."""
    if value is not None and not isinstance(value, kinds):
        wanted = ", a ".join(kind.__name__ for kind in kinds)
        msg = f"{name} must be a {wanted} or None, not of type {type(value).__name__}"
        raise ConfigurationError(msg)


def check_text(name: str, value: object) -> None:
    """Refuse what is not a text that can be sent."""
    if value is None:
        msg = f"{name} must be a non-empty string, not None"
        raise ConfigurationError(msg)
    check_filter(name, value)


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        msg = f"{name} must be True or False, not {_show(value)}"
        raise ConfigurationError(msg)


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Refuse what is not among the choices."""
    if value not in choices:
        msg = f"{name} must be one of {', '.join(map(repr, choices))}, not {_show(value)}"
        raise ConfigurationError(msg)


def check_filter(name: str, value: object) -> None:
    """Refuse what is neither None nor a text that can be sent."""
    if value is None:
        return
    if not isinstance(value, str) or not value:
        msg = f"{name} must be a non-empty string or None, not {_show(value)}"
        raise ConfigurationError(msg)
    try:
        value.encode()
    except UnicodeEncodeError:
        msg = f"{name} has characters that cannot be sent"
    else:
        return
    raise ConfigurationError(msg)


def _show(value: object) -> str:
    if isinstance(value, int) and abs(value) > MOST_THINGS:
        return f"an int of about {round(value.bit_length() * log10(2))} digits"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"a value of type {type(value).__name__}"  # noqa: PLR2004 -- one line of a message
