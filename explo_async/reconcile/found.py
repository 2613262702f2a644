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

    _parents: Mapping[str, list[str]] = field(init=False)

    @_parents.default
    def _default_parents(self) -> Mapping[str, list[str]]:
        parents: dict[str, list[str]] = {}
        for parent, children in self.children.items():
            for child in children:
                parents.setdefault(child, []).append(parent)
        return parents

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

    def inherited_tags(self, provided_id: str) -> frozenset[str]:
        """Return the tags of all its known ancestors, where the server may show them as the customer's."""
        return self._tags_above(provided_id, {})

    def tags_to_inherit(self, provided_id: str) -> frozenset[str]:
        """Return the same, as they will be by what is planned."""
        return self._tags_above(provided_id, self.planned)

    def values(self, provided_id: str, names: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a customer has of some fields; not its parent, which no answer holds."""
        customer = self.customers[provided_id]
        return {name: seen(customer, name) for name in names if name != PARENT}

    def all_values(self, provided_id: str) -> dict[str, Any]:
        """Return all that a customer has of its own, save its parent and its token."""
        return self.values(provided_id, ANSWERED_AS)

    def differing(self, provided_id: str, wanted: Mapping[str, Any]) -> list[str]:
        """List the fields of a customer that are not as they are wanted."""
        inherited, will_inherit = self.inherited_tags(provided_id), self.tags_to_inherit(provided_id)
        names = differing(wanted, self.values(provided_id, wanted), inherited & will_inherit)
        if "group_tags" not in names and not (inherited - will_inherit).isdisjoint(wanted.get("group_tags", ())):
            # They may be those of its parent alone, which loses them.
            names.append("group_tags")
        if PARENT in wanted and provided_id not in self.children.get(wanted[PARENT], frozenset()):
            names.append(PARENT)
        return names

    def _tags_above(self, provided_id: str, planned: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
        if not self.shows_inherited:
            return frozenset()
        tags: set[str] = set()
        met = {provided_id}
        todo = [provided_id]
        while todo:
            at = todo.pop()
            # Several where the server lists all descendants of a parent.
            parents = [planned[at][PARENT]] if PARENT in planned.get(at, {}) else self._parents.get(at, ())
            for parent in set(parents) - met:
                found = self.customers[parent].group_tags if parent in self.customers else ()
                tags.update(planned.get(parent, {}).get("group_tags", found))
                todo.append(parent)
            met.update(parents)
        return frozenset(tags)
