"""In which order items are written: parents before their children, and children deleted before their parents. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.reconcile.fields import PARENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explo_async.reconcile.items import Create, Item
    from explo_async.reconcile.plan import Plan


def stages(plan: Plan) -> list[tuple[Item, ...]]:
    """Return the items in stages: one may begin when all of the stage before it have ended.

    Who has whom as a parent is not known of customers that are deleted: they are one stage, and one that turns out to
    have children goes again when others are gone.
    """
    found: list[tuple[Item, ...]] = [*_by_depth(plan.creates), plan.updates, plan.deletes]
    return [stage for stage in found if stage]


def _by_depth(creates: Sequence[Create]) -> list[tuple[Create, ...]]:
    parents = {create.provided_id: create.values.get(PARENT) for create in creates}
    depths: dict[str, int] = {}

    def depth(provided_id: str) -> int:
        path = []
        at: str | None = provided_id
        while at is not None and at in parents and at not in depths:
            path.append(at)
            at = parents[at]
        known = depths.get(at, -1) if at is not None else -1
        depths.update((each, place) for place, each in enumerate(reversed(path), start=known + 1))
        return depths[provided_id]

    levels: dict[int, list[Create]] = {}
    for create in creates:
        levels.setdefault(depth(create.provided_id), []).append(create)
    return [tuple(levels[level]) for level in sorted(levels)]
