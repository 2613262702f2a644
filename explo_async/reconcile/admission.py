"""Whether a plan may be applied here and now: each refusal comes before anything is written. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explo_async.errors import PlanRefused, PlanStale

if TYPE_CHECKING:
    from pathlib import Path

    from explo_async.reconcile.journal import History
    from explo_async.reconcile.plan import Plan


def choose_plan(plan: Plan | None, history: History | None, journal: Path) -> Plan:
    """Return the plan to apply: that which was given, or that of the journal that goes on. Raises `PlanRefused`."""
    if history is None:
        if plan is None:
            msg = f"the journal {journal} ends before its first line, which would hold the plan"
            raise PlanRefused(msg, advice="name the plan as well: nothing of it was done")
        return plan
    if plan is not None and plan.digest != history.heading.digest:
        msg = f"the journal {journal} is that of another plan"
        raise PlanRefused(msg, advice="leave the plan out, or name its own journal")
    if history.is_finished:
        msg = f"the journal {journal} says that all is done"
        raise PlanStale(msg, advice="make a new plan to see whether anything is left")
    return history.heading.plan


def check_account(plan: Plan, *, origin: str, account: str, profile: str | None) -> None:
    """Raise `PlanStale` where the plan is for another address, token or profile; `account` is that by its salt."""
    if plan.origin != origin or plan.account != account:
        msg = f"the plan is for another token or address: it was made for {plan.origin}"
        raise PlanStale(msg, advice="use those that it was made with, or make it anew")
    if plan.profile != profile:
        made_for, given = plan.profile or "no profile", profile or "no profile"
        msg = f"the plan was made with {made_for}, and is to be applied with {given}"
        raise PlanStale(msg, advice="use the same, or make it anew")


def check_limits(plan: Plan, *, now: float, allow_deletes: int | None) -> None:
    """Raise `PlanStale` for a plan that is too old at `now`, `PlanRefused` for one that does more than is allowed."""
    age = now - plan.made_at
    if age > plan.policy.max_age:
        msg = f"the plan is {age:.0f} s old, more than max_age={plan.policy.max_age:g}"
        raise PlanStale(msg, advice="make it anew")
    refusals = plan.refusals(allow_deletes)
    if not refusals:
        return
    ways = {
        "deletes": f"allow_deletes={len(plan.deletes)} lets its deletes",
        "updates": "a plan by `customers plan --max-update-share SHARE` lets its updates",
    }
    needed = [way for kind, way in ways.items() if any(refusal.startswith(kind) for refusal in refusals)]
    msg = f"the plan does more than is allowed: {'; '.join(refusals)}"
    raise PlanRefused(msg, advice=f"look at the plan; if it is right, {', and '.join(needed)}")
