"""What is to be written so that the list is as it is desired, and what is left alone, and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from explo_async.reconcile.fields import PARENT
from explo_async.reconcile.items import Conflict, Create, Delete, Update

if TYPE_CHECKING:
    from explo_async.reconcile.desired import Desired, Wanted
    from explo_async.reconcile.found import Found
    from explo_async.reconcile.scope import Scope

LEVEL = "hierarchy_level_name"


@frozen(kw_only=True)
class Steps:
    """What a comparison gives."""

    creates: list[Create] = field(factory=list)
    updates: list[Update] = field(factory=list)
    deletes: list[Delete] = field(factory=list)
    conflicts: list[Conflict] = field(factory=list)
    unchanged: int = 0
    unmanaged: int = 0
    in_scope: int = 0


def make_steps(desired: Desired, found: Found, fields: tuple[str, ...], scope: Scope | None, *, delete: bool) -> Steps:
    """Compare the two sides, in the order of the desired list, deletes in that of the list."""
    ours = _in_scope(found, scope)
    wanted_ids = {wanted.provided_id for wanted in desired.customers}
    made = {wanted.provided_id for wanted in desired.customers if wanted.provided_id not in found.customers}
    parents = {wanted.provided_id: wanted.values[PARENT] for wanted in desired.customers if PARENT in wanted.values}
    if PARENT not in fields:
        parents = {}
    creates: list[Create] = []
    updates: list[Update] = []
    conflicts: list[Conflict] = []
    unchanged = 0
    planned: dict[str, dict[str, Any]] = {}
    for wanted in desired.customers:
        values = {name: wanted.values[name] for name in fields if name in wanted.values}
        reason = _refusal(wanted, values, found, ours, scope, made, parents)
        if reason is not None:
            conflicts.append(Conflict(wanted.provided_id, reason))
        else:
            planned[wanted.provided_id] = values
    found = evolve(found, planned=planned)
    for provided_id, values in planned.items():
        if provided_id in made:
            creates.append(Create(provided_id, values))
        elif names := found.differing(provided_id, values):
            updates.append(_make_update(provided_id, names, values, found))
        else:
            unchanged += 1
    refused = {conflict.provided_id for conflict in conflicts}
    creates, orphans = _without_orphans(creates, refused)
    conflicts += orphans
    absent = [each for each in found.customers if each in ours and each not in wanted_ids]
    deletes = []
    if delete:
        needed = set(parents.values())
        deletes = [Delete(each, found.all_values(each)) for each in absent if each not in needed]
        conflicts += [Conflict(each, "a wanted customer has it as its parent") for each in absent if each in needed]
    return Steps(
        creates=creates,
        updates=updates,
        deletes=deletes,
        conflicts=conflicts,
        unchanged=unchanged,
        unmanaged=sum(each not in wanted_ids for each in found.customers) - len(deletes),
        in_scope=len(ours),
    )


def _in_scope(found: Found, scope: Scope | None) -> set[str]:
    if scope is None:
        return set(found.customers)
    children = found.children.get(scope.parent_provided_id or "", frozenset())
    return {each for each, customer in found.customers.items() if scope.holds(customer, children)}


def _make_update(provided_id: str, names: list[str], values: dict[str, Any], found: Found) -> Update:
    after = {name: values[name] for name in names}
    if PARENT in after:
        # The level must agree with it, and the tags that are seen may be those of the parent that it had.
        after |= {name: values[name] for name in (LEVEL, "group_tags") if name in values}
    return Update(provided_id, found.values(provided_id, after), after)


def _refusal(
    wanted: Wanted,
    values: dict[str, Any],
    found: Found,
    ours: set[str],
    scope: Scope | None,
    made: set[str],
    parents: dict[str, str],
) -> str | None:
    """Say why a wanted customer is left alone, None if it is not."""
    is_new = wanted.provided_id in made
    if not is_new and wanted.provided_id not in ours:
        return "it exists outside the scope"
    if scope is not None and (missed := scope.misses(wanted.provided_id, values, is_new=is_new)) is not None:
        return f"it would {'be made' if is_new else 'come to lie'} outside the scope: {missed}"
    if PARENT not in values:
        return None
    parent = values[PARENT]
    if parent not in found.customers and parent not in made:
        return f"its parent {parent!r:.60} is neither in the list nor among those to be made"
    if _is_own_ancestor(wanted.provided_id, parents):
        return "it is wanted as its own ancestor"
    if is_new and LEVEL not in values:
        return "it has a parent and no hierarchy_level_name, and would be made at the highest level"
    return None


def _is_own_ancestor(provided_id: str, parents: dict[str, str]) -> bool:
    met = {provided_id}
    at = provided_id
    while (at := parents.get(at, "")) and at not in met:
        met.add(at)
    return at == provided_id


def _without_orphans(creates: list[Create], refused: set[str]) -> tuple[list[Create], list[Conflict]]:
    """Leave out what is to be made below a customer that is not made."""
    orphans: list[Conflict] = []
    while gone := [create for create in creates if create.values.get(PARENT) in refused]:
        orphans += [Conflict(create.provided_id, "its parent is left alone") for create in gone]
        refused |= {create.provided_id for create in gone}
        creates = [create for create in creates if create.provided_id not in refused]
    return creates, orphans
