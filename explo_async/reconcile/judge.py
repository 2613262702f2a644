"""Whether an item of a plan still fits what there is, and whether what was answered is what was wanted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from explo_async.reconcile.fields import ANSWERED_AS, differing, is_same, seen
from explo_async.reconcile.items import Create, Delete, Outcome, Update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.models import Customer
    from explo_async.reconcile.found import Found
    from explo_async.reconcile.items import Item
    from explo_async.reconcile.plan import Plan


@frozen
class Verdict:
    """What is to become of an item without writing it."""

    outcome: Outcome
    detail: str = ""


def judge(item: Item, found: Found, plan: Plan) -> Verdict | None:
    """Return what an item has become without us, None if it is to be written."""
    is_there = item.provided_id in found.customers
    match item:
        case Create():
            if not is_there:
                return None
            names = found.differing(item.provided_id, item.values)
            return _conflict("it has been made since, with another", names) if names else Verdict("already")
        case Update():
            if not is_there:
                return Verdict("conflict", "it is gone")
            if not found.differing(item.provided_id, item.after):
                return Verdict("already")
            changed = _changed(item.before, found.values(item.provided_id, item.before))
            return _conflict("it has changed since, in", changed) if changed else _left_scope(item, found, plan)
        case _:
            if not is_there:
                return Verdict("already")
            changed = _changed(item.before, found.all_values(item.provided_id))
            return _conflict("it has changed since, in", changed) if changed else _left_scope(item, found, plan)


def mismatches(wanted: Mapping[str, Any], answer: Customer, found: Found) -> list[str]:
    """List the wanted fields that an answer shows otherwise; the parent is in none."""
    shown = {name: seen(answer, name) for name in wanted if name in ANSWERED_AS}
    # Those above may be written before it, or after it.
    inherited = found.inherited_tags(answer.provided_id) | found.tags_to_inherit(answer.provided_id)
    return differing(wanted, shown, inherited)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in before if not is_same(name, before[name], now[name])]


def _left_scope(item: Update | Delete, found: Found, plan: Plan) -> Verdict | None:
    if plan.scope is None:
        return None
    children = found.children.get(plan.scope.parent_provided_id or "", frozenset())
    if plan.scope.holds(found.customers[item.provided_id], children):
        return None
    return Verdict("conflict", "it has left the scope since")


def _conflict(what: str, names: list[str]) -> Verdict:
    return Verdict("conflict", f"{what} {', '.join(names)}")
