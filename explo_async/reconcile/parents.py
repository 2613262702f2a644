"""Who has which parent: seen only by listing with the filter, which is tried on a parent that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.errors import PlanRefused
from explo_async.parent_filter import count_of_nobody
from explo_async.reconcile.fields import PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from explo_async.client import ExploClient
    from explo_async.engine.listing import Consistency
    from explo_async.reconcile.scope import Scope


def parents_in(values: Iterable[Mapping[str, Any]], scope: Scope | None) -> set[str]:
    """Return the parents whose children have to be known: those that are wanted, and that of the scope."""
    parents = {each[PARENT] for each in values if PARENT in each}
    if scope is not None and scope.parent_provided_id is not None:
        parents.add(scope.parent_provided_id)
    return parents


async def list_children(
    explo: ExploClient, parents: Iterable[str], consistency: Consistency
) -> dict[str, frozenset[str]]:
    """Return the ids of the children of each parent, each list proved.

    Raises `PlanRefused` where the server ignores the filter, and so gives everybody to each parent.
    """
    parents = list(parents)
    if parents:
        await _try_filter(explo)
    found = {}
    for parent in parents:
        children = await explo.customers.list(parent_provided_id=parent, consistency=consistency)
        found[parent] = frozenset(child.provided_id for child in children)
    return found


async def _try_filter(explo: ExploClient) -> None:
    count = await count_of_nobody(lambda made_up: explo.customers.count(parent_provided_id=made_up))
    if count:
        msg = f"the server ignores the filter parent_provided_id: it gives {count} children to a parent that is made up"
        raise PlanRefused(msg, advice="plan without parent_provided_id, among the fields and in the scope")
