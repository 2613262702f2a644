"""What there is: a proved list, and who has which parent as far as that was asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from explo_async.reconcile.fields import ANSWERED_AS, PARENT, differing, seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.models import Customer, CustomerList, FetchReport


@frozen
class Found:
    """The list at hand, by id."""

    customers: Mapping[str, Customer]
    report: FetchReport
    children: Mapping[str, frozenset[str]] = field(factory=dict)
    """The ids of those that have a parent, of each parent that was asked for."""
    planned: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    """What is to be written of whom: a tag that is inherited, and will not be, is none of the child's to keep."""
    shows_inherited: bool = field(init=False)
    """Whether answers may show inherited tags as a customer's: not if a child lacks one of its parent's."""

    @shows_inherited.default
    def _default_shows_inherited(self) -> bool:
        return all(
            set(self.customers[parent].group_tags).issubset(self.customers[child].group_tags)
            for parent, children in self.children.items()
            if parent in self.customers
            for child in children
            if child in self.customers
        )

    @classmethod
    def of(cls, customers: CustomerList, children: Mapping[str, frozenset[str]]) -> Found:
        """Take a list in."""
        return cls({customer.provided_id: customer for customer in customers}, customers.report, children)

    def parent_of(self, provided_id: str) -> str | None:
        """Return the parent of a customer, None where it is not known to have one."""
        return next((parent for parent, ids in self.children.items() if provided_id in ids), None)

    def inherited_tags(self, provided_id: str) -> frozenset[str]:
        """Return the tags of all its known ancestors, where the server may show them as the customer's."""
        return self._tags_above(provided_id, {})

    def values(self, provided_id: str, names: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a customer has of some fields; not its parent, which no answer holds."""
        customer = self.customers[provided_id]
        return {name: seen(customer, name) for name in names if name != PARENT}

    def all_values(self, provided_id: str) -> dict[str, Any]:
        """Return all that a customer has of its own, save its parent and its token."""
        return self.values(provided_id, ANSWERED_AS)

    def differing(self, provided_id: str, wanted: Mapping[str, Any]) -> list[str]:
        """List the fields of a customer that are not as they are wanted."""
        inherited = self.inherited_tags(provided_id) & self._tags_above(provided_id, self.planned)
        names = differing(wanted, self.values(provided_id, wanted), inherited)
        if PARENT in wanted and provided_id not in self.children.get(wanted[PARENT], frozenset()):
            names.append(PARENT)
        return names

    def _tags_above(self, provided_id: str, planned: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
        """Return the tags of a customer's ancestors, as they will be by what is planned."""
        if not self.shows_inherited:
            return frozenset()
        tags: set[str] = set()
        met: set[str] = set()
        at: str | None = provided_id
        while at is not None and at not in met:
            met.add(at)
            at = planned.get(at, {}).get(PARENT, self.parent_of(at))
            if at is not None and at not in met:
                found = self.customers[at].group_tags if at in self.customers else ()
                tags.update(planned.get(at, {}).get("group_tags", found))
        return frozenset(tags)
