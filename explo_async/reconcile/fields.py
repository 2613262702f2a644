"""The fields that may be written, by the names of the API's request keys, and how their values are compared. Pure.

A request and the answers spell some fields in different ways, and one is in no answer at all: this is the one table.
Only own fields are compared, never computed ones, which the edit of a parent changes in all that inherit from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explo_async.arguments import spell
from explo_async.diff.difference import is_same_value
from explo_async.errors import ConfigurationError
from explo_async.models import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explo_async.models import Customer

PARENT = "parent_provided_id"
"""The field that no answer holds: who has which parent is seen by listing with the filter alone."""

ANSWERED_AS: dict[str, str] = {
    "name": "name",
    "is_demo_group": "is_demo_group",
    "emails": "emails",
    "group_tags": "group_tags",
    "properties": "properties",
    "mapping": "parent_schema_datasource_mapping",
    "hierarchy_level_name": "hierarchy_level",
}
"""The field of a `Customer` in which a request's key is seen again."""

FIELDS = (*ANSWERED_AS, PARENT)
"""All that may be written, in the order in which differences are shown."""

SPELLED = {name: name for name in FIELDS} | {answered: name for name, answered in ANSWERED_AS.items()}
"""The field that a column of a desired list means, by either spelling."""

PASSED_OVER = frozenset(
    {"token", "access_group", "computed_properties", "computed_parent_schema_datasource_mapping", "extra"}
)
"""Columns that a list of customers has and that nobody can write."""


def check_fields(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the fields to own, once each and in our order; refuse what is none."""
    if isinstance(fields, str):
        msg = "fields must be a list of names, not one string"
        raise ConfigurationError(msg)
    names = set()
    for name in fields:
        if name not in SPELLED:
            msg = f"there is no field {name!r:.40} that could be written"
            raise ConfigurationError(msg, advice=f"the fields are {', '.join(FIELDS)}")
        names.add(SPELLED[name])
    if not names:
        msg = "fields names no field"
        raise ConfigurationError(msg, advice=f"the fields are {', '.join(FIELDS)}")
    return tuple(name for name in FIELDS if name in names)


def check_value(name: str, value: object) -> Any:
    """Return a wanted value as it is sent; raises `ConfigurationError`."""
    return spell(**{name: value})[name]


def seen(customer: Customer, name: str) -> Any:
    """Return the value of a field as JSON has it; not that of the parent, which no answer holds."""
    return to_json(getattr(customer, ANSWERED_AS[name]))


def is_same(name: str, wanted: Any, found: Any, *, inherited: frozenset[str] = frozenset()) -> bool:
    """Tell whether a field is as it is wanted: lists as sets, ids as strings, of tags those inherited may be more."""
    if name == "emails":
        return set(wanted) == set(found)
    if name == "group_tags":
        return set(wanted) <= set(found) and set(found) - set(wanted) <= inherited
    if name == "mapping":
        return {key: str(value) for key, value in wanted.items()} == {key: str(value) for key, value in found.items()}
    return is_same_value(wanted, found)


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any], inherited: frozenset[str]) -> list[str]:
    """List the fields that are not as they are wanted, of those that are found."""
    return [
        name
        for name in FIELDS
        if name in wanted and name in found and not is_same(name, wanted[name], found[name], inherited=inherited)
    ]
