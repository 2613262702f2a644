"""The keys of a record, in today's spelling and in the earlier one."""

from __future__ import annotations

from explo_async.models import FIELDS


def camel(name: str) -> str:
    """Spell the name of a field as the API did earlier."""
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


FIELD_OF_KEY = {camel(name): name for name in FIELDS} | {name: name for name in FIELDS}
"""The field that a documented key means, in today's spelling or the earlier camelCase."""
