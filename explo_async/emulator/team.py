"""What a team has beside its customers: hierarchy levels, group tags, data sources of its own."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from explo_async.emulator.failures import Refused
from explo_async.emulator.synthetic import LEVELS, TAGS
from explo_async.endpoint import MAX_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explo_async.emulator.behaviour import Behaviour

DEFAULT_LEVELS = ("Customer", "User")
"""Those of a team that nobody has set up otherwise.

https://docs.explo.co/creating-dashboards/variables/types-of-variables/customer-object
"""
DEFAULT_SOURCES = {"40": "213", "134": "386"}
"""The data sources that a customer without a mapping gets: those of the documented examples."""


class Team:
    """Levels, the highest first, and tags, in the order in which they were made."""

    def __init__(self, levels: Iterable[str], group_tags: Iterable[str]) -> None:
        self.levels: list[str] = list(dict.fromkeys(levels))
        self.group_tags: list[str] = list(dict.fromkeys(group_tags))

    def learn(self, record: Mapping[str, Any]) -> None:
        """Take in the level and the tags of a record that a test gives."""
        self._learn(self.levels, [record.get("hierarchy_level")])
        tags = record.get("group_tags")
        self._learn(self.group_tags, tags if isinstance(tags, list) else [])

    def _learn(self, known: list[str], names: Sequence[Any]) -> None:
        known.extend(name for name in names if isinstance(name, str) and name not in known)

    def check_tags(self, names: Sequence[str]) -> list[str]:
        """Return the names, none of them twice; Refused for one that is no tag of the team."""
        for name in names:
            if name not in self.group_tags:
                msg = f"Group tag {name!r} does not exist."
                raise Refused(msg)
        return list(dict.fromkeys(names))

    def check_level(self, name: str | None) -> str | None:
        """Return the level of this name, the root level for None; Refused for one that the team does not have."""
        if name is None:
            return self.levels[0] if self.levels else None
        if name not in self.levels:
            msg = f"Hierarchy level {name!r} does not exist."
            raise Refused(msg)
        return name

    def rank(self, level: str | None) -> int:
        """Return how far below the root a level is."""
        return self.levels.index(level) if level in self.levels else 0


def make_team(
    customers: int | Sequence[Mapping[str, Any]], levels: Sequence[str] | None, group_tags: Iterable[str] | None
) -> Team:
    """Make the team of these customers; what is None is what the records show, in the order of their appearance."""
    if levels is not None and len(levels) > MAX_LEVELS:
        msg = f"a hierarchy has at most {MAX_LEVELS} levels, not {len(levels)}"
        raise ValueError(msg)
    if isinstance(customers, int):
        return Team(LEVELS if levels is None else levels, TAGS if group_tags is None else group_tags)
    seen = Team((), ())
    for record in customers:
        seen.learn(record)
    return Team(
        (seen.levels or DEFAULT_LEVELS) if levels is None else levels,
        seen.group_tags if group_tags is None else group_tags,
    )


def read_mapping(mapping: Mapping[str, Any], behaviour: Behaviour) -> dict[str, str]:
    """Return data sources by parent schema as answers show them; Refused for a source that is none.

    A source is named by its number, or by the id that the team gave it.
    """
    return {schema: _read_source(source, behaviour) for schema, source in mapping.items()}


def _read_source(source: Any, behaviour: Behaviour) -> str:
    if isinstance(source, int) and not isinstance(source, bool):
        return str(source)
    if not isinstance(source, str) or not source:
        msg = "mapping: A data source has to be named by its number or its id."
        raise Refused(msg)
    if source.isascii() and source.isdecimal():
        return source
    if behaviour.own_source_ids == "rejected":
        msg = f"Data source {source!r} does not exist."
        raise Refused(msg)
    # Any number will do that is the same for the same id.
    return source if behaviour.own_source_ids == "as_sent" else str(1000 + zlib.crc32(source.encode()) % 9000)
