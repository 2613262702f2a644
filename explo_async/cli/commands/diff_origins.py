"""Whether two sides of a comparison are lists of the same customers: what their origins say, or what looks unlikely."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

SUSPICIOUS = 3
"""One in so many: where more were added or removed, other filters are likelier than so much change."""


def check_origins(old: str, made: Mapping[str, str] | None, other: str, asked: Mapping[str, str] | None) -> None:
    """Raise `ConfigurationError` for two sides with different filters; None is what nobody knows."""
    if made is None or asked is None or made == asked:
        return
    what = f"{old!r} was made {describe_filters(made)}, and {other} {describe_filters(asked)}"
    advice = "give the same filters" if made else "leave the filters out"
    raise ConfigurationError(what, advice=f"{advice}, or compare with a list that was made with these")


def describe_filters(filters: Mapping[str, str]) -> str:
    """Say them as options."""
    named = [f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in filters.items()]
    return f"with {' '.join(named)}" if named else "without filters"


def suspect(old: str, *, added: int, removed: int, kept: int) -> str | None:
    """Say loudly that much differs and nothing tells how the export was made; None where little does."""
    if SUSPICIOUS * removed <= removed + kept and SUSPICIOUS * added <= added + kept:
        return None
    counts = f"{added:,} added and {removed:,} removed are more than a third of the list"
    return (
        f"warning: {counts}, and nothing tells with which filters {old!r} was made. "
        "If not with those of now, they are neither added nor removed"
    )
