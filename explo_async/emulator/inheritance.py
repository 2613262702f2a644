"""What a customer has from those above it (https://docs.explo.co/customers/customer-hierarchy). Pure.

Properties, data sources and group tags come down; nearer ones win, and the customer's own over all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROPERTIES, SOURCES = "properties", "parent_schema_datasource_mapping"


@frozen
class Inherited:
    """What comes down to a customer."""

    properties: Mapping[str, Any] = field(factory=dict)
    sources: Mapping[str, str] = field(factory=dict)
    tags: Sequence[str] = ()

    def below(self, record: Mapping[str, Any]) -> Inherited:
        """Return what comes down to the children of this customer."""
        return Inherited(
            {**self.properties, **(record.get(PROPERTIES) or {})},
            {**self.sources, **(record.get(SOURCES) or {})},
            join_names(record.get("group_tags") or (), self.tags),
        )

    def show_computed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record with the values that count for it."""
        counts = self.below(record)
        computed = {f"computed_{PROPERTIES}": counts.properties, f"computed_{SOURCES}": counts.sources}
        return {**record, **computed}

    def show_tags(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record with the tags that count for it."""
        return {**record, "group_tags": list(self.below(record).tags)}


def join_names(own: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return own names and then the others, none of them twice."""
    return [*own, *(name for name in others if name not in own)]
