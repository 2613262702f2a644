"""A plan for people, in 80 columns: what would be done, the first of each kind field by field, and what is refused."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec

from explo_async.reconcile.items import Create, Update
from explo_async.text import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explo_async.reconcile.items import Conflict, Item
    from explo_async.reconcile.plan import Plan

SHOWN = 5
"""Items of each kind that are shown."""
WIDTH = 80
_encode = msgspec.json.Encoder().encode


def report_lines(plan: Plan, refusals: Sequence[str]) -> Iterator[str]:
    """Write a plan down, a line at a time."""
    account = f" (profile {plan.profile})" if plan.profile else ""
    yield _fit(f"Plan for {plan.origin}{account} by {plan.source}")
    yield f"  create {len(plan.creates):>9,}"
    yield f"  update {len(plan.updates):>9,}"
    yield f"  delete {len(plan.deletes):>9,}" + ("" if plan.delete else "   (deletes were not asked for)")
    yield f"  as wanted {plan.unchanged:>6,}"
    why = "outside the scope, or not wanted" if plan.scope else "not wanted"
    yield f"  left alone {plan.unmanaged:>5,}   ({why})"
    if plan.conflicts:
        yield f"  conflicts {len(plan.conflicts):>6,}"
    for title, items in (("create", plan.creates), ("update", plan.updates), ("delete", plan.deletes)):
        yield from _items(title, items)
    yield from _conflicts(plan.conflicts)
    if plan.items:
        yield ""
        yield f"Applying takes about {plan.requests:,} requests, {_time(plan.seconds)} by the quota."
    for refusal in refusals:
        yield _fit(f"REFUSED: {refusal}")


def _items(title: str, items: Sequence[Item]) -> Iterator[str]:
    if items:
        yield ""
        yield title
    for item in items[:SHOWN]:
        yield _fit(f"  {item.provided_id}")
        if isinstance(item, Create):
            yield from (_fit(f"    {name}: {_show(value)}") for name, value in item.values.items())
        elif isinstance(item, Update):
            yield from _changes(item)
    if len(items) > SHOWN:
        yield f"  ... and {len(items) - SHOWN:,} more"


def _changes(item: Update) -> Iterator[str]:
    for name, value in item.after.items():
        before = _show(item.before[name]) if name in item.before else "another"
        if before == _show(value) and name in item.before:
            # It goes along with another one.
            yield _fit(f"    {name}: {before}, sent once more")
            continue
        line = f"    {name}: {one_line(before)} -> {one_line(_show(value))}"
        if len(line) <= WIDTH:
            yield line
        else:
            yield _fit(f"    {name}: {before}")
            yield _fit(f"      -> {_show(value)}")


def _conflicts(conflicts: Sequence[Conflict]) -> Iterator[str]:
    if conflicts:
        yield ""
        yield "left alone, though wanted"
    for conflict in conflicts[:SHOWN]:
        yield _fit(f"  {conflict.provided_id}")
        yield _fit(f"    {conflict.reason}")
    if len(conflicts) > SHOWN:
        yield f"  ... and {len(conflicts) - SHOWN:,} more"


def _show(value: Any) -> str:
    return _encode(value).decode()


def _fit(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + shorten(one_line(line), WIDTH - indent)


def _time(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    return f"{ceil(seconds):,} s" if seconds < 120 else f"{ceil(seconds / 60):,} minutes"  # noqa: PLR2004 -- two minutes
