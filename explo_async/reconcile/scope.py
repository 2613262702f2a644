"""Which customers are ours to change: nothing is written outside of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from explo_async.checks import check_filter
from explo_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explo_async.models import Customer


def _read_ids(ids: Iterable[str] | None) -> tuple[str, ...] | None:
    if ids is None:
        return None
    if isinstance(ids, str):
        msg = "Scope.provided_ids must be a list of ids, not one string"
        raise ConfigurationError(msg)
    return tuple(sorted(set(ids)))


@frozen(kw_only=True)
class Scope:
    """Which customers are ours; several conditions mean all of them.

    A tag, a parent, a hierarchy level, or the ids themselves. Where answers show the tags that a child inherits, a tag
    takes in the children of a customer that has it.
    """

    group_tag: str | None = None
    parent_provided_id: str | None = None
    hierarchy_level: str | None = None
    provided_ids: tuple[str, ...] | None = field(default=None, converter=_read_ids)

    def __attrs_post_init__(self) -> None:
        check_filter("Scope.group_tag", self.group_tag)
        check_filter("Scope.parent_provided_id", self.parent_provided_id)
        check_filter("Scope.hierarchy_level", self.hierarchy_level)
        if (self.group_tag, self.parent_provided_id, self.hierarchy_level, self.provided_ids) == (None,) * 4:
            msg = "Scope names no condition"
            raise ConfigurationError(msg, advice="leave scope out where the whole list is yours")

    def holds(self, customer: Customer, children: frozenset[str]) -> bool:
        """Tell whether a customer is in it; `children` are the ids of those that have its parent."""
        return (
            (self.group_tag is None or self.group_tag in customer.group_tags)
            and (self.parent_provided_id is None or customer.provided_id in children)
            and (self.hierarchy_level is None or customer.hierarchy_level == self.hierarchy_level)
            and (self.provided_ids is None or customer.provided_id in self.provided_ids)
        )

    def misses(self, provided_id: str, values: Mapping[str, Any], *, is_new: bool) -> str | None:
        """Say why a customer with these values would not be in it, None if it would; what is not stated stays."""
        lacks_tag = self.group_tag is not None and self.group_tag not in values.get("group_tags", ())
        if lacks_tag and (is_new or "group_tags" in values):
            return f"its group_tags lack {self.group_tag!r:.40}"
        for wanted, name in (
            (self.parent_provided_id, "parent_provided_id"),
            (self.hierarchy_level, "hierarchy_level_name"),
        ):
            if wanted is not None and (is_new or name in values) and values.get(name) != wanted:
                return f"its {name} is not {wanted!r:.40}"
        if self.provided_ids is not None and provided_id not in self.provided_ids:
            return "its id is not one of the scope"
        return None
