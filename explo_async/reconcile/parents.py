"""Who has which parent: seen only by listing with the filter, which is tried on a parent that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from explo_async.errors import APIError, PlanRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explo_async.client import ExploClient
    from explo_async.engine.listing import Consistency


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
    try:
        count = await explo.customers.count(parent_provided_id=str(uuid4()))
    except APIError:
        # A server that refuses a parent that does not exist knows the filter.
        return
    if count:
        msg = f"the server ignores the filter parent_provided_id: it gives {count} children to a parent that is made up"
        raise PlanRefused(msg, advice="plan without parent_provided_id, among the fields and in the scope")
